"""Parts of a GPU session: the pre-training step of one size compiled, alone and captured, in a process of its own.

python -m benchmarks.gpu_compiled SIZE OUT --seconds S
"""

import sys

from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.gpu_steps import ALL, StepVariant, run_variants

COMPILED = {
    "base": (
        *(StepVariant("base", "graphs", ALL, batch) for batch in (128, 512)),
        StepVariant("base", "on", ALL),
        StepVariant("base", "graphs"),
        StepVariant("base", "on"),
    ),
    "nano": (*(StepVariant("nano", "graphs", ALL, batch) for batch in (128, 256)), StepVariant("nano", "on", ALL)),
}


def main(size: str) -> None:
    """Measure one size."""

    def measure(sheet: Sheet) -> None:
        if sheet.rehearse:
            sheet.write("compiled steps", skipped="needs a GPU")
        else:
            run_variants(sheet, COMPILED[size])

    run_part(f"compiled-{size}", measure)


if __name__ == "__main__":
    main(sys.argv.pop(1))
