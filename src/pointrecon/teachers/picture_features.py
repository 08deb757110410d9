"""What an image teacher makes of many shapes, in order: in this process, or in several of one thread each."""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointrecon.devices import one_thread
from pointrecon.errors import InputError
from pointrecon.interrupt import deaf_children, end_with_parent
from pointrecon.teachers.views import shape_pictures

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays
    from pointrecon.teachers.protocol import ImageTeacher

_FEW = 1500  # shapes for which a process of their own is worth its start
_AHEAD = 3  # blocks of shapes a process that are under way


class Seen(NamedTuple):
    """Features (m, V, D) float32 of these shapes, ids (m,), and how many shapes more have no pictures."""

    ids: np.ndarray
    values: np.ndarray
    without: int


@dataclass(frozen=True)
class Looking:
    """A teacher and how it sees a shape; `kept` of `views` features a shape, `size` shapes at once."""

    teacher: "ImageTeacher"
    views: int
    stored: bool
    size: int
    device: str

    @property
    def kept(self) -> int:
        return 1 if self.teacher.together else self.views

    def at(self, shapes: "ShapeArrays") -> Iterator[Seen]:
        """Their features, `size` shapes at a time."""
        import torch

        for start in range(0, len(shapes), self.size):
            some = shapes.select(np.arange(start, min(start + self.size, len(shapes))))
            there, seen = shape_pictures(some, self.teacher, self.views, stored=self.stored, device=self.device)
            values = np.zeros((0, self.kept, self.teacher.width), np.float32)
            if len(there):
                found = self.teacher.encode(seen if self.teacher.together else torch.flatten(seen, 0, 1))
                values = found.view(len(there), self.kept, -1).numpy()
            yield Seen(some.id[there], values, len(some) - len(there))

    @property
    def apart(self) -> bool:
        """Whether the teacher works with one thread here, so that processes may share the work."""
        return getattr(self.teacher, "parallel", False) and self.device == "cpu"

    def processes(self, workers: int | None, count: int) -> int:
        """How many processes so many shapes are worth."""
        import joblib

        return max(1, min(workers or joblib.cpu_count(), count // _FEW)) if self.apart else 1


def look(looking: Looking, blocks: Iterable["ShapeArrays"], processes: int) -> Generator[Seen, None, None]:
    """Features of all these shapes in order, the same to the bit whatever the number of processes.

    Raises:
        InputError: pictures that cannot be read, or a process that was ended from outside.
    """
    if processes > 1:
        yield from _apart(looking, blocks, processes)
        return
    for shapes in blocks:
        if looking.apart:
            with one_thread():
                found = list(looking.at(shapes))
            yield from found
        else:
            yield from looking.at(shapes)


def _apart(looking: Looking, blocks: Iterable["ShapeArrays"], processes: int) -> Generator[Seen, None, None]:
    # joblib's own processes need no "if __name__ == '__main__'" in the caller's script, and do not fork
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(processes, initializer=_begin, initargs=(looking, os.getpid()))
    coming: deque[Future[list[Seen]]] = deque()
    try:
        for shapes in blocks:
            with deaf_children():
                coming.append(pool.submit(_at, replace(shapes, color=None, part=None)))
            if len(coming) >= _AHEAD * processes:
                yield from coming.popleft().result()
        while coming:
            yield from coming.popleft().result()
    except BrokenProcessPool as error:
        raise InputError(
            "a process that looks at shapes was ended from outside, most likely for want of memory: what was made is "
            "kept, go on with fewer workers"
        ) from error
    finally:
        for future in coming:
            future.cancel()
        pool.shutdown(wait=True)


_own: list[Looking] = []  # a process's, which is sent to it once


def _begin(looking: Looking, parent: int) -> None:
    import torch

    end_with_parent(parent)
    torch.set_num_threads(1)
    _own[:] = [looking]


def _at(shapes: "ShapeArrays") -> list[Seen]:
    return list(_own[0].at(shapes))
