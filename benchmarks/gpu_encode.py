"""Part of a GPU session: clouds a second through a frozen model, eager, compiled and captured."""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

from benchmarks.clock import peak_bytes
from benchmarks.encoding import reference_encoder
from benchmarks.gpu_clock import capture, milliseconds
from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.gpu_steps import ALL, fallbacks, switched
from benchmarks.tensors import autocast, clouds

POINTS = 1024
BATCHES = (1024, 256, 64)
Encode = Callable[[Tensor], Tensor]


def measure(sheet: Sheet) -> None:
    """Both sizes, all batches: captured and eager first, compiling while time is left."""
    batches = (2,) if sheet.rehearse else BATCHES
    sizes = ("nano",) if sheet.rehearse else ("base", "nano")
    quick: list[tuple[str, int, str, tuple[str, ...]]]
    quick = [(size, batch, "features", ALL) for size, batch in product(sizes, batches[:1])]
    ways = ("eager",) if sheet.rehearse else ("captured", "eager")
    quick += [(size, batch, way, on) for size, batch, way, on in product(sizes, batches, ways, (ALL, ()))]
    for size, batch, way, kernels in quick:
        _line(sheet, size, batch, way, kernels, needs=3)
    size = "tiny" if sheet.rehearse else "base"
    with sheet.attempt(f"{size} reference float32 x {batches[-1]}", needs=5) as found:
        if found is not None:
            encode, points = reference_encoder(size, sheet.device), clouds(batches[-1], POINTS, sheet.device)
            found["ms"] = milliseconds(lambda: encode(points), sheet.device)
            found["clouds_per_s"] = batches[-1] / found["ms"] * 1e3
    if not sheet.rehearse:
        for size, way, kernels, batch in product(("base", "nano"), ("compiled, captured",), (ALL, ()), batches[:2]):
            _line(sheet, size, batch, way, kernels, needs=20)


def _line(sheet: Sheet, size: str, batch: int, way: str, kernels: tuple[str, ...], *, needs: float) -> None:
    name = f"{size} {way}, {'all' if kernels else 'no'} kernels x {batch}"
    device = sheet.device
    with sheet.attempt(name, needs) as found, switched(kernels), fallbacks({} if found is None else found):
        if found is not None:
            points = clouds(batch, POINTS, device)
            began = sheet.left()
            encode = encoder(size, device, "32" if sheet.rehearse else "bf16", way)
            call: Callable[[], object] = lambda: encode(points)  # noqa: E731
            if way.endswith("captured"):
                call = capture(call)
            answer = call()
            found["first_s"] = began - sheet.left()
            found["ms"] = milliseconds(call, device)
            found["clouds_per_s"] = batch / found["ms"] * 1e3
            found["peak_mib"] = peak_bytes(device) / 2**20
            with switched(()):
                plain = encoder(size, device, "32", "eager")(points)
            found["difference"] = float((answer.float() - plain).norm() / plain.norm())  # type: ignore[attr-defined]


def encoder(size: str, device: str, precision: str, way: str) -> Encode:
    """(B, N, 3) → features.

    Args:
        size: of the model.
        device: where.
        precision: "32" or "bf16".
        way: "features" is the public method, which looks at the clouds and waits for the device; the others do the same
            without looking, since a captured graph cannot: "eager", "captured" (by the caller), "compiled, captured".
    """
    from pointrecon.models import create_model

    model = create_model(size, seed=0, decoder_depth=0).to(device).eval()

    def features(points: Tensor) -> Tensor:
        return model.pool(model.encode_patches(model.cut(points)))

    if way == "features":
        features = model.features
    if way.startswith("compiled"):
        features = torch.compile(features, dynamic=False)

    def encode(points: Tensor) -> Tensor:
        with torch.inference_mode(), autocast(device, precision):
            return features(points)

    return encode


if __name__ == "__main__":
    run_part("encode", measure)
