"""What stands for CUDA graphs where there is no GPU: captures are told, and a test says what a replay does."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor


class PretendedCuda:
    """Puts itself in the place of torch's streams and graphs; ``capturing`` is the graph under way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.capturing: Any = None
        self.broken = False
        stream, nothing = SimpleNamespace(wait_stream=lambda other: None), nullcontext()
        for name, value in {
            "Stream": lambda device: stream, "current_stream": lambda device: stream, "stream": lambda stream: nothing,
            "graph_pool_handle": lambda: 0, "CUDAGraph": lambda: SimpleNamespace(), "graph": self.graph,
        }.items():  # fmt: skip
            monkeypatch.setattr(torch.cuda, name, value)
        monkeypatch.setattr(Tensor, "pin_memory", lambda self: self)

    @contextmanager
    def graph(self, graph: Any, **how: Any) -> Iterator[None]:
        if self.broken:
            raise RuntimeError("operation not permitted\nwhen stream is capturing")
        self.capturing = graph
        yield
        self.capturing = None
