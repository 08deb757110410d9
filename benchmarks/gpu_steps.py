"""Part of a GPU session: the pre-training step every way that needs no compiler, and the plain float32 reference.

What tells most comes first; what no longer fits into the part's time is written down as skipped. ``gpu_compiled.py``
runs the compiled ways, in processes of their own.
"""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from benchmarks.clock import peak_bytes, wait_for
from benchmarks.gpu_clock import milliseconds
from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.steps import OurStep, ReferenceStep

ALL = ("farthest", "nearest", "chamfer")
WARM_UP = 10  # steps; the loss is that after them
_FALLBACKS = ("going on without", "does not run here")  # in the library's warnings
_NEEDS = {"off": 6.0, "capture": 7.0}  # seconds, until one was measured


@dataclass(frozen=True)
class StepVariant:
    """One way to run a step.

    Attributes:
        size: of the model.
        compile: as ``train.compile``; "reference" for the reference.
        kernels: Triton's, switched on.
        batch: clouds.
        embedding: compile the patch embedding as well, which ``train.compile`` leaves as it is.
    """

    size: str
    compile: str
    kernels: tuple[str, ...] = ()
    batch: int = 128
    embedding: bool = False

    @property
    def name(self) -> str:
        """All of it, short."""
        if self.compile == "reference":
            return f"{self.size} reference float32 x {self.batch}"
        kernels = "all kernels" if self.kernels == ALL else ", ".join(self.kernels) or "no kernels"
        way = f"{self.compile} with the embedding" if self.embedding else self.compile
        return f"{self.size} {way}, {kernels} x {self.batch}"


CAPTURED = (512, 1024, 256, 64)  # further batches of base
STEPS = (
    *(StepVariant("base", "capture", ALL, batch) for batch in (128, *CAPTURED)),
    StepVariant("base", "off"),
    StepVariant("base", "reference"),
    *(StepVariant("nano", "capture", ALL, batch) for batch in (128, 256, 512)),
    StepVariant("base", "capture"),
    StepVariant("base", "off", ALL),
    *(StepVariant("base", "capture", (kernel,)) for kernel in ALL),
    StepVariant("nano", "off"),
    StepVariant("nano", "capture"),
    StepVariant("nano", "off", ALL),
)
REHEARSED = (StepVariant("nano", "off", ALL, 4), StepVariant("tiny", "reference", (), 2))


def measure(sheet: Sheet) -> None:
    """Every way that needs no compiler of steps."""
    run_variants(sheet, REHEARSED if sheet.rehearse else STEPS)


def run_variants(sheet: Sheet, variants: Iterable[StepVariant]) -> None:
    """Every variant as far as time goes."""
    needs = dict(_NEEDS)
    for variant in variants:
        run_variant(sheet, variant, needs)


def run_variant(sheet: Sheet, variant: StepVariant, needs: dict[str, float]) -> float:
    """Measure one variant into its line; samples a second, 0 where there are none. Learns what a variant needs."""
    began = sheet.left()
    with sheet.attempt(variant.name, needs.get(variant.compile, 8.0)) as found:
        if found is not None:
            with switched(variant.kernels), fallbacks(found):
                _measure(sheet, variant, found)
            needs[variant.compile] = min(began - sheet.left(), 60.0)
    known = found or sheet.before.get(variant.name, {})
    return 0.0 if "fallback" in known else known.get("samples_per_s", 0.0)


def _measure(sheet: Sheet, variant: StepVariant, found: dict[str, Any]) -> None:
    device, small = sheet.device, sheet.rehearse
    step: OurStep | ReferenceStep
    began = sheet.left()
    if variant.compile == "reference":
        step = ReferenceStep(variant.size, variant.batch, device)
    else:
        precision = "32" if small else "bf16"
        step = OurStep(variant.size, variant.batch, device, precision, compile=variant.compile)
        if variant.embedding:
            compile_embedding(step.model)
    for _ in range(1 if small else WARM_UP):
        step()
    wait_for(device)
    if off := [kernel for kernel in variant.kernels if not worked(kernel, device)]:
        found["fallback"] = f"plain instead of {', '.join(off)}"
    found["first_s"] = began - sheet.left()  # building, compiling, capturing
    weights = {name: value.clone() for name, value in step.model.state_dict().items()}
    found["ms"] = milliseconds(step, device, inner=1 if small else 0, stretch=0.2)
    found["samples_per_s"] = variant.batch / found["ms"] * 1e3
    found["peak_mib"] = peak_bytes(device) / 2**20
    if variant.compile != "reference":
        del step
        with switched(()):
            found["loss"] = loss_of(weights, variant, device)


def compile_embedding(model: Any) -> None:
    """The patch embedding's norms, sums and maxima by ``torch.compile`` in fewer passes."""
    from pointrecon.training.compiled import compiled

    model.encoder.embed.plain = compiled(model.encoder.embed.plain)


def loss_of(weights: dict[str, Any], variant: StepVariant, device: str) -> float:
    """The loss of the plain step in float32 with these weights: did the steps before train, and all ways alike?"""
    plain = OurStep(variant.size, variant.batch, device, compile="off")
    plain.model.load_state_dict(weights)
    with torch.no_grad():
        return float(plain.losses())


def worked(kernel: str, device: str) -> bool:
    """Whether a kernel passed its trial, on a GPU."""
    from pointrecon.models.fast import trial

    return device == "cpu" or trial.works_on(kernel, torch.device(device), ())


@contextmanager
def fallbacks(found: dict[str, Any]) -> Iterator[None]:
    """What the library warns of meanwhile, that it goes on in another way than asked, becomes ``found["fallback"]``."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            yield
        finally:
            texts = list(dict.fromkeys(str(warning.message).strip().split("\n")[0] for warning in said))
            if mine := [text for text in texts if any(words in text for words in _FALLBACKS)]:
                found["fallback"] = "; ".join([*mine, *filter(None, [found.get("fallback")])])
            print(*texts, sep="\n", flush=True)


@contextmanager
def switched(kernels: tuple[str, ...]) -> Iterator[None]:
    """These of Triton's kernels on, the others off."""
    from pointrecon.models.fast import switch

    before, mode = dict(switch.EARNED), switch.use("auto")
    switch.EARNED.update({f"triton {kernel}": kernel in kernels for kernel in (*ALL, "norm")})
    try:
        yield
    finally:
        switch.EARNED.update(before)
        switch.use(mode)


if __name__ == "__main__":
    run_part("steps", measure)
