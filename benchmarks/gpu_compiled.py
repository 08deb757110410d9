"""Parts of a GPU session: the pre-training step of one size compiled and captured, in a process of its own.

python -m benchmarks.gpu_compiled SIZE OUT --seconds S
"""

import sys

from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.gpu_steps import ALL, StepVariant, run_variant

# One way each: to compile it takes half a minute and more.
COMPILED = {size: StepVariant(size, "graphs", ALL) for size in ("base", "nano")}


def main(size: str) -> None:
    """Measure one size."""

    def measure(sheet: Sheet) -> None:
        if sheet.rehearse:
            sheet.write("compiled steps", skipped="needs a GPU")
        else:
            run_variant(sheet, COMPILED[size], {})

    run_part(f"compiled-{size}", measure)


if __name__ == "__main__":
    main(sys.argv.pop(1))
