"""Part of a GPU session: how far the weights of two equal pre-trainings are apart after a few steps."""

import torch
from torch import Tensor

from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.gpu_steps import ALL, switched
from benchmarks.steps import OurStep

STEPS = 8


def measure(sheet: Sheet) -> None:
    """A line per precision, with the kernels and without: 0 where the runs are the same to the last bit."""
    batch, precisions = (2, ("32",)) if sheet.rehearse else (64, ("32", "bf16"))
    for precision in precisions:
        for kernels in (ALL, ()):
            with (
                sheet.attempt(f"nano twice, {precision}, {'all' if kernels else 'no'} kernels", needs=4) as found,
                switched(kernels),
            ):
                if found is not None:
                    one, two = (weights_after(sheet.device, precision, batch) for _ in range(2))
                    found |= {name: difference(one, two, name) for name in ("loss", "largest")}


def weights_after(device: str, precision: str, batch: int) -> dict[str, Tensor]:
    """The weights after some steps from one seed, and their last loss."""
    torch.manual_seed(0)
    step = OurStep("nano", batch, device, precision, compile="off")
    for _ in range(STEPS):
        step()
    with torch.no_grad():
        loss = step.losses()
    return {"loss": loss, **{name: value.clone() for name, value in step.model.state_dict().items()}}


def difference(one: dict[str, Tensor], two: dict[str, Tensor], name: str) -> float:
    """Of the losses, or the largest of all weights."""
    names = [name] if name in one else one
    return max(float((one[key].float() - two[key].float()).abs().max()) for key in names)


if __name__ == "__main__":
    run_part("repeats", measure)
