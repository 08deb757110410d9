"""Parts of a GPU session: the pre-training step compiled and captured, each way in a process of its own.

python -m benchmarks.gpu_compiled WAY OUT --seconds S
"""

import sys

from benchmarks.gpu_sheet import Sheet, run_part
from benchmarks.gpu_steps import ALL, StepVariant, run_variant

# One way each: to compile it takes half a minute and more.
COMPILED = {
    "base": StepVariant("base", "graphs", ALL),
    "nano": StepVariant("nano", "graphs", ALL),
    "wide": StepVariant("base", "graphs", ALL, 1024),
    "embedding": StepVariant("base", "graphs", ALL, embedding=True),
}


def main(way: str) -> None:
    """Measure one way."""

    def measure(sheet: Sheet) -> None:
        if sheet.rehearse:
            sheet.write("compiled steps", skipped="needs a GPU")
        else:
            run_variant(sheet, COMPILED[way], {})

    run_part(f"compiled-{way}", measure)


if __name__ == "__main__":
    main(sys.argv.pop(1))
