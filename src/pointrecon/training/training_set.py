"""Training batches from a collection: held on the device, or streamed from the table while the model computes."""

import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from pointrecon.ahead import Ahead
from pointrecon.errors import InputError
from pointrecon.geometry import prepare, resize
from pointrecon.geometry.augmentation import GRAY
from pointrecon.progress import Bar
from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.collection import Shapes
from pointrecon.shapes.table.join import NO_COLOR
from pointrecon.teachers.views import pooled
from pointrecon.training.batches import Batch

_READ = 1024  # shapes read at once where they are held
_FEW = 256 * 2**20  # bytes of sentences that stay on the device beside streamed shapes; 60 templates of 55 names: 3 MiB
_DRAWN = 2**27  # a draw below this, taken modulo, picks sentence and template; from 2**28 on torch draws two numbers


# Some shapes as stored: "points" (B, N, 3) float16 turned up and, if asked for, "part" (B, N) int16 and "color", (B, N,
# 3) uint8. Of a teacher its features, such as "image" (B, V, D) float16 without NaN, and "image present" (B,) bool. Of
# features kept by sentence also "text own" (B, C) int32, the numbers of each shape's sentences, -1 behind the last: in
# all if those are held, else in "text", which then is (S, T, D).
_Stored = dict[str, Tensor]


def _each(stored: _Stored, change: Callable[[Tensor], Tensor]) -> _Stored:
    return {name: change(tensor) for name, tensor in stored.items()}


def _mean_sentence(values: Tensor, own: Tensor) -> Tensor:
    """The mean (B, D) of sentences ``own`` (B, C), -1 for none, in all templates; of features (S, T, D)."""
    return _every_sentence(values, own).sum(1) / (own >= 0).sum(1, keepdim=True).clamp_min(1)


def _every_sentence(values: Tensor, own: Tensor) -> Tensor:
    """Each of sentences ``own`` (B, C) as the mean of its templates, (B, C, D), zeros for -1; of features (S, T, D)."""
    return values[own.clamp_min(0)].float().mean(2) * (own >= 0)[..., None]


def _shades(color: Tensor) -> Tensor:
    """As :func:`pointrecon.training.cloud_stream.with_colors`, of colors (B, N, 3) uint8 on the device."""
    return torch.where((color == NO_COLOR).flatten(1).all(1)[:, None, None], GRAY, color.float() / 255)


class _ShapeSet:
    """What both kinds of training set share: reading shapes, and drawing a batch from what was read."""

    def __init__(
        self,
        shapes: ShapeArrays | Shapes,
        *,
        points: int,
        up: str = "y",
        image: str | None = None,
        text: str | None = None,
        targets: str = "one",
        parts: bool = False,
        colors: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        """Take a collection; InputError when there are no shapes, or their table is damaged.

        Args:
            points: per drawn cloud.
            up: the model's up axis.
            image, text: names of the features for these queries, or None.
            targets: "one" view or sentence of a shape, drawn anew each time, or the "mean" of them all (of views
                the maximum, where their teacher pools so), or "all" of them, a sentence as the mean of its templates.
            parts: bring the part labels of the points.
            colors: bring colors behind coordinates, gray where a shape has none.
        """
        self.shapes = Shapes([shapes]) if isinstance(shapes, ShapeArrays) else shapes
        if len(self.shapes) == 0:
            raise InputError("there are no shapes to train on; check the table and the split")
        self.count, self.up, self.device, self.parts, self.colors = points, up, torch.device(device), parts, colors
        self.targets = targets
        self.keys = {kind: key for kind, key in (("image", image), ("text", text)) if key is not None}
        told = {kind: self.shapes.sentences(key) for kind, key in self.keys.items()}
        self._told = {kind: found for kind, found in told.items() if found is not None}
        self._pooling = {kind: self.shapes.feature_info(key).get("pooling", "mean") for kind, key in self.keys.items()}
        self._held_sentences: dict[str, Tensor] = {}  # kind → (S, T, D) float16 on the device
        self.caption = torch.from_numpy(self.shapes.caption).to(self.device)
        self.label = torch.from_numpy(self.shapes.label).to(self.device)

    def __len__(self) -> int:
        return len(self.caption)

    def _hold_sentences(self, most: float = float("inf")) -> None:
        """Bring the sentences of each text teacher to the device, unless they take more bytes than this."""
        for kind, (_, told) in self._told.items():
            if told.bytes <= most:
                values = told.read(np.arange(len(told.text)))
                self._held_sentences[kind] = torch.from_numpy(values).to(self.device)

    def _read(self, index: np.ndarray) -> _Stored:
        # By numpy alone: torch's operations in this thread would start compute threads of their own, and with more of
        # those than cores the model's threads no longer wait for one another awake, which halves its speed.
        by_shape = {kind: key for kind, key in self.keys.items() if kind not in self._told}
        columns = ["points", *["part"] * self.parts, *["color"] * self.colors]
        block = self.shapes.read(index, tuple(by_shape.values()), columns, up=self.up)
        found = {"points": block.points}
        for kind, (numbers, told) in self._told.items():
            mine = numbers[index]
            found[f"{kind} present"] = mine[:, 0] >= 0
            if kind not in self._held_sentences:
                some, back = np.unique(np.maximum(mine, 0), return_inverse=True)
                found[kind] = told.read(some)
                mine = np.where(mine < 0, -1, back.reshape(mine.shape).astype(np.int32))
            found[f"{kind} own"] = mine
        for kind, key in by_shape.items():
            values = block.features[key]
            found[f"{kind} present"] = there = np.isfinite(values).all((1, 2))
            found[kind] = values if there.all() else np.nan_to_num(values, nan=0.0)
        if block.part is not None:
            found["part"] = np.ascontiguousarray(block.part)
        if block.color is not None:
            found["color"] = block.color
        # torch warns of arrays that cannot be written, as tables' are
        return {name: torch.from_numpy(np.require(values, requirements="W")) for name, values in found.items()}

    def _sent(self, index: Tensor) -> Tensor:
        """The index on the device; a plain copy would wait until a GPU has done all it was given before."""
        wait = self.device.type != "cuda" or index.is_cuda
        return (index if wait else index.pin_memory()).to(self.device, non_blocking=True)

    def _mean(self, kind: str) -> bool:
        """Whether the mean is imitated: of pictures in the place of texts it always is."""
        return self.targets == "mean" or (kind == "text" and self.keys[kind].startswith("image/"))

    def _batch(self, stored: _Stored, index: Tensor, generator: Generator) -> Batch:
        """Random points; of each shape one random view, and one of its sentences in one template (METHOD section 3).

        Or all its views pooled, and the mean of all its sentences in all templates; or each of them.
        """
        features = {}
        every = torch.arange(len(index), device=self.device)
        for kind in self.keys:
            values = self._held_sentences[kind] if kind in self._held_sentences else stored[kind]
            own = stored[f"{kind} own"] if kind in self._told else None  # (B, C), -1 behind the last
            if self._mean(kind):
                features[kind] = (
                    pooled(values.float(), self._pooling[kind]) if own is None else _mean_sentence(values, own)
                )
                continue
            if self.targets == "all":
                features[kind] = values.float() if own is None else _every_sentence(values, own)
                continue
            most = values.shape[1] if own is None else _DRAWN
            drawn = torch.randint(most, (len(index),), generator=generator, device=generator.device).to(self.device)
            if own is None:
                features[kind] = values[every, drawn].float()
            else:
                templates = values.shape[1]
                drawn = drawn % ((own >= 0).sum(1).clamp_min(1) * templates)
                sentence = own.gather(1, (drawn // templates)[:, None])[:, 0].clamp_min(0)
                features[kind] = values[sentence, drawn % templates].float()
        points, part = stored["points"], None
        if self.colors:
            points = torch.cat([points.float(), _shades(stored["color"])], 2)
        if self.parts:  # a part rides along as one more coordinate, which float32 holds exactly
            both = resize(torch.cat([points.float(), stored["part"].float()[..., None]], 2), self.count, generator)
            points, part = both[..., :-1], both[..., -1].long()
        points = prepare(points, self.count, up_to=self.up, generator=generator)
        present = {kind: stored[f"{kind} present"] for kind in self.keys}
        return Batch(points, features, present, self.caption[index], self.label[index], part)


class TrainingSet(_ShapeSet):
    """Shapes held on the device (float16), from which seeded batches are drawn without workers or copies."""

    waited = 0.0  # seconds spent waiting for data

    def __init__(self, shapes: ShapeArrays | Shapes, *, points: int, progress: bool = False, **settings: Any) -> None:
        """Bring a collection to the device, block by block; ``progress`` shows a bar with the time to go."""
        super().__init__(shapes, points=points, **settings)
        total = len(self)
        starts = [np.arange(i, min(i + _READ, total)) for i in range(0, total, _READ)]
        self._held: _Stored = {}
        self._hold_sentences()
        with Bar("reading shapes", total, show=progress) as bar, Ahead(self._read, starts) as blocks:
            for index, block in blocks:
                for name, part in block.items():
                    if name not in self._held:
                        self._held[name] = torch.empty((total, *part.shape[1:]), dtype=part.dtype, device=self.device)
                    self._held[name][index[0] : index[-1] + 1] = part.to(self.device)
                bar.advance(len(index))
        del self.shapes  # what lay in the host's memory may go

    def schedule(self, coming: Iterable[Tensor]) -> None:
        """Nothing to prepare: all is here."""

    def close(self) -> None:
        """Nothing to stop."""

    def draw(self, index: Tensor, generator: Generator) -> Batch:
        """The batch of the shapes ``index`` (B,): random points, and of each shape one random view and sentence."""
        index = self._sent(index)
        return self._batch(_each(self._held, lambda t: t[index]), index, generator)


class StreamingSet(_ShapeSet):
    """Shapes read from their tables batch by batch, the next ones while the last one is used.

    Draws the same batches as :class:`TrainingSet`, to the last bit. Memory: the batches under way. On CUDA they come
    through pinned memory on a stream of their own.
    """

    def __init__(
        self, shapes: ShapeArrays | Shapes, *, ahead: int = 4, workers: int | None = None, **settings: Any
    ) -> None:
        """``ahead`` batches are read ahead at most, by so many threads: 2, and 4 where there are cores enough."""
        super().__init__(shapes, **settings)
        self._hold_sentences(_FEW)
        self._ahead_by, self._workers = ahead, workers or (4 if (os.cpu_count() or 1) >= 8 else 2)
        self._coming: Ahead[Tensor, _Stored] | None = None
        self._copying: deque[tuple[Tensor, _Stored, Any]] = deque()
        self._copies: Any = torch.cuda.Stream(self.device) if self.device.type == "cuda" else None
        self._waited_before = 0.0

    @property
    def waited(self) -> float:
        """Seconds that :meth:`draw` waited for shapes to be read, so far."""
        return self._waited_before + (self._coming.waited if self._coming else 0.0)

    def schedule(self, coming: Iterable[Tensor]) -> None:
        """Tell which batches, (B,) indices each, will be drawn, in order, so that they are read ahead.

        They are taken as room comes, so there may be no end of them.
        """
        self.close()
        self._coming = Ahead(self._read_batch, coming, depth=self._ahead_by, workers=self._workers)

    def close(self) -> None:
        """Stop reading ahead."""
        if self._coming is not None:
            self._coming.close()
            self._waited_before += self._coming.waited
        self._coming = None
        self._copying.clear()

    def draw(self, index: Tensor, generator: Generator) -> Batch:
        """The batch of the shapes ``index`` (B,): random points, and of each shape one random view and sentence.

        Raises:
            InputError: when a table cannot be read.
            ValueError: when another batch was scheduled.
        """
        if self._coming is None:
            began = time.monotonic()
            asked, stored, copied = index, _each(self._read(index.numpy()), lambda t: t.to(self.device)), None
            self._waited_before += time.monotonic() - began
        else:
            asked, stored, copied = self._copying.popleft() if self._copying else self._next()
        if not torch.equal(asked, index):
            raise ValueError("this is not the batch that was scheduled next")
        if copied is not None:
            here = torch.cuda.current_stream(self.device)
            here.wait_event(copied)
            for tensor in stored.values():
                tensor.record_stream(here)
            if self._coming is not None and self._coming.ready():
                self._copying.append(self._next())  # its copy overlaps with this batch's step
        return self._batch(stored, self._sent(index), generator)

    def _next(self) -> tuple[Tensor, _Stored, Any]:
        assert self._coming is not None
        try:
            index, stored = next(self._coming)
        except StopIteration:
            raise ValueError("no batch is scheduled any more") from None
        if self._copies is None:
            return index, _each(stored, lambda t: t.to(self.device)), None
        with torch.cuda.stream(self._copies):
            moved = _each(stored, lambda t: t.to(self.device, non_blocking=True))
            return index, moved, self._copies.record_event()

    def _read_batch(self, index: Tensor) -> _Stored:
        stored = self._read(index.numpy())
        return stored if self._copies is None else _each(stored, Tensor.pin_memory)


def held_bytes(shapes: Shapes, features: Iterable[str], *, parts: bool = False, colors: bool = False) -> int:
    """Bytes a collection takes when it is held: points, these features and part labels, two bytes a number; colors."""
    wide, sentences = 0, 0
    for name in features:
        if found := shapes.sentences(name):
            sentences += found[0].nbytes + found[1].bytes
        else:
            wide += 2 * int(np.prod(shapes.feature_shapes[name]))
    return len(shapes) * ((2 * (3 + parts) + 3 * colors) * shapes.size + wide + 8) + sentences
