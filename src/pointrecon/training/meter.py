"""Running means of a run's losses, and its speed without the time spent on probes and checkpoints."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


class Meter:
    """Losses stay on the device until somebody reads them: asking a GPU for a number makes it wait."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.last = math.nan  # mean loss of the last stretch that was read
        self._sums: dict[str, Tensor] = {}
        self._finite = torch.tensor(True, device=device)
        self._count = 0
        self._all = _Stretch()
        self._now = _Stretch()

    def add(self, losses: dict[str, Tensor], samples: int) -> None:
        """Take note of a batch's losses, "loss" among them."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0) + value.detach()
        self._finite = self._finite & losses["loss"].detach().isfinite()
        self._count += 1
        self._now.samples += samples
        self._all.samples += samples

    def finite(self) -> bool:
        """Whether every loss so far was a number. Waits for the device."""
        return bool(self._finite)

    def read(self, waited: float) -> dict[str, float]:
        """Means, speed and share of waiting since the last reading; ``waited`` are the seconds waited for data in all.

        Speed is this process's, in samples a second.
        """
        means = {name: float(total) / self._count for name, total in self._sums.items()}
        found = {**means, "samples_per_second": self._now.speed(), "waiting": self._now.waiting(waited)}
        self.last, self._sums, self._count = means["loss"], {}, 0
        self._now = _Stretch(waited)
        return found

    def state(self) -> dict[str, Any]:
        """The half-filled means, so that a resumed run writes the same lines."""
        return {"sums": self._sums, "count": self._count}

    def load(self, state: dict[str, Any]) -> None:
        """From a checkpoint."""
        self._sums, self._count = {k: v.to(self.device) for k, v in state["sums"].items()}, state["count"]

    def overall(self, waited: float) -> tuple[float, float]:
        """(samples a second, share of waiting) since the beginning."""
        return self._all.speed(), self._all.waiting(waited)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is done meanwhile does not count."""
        began = time.monotonic()
        yield
        for stretch in (self._now, self._all):
            stretch.began += time.monotonic() - began


class _Stretch:
    def __init__(self, waited: float = 0.0) -> None:
        self.began, self.samples, self.waited = time.monotonic(), 0, waited

    def _seconds(self) -> float:
        return max(time.monotonic() - self.began, 1e-9)

    def speed(self) -> float:
        return self.samples / self._seconds()

    def waiting(self, waited: float) -> float:
        return (waited - self.waited) / self._seconds()
