"""A whole training step as one CUDA graph: what the host launched kernel by kernel it launches with one call.

Small models and small batches keep a GPU waiting for the host; replayed, a step takes what its kernels take.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Generator, Tensor

from pointrecon.errors import first_line

_PLAIN = 3  # batches of a size before it is captured: kernels are chosen and compiled, buffers made
Step = Callable[[Tensor], dict[str, Tensor]]


class CapturedStep:
    """Runs a step plainly for the first batches of a size, then captures it and replays the graph.

    The random numbers of ``generator`` and of torch's own one are drawn anew at each replay, from the seeds they have
    then: those of the plain step. Where a step cannot be captured a warning says so, and it goes on plainly.
    """

    def __init__(self, step: Step, generator: Generator, parameters: Iterable[Tensor]) -> None:
        """Take a step.

        Args:
            step: indices (B,) on the device → losses; all its work is the device's, and nothing in it waits.
            generator: on the device, which the step draws from.
            parameters: that the step changes. A graph knows where they lie: once they have moved it is captured anew.
        """
        self._step, self._generator, self.device = step, generator, generator.device
        self._parameters, self._places = list(parameters), list[int]()
        self._stream = torch.cuda.Stream(self.device)
        self._pool = torch.cuda.graph_pool_handle()
        self._graphs: dict[int, tuple[Any, Tensor, dict[str, Tensor]]] = {}
        self._seen = Counter[int]()
        self._failed = False

    def __call__(self, index: Tensor) -> dict[str, Tensor]:
        """The losses of the shapes ``index`` (B,); read them before the next call, which may write them anew."""
        here, size = index.pin_memory().to(self.device, non_blocking=True), len(index)
        self._seen[size] += 1
        places = [parameter.data_ptr() for parameter in self._parameters]
        if places != self._places:
            self._graphs.clear()
            self._places = places
        if size not in self._graphs and (self._failed or self._seen[size] <= _PLAIN or not self._capture(size)):
            return self._plainly(here)
        graph, taken, losses = self._graphs[size]
        taken.copy_(here)
        graph.replay()
        return losses

    def _plainly(self, index: Tensor) -> dict[str, Tensor]:
        """On the stream of the capture, as gradients want it."""
        current = torch.cuda.current_stream(self.device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            losses = self._step(index)
        current.wait_stream(self._stream)
        return losses

    def _capture(self, size: int) -> bool:
        graph, taken = torch.cuda.CUDAGraph(), torch.zeros(size, dtype=torch.long, device=self.device)
        if register := getattr(graph, "register_generator_state", None):  # newer versions see it for themselves
            register(self._generator)
        try:  # the outer context leaves the stream where a failing capture would not
            with (
                torch.cuda.stream(torch.cuda.current_stream(self.device)),
                torch.cuda.graph(graph, pool=self._pool, stream=self._stream),
            ):
                losses = self._step(taken)
        except RuntimeError as error:
            self._give_up()
            warnings.warn(f"going on without CUDA graphs, as a step cannot be captured: {first_line(error)}")
            return False
        self._graphs[size] = graph, taken, losses
        return True

    def _give_up(self) -> None:
        """After a capture that failed: no gradients that were never computed, no generators that wait for its end."""
        self._failed = True
        self._graphs.clear()  # they draw from the generators' former states
        for parameter in self._parameters:
            parameter.grad = None
        if self.device.type == "cuda":
            for generator in (self._generator, torch.cuda.default_generators[self.device.index or 0]):
                generator.graphsafe_set_state(generator.clone_state())
