"""The parts of a GPU session: what each runs, and how long it may take."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SessionPart:
    """One part.

    Attributes:
        command: for bash, in the repository's root. ``$PYTHON``, ``$OUT`` (the folder of results), ``$LIMIT`` (seconds)
            and ``$REHEARSE`` ("--rehearse" or nothing) are set.
        seconds: after which it is stopped.
        rehearsal_seconds: the same in a rehearsal.
        rehearsal: the command of a rehearsal, where it is another.
    """

    command: str
    seconds: float
    rehearsal_seconds: float
    rehearsal: str = ""


def _module(name: str) -> str:
    return f'exec "$PYTHON" -m benchmarks.{name} "$OUT" --seconds "$LIMIT" $REHEARSE'


# In this order unless the command line has another.
PARTS = {
    "machine": SessionPart(_module("gpu_machine"), 20, 60),
    "suite": SessionPart(_module("gpu_suite"), 75, 120),
    "kernels": SessionPart(_module("gpu_kernels"), 40, 60),
    "steps": SessionPart(_module("gpu_steps"), 80, 120),
    "compiled-base": SessionPart(_module("gpu_compiled base"), 70, 60),
    "compiled-nano": SessionPart(_module("gpu_compiled nano"), 70, 60),
    "compiled-wide": SessionPart(_module("gpu_compiled wide"), 80, 60),
    "compiled-embedding": SessionPart(_module("gpu_compiled embedding"), 80, 60),
    "repeats": SessionPart(_module("gpu_repeats"), 30, 60),
    "encode": SessionPart(_module("gpu_encode"), 50, 90),
    "profile": SessionPart(_module("gpu_profile"), 40, 60),
    "tuning": SessionPart(_module("gpu_tuning"), 45, 60),
}
