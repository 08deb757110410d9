"""A frozen model's answer to a batch as one CUDA graph: encoding then takes what its kernels take, not its launches."""

import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from pointrecon.errors import first_line

_PLAIN = 2  # batches of a shape before it is captured: kernels are chosen, tried and compiled
_NEAR = 0.01  # how far, of its size, a replay may be from the plain answer

Answer = Callable[[Tensor], Tensor]


class CapturedAnswer:
    """Answers plainly until a shape of batch has come twice, then replays the graph of that shape.

    The graph is taken only if its first replay gives what the plain call gave. Where it does not, or nothing can be
    captured, a warning says so, and all is answered plainly.
    """

    def __init__(self, answer: Answer, device: torch.device) -> None:
        """``answer`` takes (B, N, 3) on the CUDA device, draws no random numbers, waits for nothing on the device.

        The weights of its model stay where and as they are.
        """
        self._answer, self._device = answer, device
        self._stream = torch.cuda.Stream(device)
        self._seen = Counter[torch.Size]()
        self._graph: Any = None
        self._taken = self._found = torch.empty(0)
        self._failed = False

    def __call__(self, clouds: Tensor) -> Tensor:
        """The answer; on this stream, copy it before the next call, which may write it anew."""
        if self._graph is not None and clouds.shape == self._taken.shape:
            self._taken.copy_(clouds)
            self._graph.replay()
            return self._found
        found = self._plainly(clouds)
        self._seen[clouds.shape] += 1
        if self._graph is None and not self._failed and self._seen[clouds.shape] == _PLAIN:
            try:
                self._capture(clouds, found)
            except RuntimeError as error:
                self._give_up(error)
        return found

    def _plainly(self, clouds: Tensor) -> Tensor:
        """On the stream of the capture, whose libraries then have what they need."""
        current = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            found = self._answer(clouds)
        current.wait_stream(self._stream)
        for tensor, stream in ((clouds, self._stream), (found, current)):  # memory is not given away too early
            if tensor.is_cuda:
                tensor.record_stream(stream)
        return found

    def _capture(self, clouds: Tensor, wanted: Tensor) -> None:
        graph, taken = torch.cuda.CUDAGraph(), clouds.clone()
        # Another thread pins memory meanwhile, so only this one's calls count. The outer context leaves the stream
        # where a failing capture would not.
        torch.clear_autocast_cache()  # what it holds goes at the end of the batch: the graph casts weights itself
        with (
            torch.cuda.stream(torch.cuda.current_stream(self._device)),
            torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"),
        ):
            found = self._answer(taken)
        torch.clear_autocast_cache()  # and its casts are nobody else's
        graph.replay()
        if not bool((found - wanted).norm() <= _NEAR * wanted.norm()):
            raise RuntimeError("its graph answers otherwise")
        self._graph, self._taken, self._found = graph, taken, found

    def _give_up(self, error: RuntimeError) -> None:
        self._failed = True
        warnings.warn(f"going on without CUDA graphs, as encoding cannot be captured: {first_line(error)}")
        if self._device.type == "cuda":  # the generator would wait for the end of the capture
            generator = torch.cuda.default_generators[self._device.index or 0]
            generator.graphsafe_set_state(generator.clone_state())
