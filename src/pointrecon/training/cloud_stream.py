"""Encode clouds as a stream: shapes are read while the model computes, and memory does not grow with their number."""

from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.ahead import Ahead
from pointrecon.devices import in_bfloat16, one_thread, pick_device
from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.geometry import posed, prepare
from pointrecon.geometry.augmentation import GRAY
from pointrecon.geometry.poses import turns_of
from pointrecon.models.plus.plus_clouds import is_colored
from pointrecon.shapes.table.join import NO_COLOR
from pointrecon.training.captured_answer import CapturedAnswer
from pointrecon.training.point_draw import COLUMNS, draw_points, marks_of

if TYPE_CHECKING:
    from pointrecon.shapes.table.collection import Shapes

Read = tuple[np.ndarray, torch.Tensor, torch.Tensor]


def points_for(model: Any, shapes: "Shapes", asked: int | None = None) -> int:
    """How many points of a cloud a model is given: those asked for, its own, or as many as the shapes have."""
    return asked or model.config.points or shapes.size


def with_colors(points: np.ndarray, color: np.ndarray) -> np.ndarray:
    """Coordinates (m, N, 3) with their colors (m, N, 3) uint8 behind, from 0 to 1: (m, N, 6) float32.

    A shape whose color is ``NO_COLOR`` everywhere has none: it becomes the gray that colored models learned with.
    """
    shade = color.astype(np.float32) / 255
    shade[(color == NO_COLOR).all((1, 2))] = GRAY
    return np.concatenate([points.astype(np.float32), shade], -1)


class CloudStream:
    """An iterator over (ids (m,), what ``answer`` says of them (m, D) float32), in the order asked for.

    The model is in evaluation mode and on the device for the while, and left as it was found. Which points of a cloud
    are taken depends on the shape's file (or id) and seed only, so not on batches or on where a stopped job goes on.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        shapes: "Shapes",
        index: np.ndarray,
        answer: Callable[[torch.Tensor], torch.Tensor],
        settings: EncodeSettings,
        *,
        captured: bool = False,
        over_poses: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        """Prepare; work begins with the first batch asked for.

        Args:
            model: a module with a ``config`` (``points``, ``up``); with ``uncaptured = True`` its answers are neither
                captured nor given in half precision.
            index: (M,) places of the shapes to encode.
            answer: (B, n, 3) clouds, centered, scaled, turned upright → (B, D); (B, n, 6) for a model that looks at
                colors.
            captured: ``answer`` draws nothing, waits for nothing and changes nothing: on CUDA a graph of it is replayed
                for whole batches, and on a CPU several batches are answered at once, each by one thread.
            over_poses: what of the answers for P poses of each cloud (B, P, D) becomes its one, (B, D'). ``answer``
                then takes a ``ReconModel``'s patches, too: on a CPU they are cut once for all poses.

        Raises:
            InputError: for several poses where the answers of one cannot be brought together.
        """
        self.model, self.shapes, self.answer = model, shapes, answer
        self.home = next((p.device for p in model.parameters()), torch.device("cpu"))
        self.device = pick_device(settings.device)
        plain = bool(getattr(model, "uncaptured", False))
        self.bf16 = in_bfloat16(settings.precision, self.device) and not plain
        config: Any = model.config
        self.points, self.up, self.model_up = points_for(model, shapes, settings.points), shapes.meta.up, config.up
        self.poses, self.over_poses = settings.poses, over_poses
        if self.poses != "given" and over_poses is None:
            raise InputError(f"several poses (here '{self.poses}') are for vectors and names: leave poses out")
        self.seed, self.captured = settings.seed, captured and not plain
        self.colored = is_colored(model)
        self.batches = [index[i : i + settings.batch_size] for i in range(0, len(index), settings.batch_size)]
        self._reading: Ahead[np.ndarray, Read] | None = None

    @property
    def waited(self) -> float:
        """Seconds spent waiting for shapes to be read, so far."""
        return self._reading.waited if self._reading is not None else 0.0

    def __iter__(self) -> Generator[tuple[np.ndarray, np.ndarray], None, None]:
        training = self.model.training
        self.model.to(self.device).eval()
        answer = CapturedAnswer(self._answer, self.device) if self._cuda and self.captured else self._answer
        # One batch's answer is fetched while the next is computed.
        under_way: deque[tuple[np.ndarray, torch.Tensor, Any]] = deque()
        try:
            with Ahead(self._read, self.batches) as self._reading:
                if self._abreast > 1:
                    yield from self._at_once(self._reading)
                    return
                for _, (ids, points, marks) in self._reading:
                    under_way.append((ids, *self._compute(points, marks, answer)))
                    if len(under_way) > 1:
                        yield _fetched(*under_way.popleft())
            while under_way:
                yield _fetched(*under_way.popleft())
        finally:
            self.model.to(self.home).train(training)

    @property
    def _abreast(self) -> int:
        """How many batches are answered at once: threads that share one wait for one another at each operation."""
        alone = self.device.type != "cpu" or not self.captured
        return 1 if alone else min(torch.get_num_threads(), len(self.batches))

    def _at_once(self, reading: Ahead[np.ndarray, Read]) -> Generator[tuple[np.ndarray, np.ndarray], None, None]:
        threads = self._abreast

        def work(read: tuple[np.ndarray, Read]) -> torch.Tensor:
            torch.set_num_threads(1)  # of those that this thread would start
            return self._compute(*read[1][1:], self._answer)[0]

        with one_thread(), Ahead(work, reading, depth=threads + 1, workers=threads) as answers:
            for (_, (ids, _, _)), found in answers:
                yield ids, found.numpy()

    def gather(self, advance: Callable[[int], None] | None = None) -> np.ndarray:
        """What ``answer`` says of all shapes, (M, D) float32; ``advance`` is told how many came, for a bar."""
        parts = []
        for _, values in self:
            parts.append(values)
            if advance is not None:
                advance(len(values))
        return np.concatenate(parts)

    def _read(self, index: np.ndarray) -> Read:
        block = self.shapes.read(index, columns=(*COLUMNS, "color") if self.colored else COLUMNS)
        # by numpy, see `training_set`: torch's operations here would slow the model's down
        clouds = block.points.copy() if block.color is None else with_colors(block.points, block.color)
        points, marks = torch.from_numpy(clouds), marks_of(block, self.seed)
        return (block.id, points.pin_memory(), marks.pin_memory()) if self._cuda else (block.id, points, marks)

    @property
    def _cuda(self) -> bool:
        return self.device.type == "cuda"

    def _answer(self, clouds: torch.Tensor) -> torch.Tensor:
        return self.answer(clouds).float()

    def _of_poses(self, clouds: torch.Tensor, answer: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        if self.over_poses is None:
            return answer(clouds)
        if self.poses != "given" and not self._cuda and hasattr(self.model, "encode_prepared"):
            model: Any = self.model
            clouds, turns = turns_of(clouds, self.poses, self.model_up)
            patches = model.cut(clouds)
            return self.over_poses(torch.stack([answer(patches.turned(turn)) for turn in turns], 1))
        # a captured answer is written anew by the next
        every = [answer(one).clone() for one in posed(clouds, self.poses, self.model_up)]
        return self.over_poses(torch.stack(every, 1))

    @torch.inference_mode()
    def _compute(
        self, points: torch.Tensor, marks: torch.Tensor, answer: Callable[[torch.Tensor], torch.Tensor]
    ) -> tuple[torch.Tensor, Any]:
        """The answer (B, D) on its way to the host, and on CUDA the event of its arrival."""
        if self._cuda:  # elsewhere drawing is as fast before the copy, which is smaller then
            points, marks = (tensor.to(self.device, non_blocking=True) for tensor in (points, marks))
        clouds = prepare(draw_points(points, self.points, marks), self.points, up_from=self.up, up_to=self.model_up)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            found = self._of_poses(clouds.to(self.device), answer)
        if not self._cuda:
            return found.cpu(), None
        here = torch.empty(found.shape, pin_memory=True)
        here.copy_(found, non_blocking=True)
        arrived = torch.cuda.Event()
        arrived.record()
        return here, arrived


def _fetched(ids: np.ndarray, values: torch.Tensor, arrived: Any) -> tuple[np.ndarray, np.ndarray]:
    if arrived is not None:
        arrived.synchronize()
    return ids, values.numpy()
