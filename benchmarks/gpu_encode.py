"""Part of a GPU session: clouds a second through a frozen model, every way it can go, and what its parts take.

What tells most comes first. Every line says how far its features are from those of the plain layers in float32, of
their size: about 0.005 is bfloat16's rounding.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from benchmarks.clock import peak_bytes
from benchmarks.encoding import reference_encoder
from benchmarks.gpu_clock import capture, milliseconds
from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.gpu_steps import fallbacks, switched
from benchmarks.tensors import autocast, clouds

POINTS = 1024
KERNELS = ("farthest", "nearest", "norm")
LOOKED_AT = 64  # clouds whose features are compared
WRONG = 0.02  # of a feature's size: more than rounding
CALLS = 10  # in a stretch of time, of the largest batch
Encode = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class EncodeVariant:
    """One way to encode.

    Attributes:
        size: of the model.
        way: see :func:`encoder`.
        batch: clouds.
        captured: replayed as one CUDA graph.
    """

    size: str
    way: str
    batch: int = 1024
    captured: bool = True

    @property
    def name(self) -> str:
        """All of it, short."""
        return f"{self.size} {self.way}{', captured' * self.captured} x {self.batch}"


WAYS = (
    EncodeVariant("base", "eager", captured=False),
    EncodeVariant("base", "frozen"),
    EncodeVariant("base", "eager"),
    EncodeVariant("base", "frozen, plain norms"),
    EncodeVariant("base", "frozen", 256),
    EncodeVariant("base", "frozen", 64),
    EncodeVariant("base", "frozen", captured=False),
    EncodeVariant("base", "public", captured=False),
    EncodeVariant("nano", "frozen"),
    EncodeVariant("nano", "eager", captured=False),
)


def measure(sheet: Sheet) -> None:
    """The ways, the stream, the reference, parts."""
    if sheet.rehearse:
        for way in ("public", "eager", "frozen"):
            run_way(sheet, EncodeVariant("nano", way, 2, captured=False))
        run_streams(sheet, "nano", 2)
        run_reference(sheet, "tiny", 2)
        run_parts(sheet, "nano", 2)
        return
    for variant in WAYS:
        run_way(sheet, variant)
    run_streams(sheet, "base", 1024)
    run_reference(sheet, "base", 256)
    run_parts(sheet, "base", 1024)


def run_way(sheet: Sheet, variant: EncodeVariant) -> None:
    """Measure one way into its line; one that is far from exact is an error."""
    device, kernels = sheet.device, KERNELS[: 2 if "plain norms" in variant.way else 3]
    with sheet.attempt(variant.name, needs=2.5) as found, switched(kernels), fallbacks({} if found is None else found):
        if found is not None:
            points = clouds(variant.batch, POINTS, device)
            began = sheet.left()
            encode = encoder(variant.size, device, "32" if sheet.rehearse else "bf16", variant.way)
            call: Callable[[], object] = lambda: encode(points)  # noqa: E731
            if variant.captured:
                call = capture(call)
            answer: Any = call()
            difference = float(_far(answer[:LOOKED_AT], exact(variant.size, device)))
            found["first_s"] = began - sheet.left()
            inner = 0 if sheet.rehearse else CALLS * 1024 // variant.batch
            found["ms"] = milliseconds(call, device, inner=inner)
            found["clouds_per_s"] = variant.batch / found["ms"] * 1e3
            found["difference"] = difference
            found["peak_mib"] = peak_bytes(device) / 2**20
            if difference > WRONG:
                raise RuntimeError("its features are far from those of the plain layers in float32")


def run_reference(sheet: Sheet, size: str, batch: int) -> None:
    """The plain reference in float32."""
    with sheet.attempt(f"{size} reference float32 x {batch}", needs=4) as found:
        if found is not None:
            encode, points = reference_encoder(size, sheet.device), clouds(batch, POINTS, sheet.device)
            found["ms"] = milliseconds(lambda: encode(points), sheet.device, inner=3, warm_up=1)
            found["clouds_per_s"] = batch / found["ms"] * 1e3


def run_streams(sheet: Sheet, size: str, batch: int) -> None:
    """The library's own stream over shapes in memory: plainly, captured, and captured with the frozen encoder."""
    from pointrecon.encode_settings import EncodeSettings
    from pointrecon.evaluation.features import embedding_function
    from pointrecon.models.fast import switch
    from pointrecon.training.cloud_stream import CloudStream

    settings = EncodeSettings(batch_size=batch, device=sheet.device)
    wanted: np.ndarray | None = None
    for how, captured, frozen in (("plain", False, False), ("captured, frozen", True, True), ("captured", True, False)):
        with (
            sheet.attempt(f"{size} stream, {how} x {batch}", needs=4) as found,
            fallbacks({} if found is None else found),
            mock.patch.dict(switch.EARNED, {"frozen": frozen}),
        ):
            if found is not None:
                shapes, made = many_shapes(batch, 4 if sheet.rehearse else 18), model(size, sheet.device)
                answer, _ = embedding_function(made, "recon")
                stream = CloudStream(made, shapes, np.arange(len(shapes)), answer, settings, captured=captured)
                rows, times = [], []
                for _, values in stream:
                    rows.append(values)
                    times.append(time.perf_counter())
                # while the first ones come, kernels are chosen and the graph is captured
                found["ms"] = 1e3 * (times[-1] - times[len(times) // 3]) / (len(times) - 1 - len(times) // 3)
                found["clouds_per_s"] = batch / found["ms"] * 1e3
                found["waited_s"] = stream.waited
                wanted = rows[-1] if wanted is None else wanted
                found["difference"] = float(np.linalg.norm(rows[-1] - wanted) / np.linalg.norm(wanted))


@cache
def many_shapes(batch: int, batches: int) -> Any:
    """Shapes in memory, the same for every batch."""
    from pointrecon.shapes import ShapeArrays, Shapes

    block = clouds(batch, POINTS, "cpu").numpy().astype(np.float16)
    return Shapes([ShapeArrays.from_points(np.tile(block, (batches, 1, 1)))])


def run_parts(sheet: Sheet, size: str, batch: int) -> None:
    """What the captured parts of encoding take, one by one."""
    from pointrecon.models.fast.folded_embedding import embed_folded
    from pointrecon.models.fast.frozen_encoder import FrozenEncoder

    made, device = model(size, sheet.device), sheet.device
    points = clouds(batch, POINTS, device)
    with torch.no_grad(), switched(KERNELS):
        patches, frozen = made.cut(points), FrozenEncoder(made.encoder)
        rows = patches.points.flatten(0, 1)
        tokens = frozen._embedded(patches.points)
    without = copy.copy(frozen)
    without._embedded = lambda points: tokens  # type: ignore[method-assign]
    parts: dict[str, Callable[[], object]] = {
        "cut": lambda: made.cut(points).points,
        "embedding, folded": lambda: embed_folded(rows, frozen.weights),
        "embedding, as trained": lambda: made.encoder.embed.plain(patches.points),
        "frozen blocks": lambda: without(patches),
    }
    for name, call in parts.items():
        with sheet.attempt(f"{size} part: {name} x {batch}", needs=2) as found, switched(KERNELS):
            if found is not None:
                half = "32" if sheet.rehearse or "folded" in name else "bf16"
                with torch.no_grad(), autocast(device, half):
                    run = call if device == "cpu" else capture(call)
                    found["ms"] = milliseconds(run, device, inner=0 if device == "cpu" else CALLS)


@cache
def model(size: str, device: str) -> Any:
    """A seeded model in evaluation mode."""
    from pointrecon.models import create_model

    return create_model(size, seed=0, decoder_depth=0).to(device).eval()


@cache
def exact(size: str, device: str) -> Tensor:
    """Features of the first clouds by the plain layers in float32."""
    with switched(()), torch.inference_mode():
        return model(size, device).features(clouds(LOOKED_AT, POINTS, device))


def _far(found: Tensor, wanted: Tensor) -> Tensor:
    wanted = wanted[: len(found)]
    return (found.float() - wanted).norm() / wanted.norm()


def encoder(size: str, device: str, precision: str, way: str) -> Encode:
    """(B, N, 3) → features.

    Args:
        size: of the model.
        device: where.
        precision: "32" or "bf16"; "frozen" is always the latter.
        way: "public", the method ``features``, which looks at the clouds and waits for the device; "eager", the same
            layers without looking; "frozen", a :class:`FrozenEncoder`; "frozen, plain norms", without its kernel.
    """
    from pointrecon.models.encoder import Encoding
    from pointrecon.models.fast.frozen_encoder import FrozenEncoder

    made = model(size, device)
    frozen = FrozenEncoder(made.encoder) if way.startswith("frozen") else None

    def encode(points: Tensor) -> Tensor:
        with torch.inference_mode(), autocast(device, precision):
            if way == "public":
                return made.features(points)
            return made.pool(Encoding(*frozen(made.cut(points))) if frozen else made.encode_prepared(points))

    return encode


if __name__ == "__main__":
    run_part("encode", measure)
