"""How long a file may take to read, how much memory, and how many triangles it may have."""

import re
from dataclasses import dataclass

from pointrecon.errors import InputError
from pointrecon.progress import plural

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_LEAST = 300_000_000  # bytes: what readers take of the smallest files, with the libraries of CAD and LAZ files
_A_SECOND = 10_000_000  # bytes of a file that give it a second more
_A_BYTE = 4  # bytes of memory more for each of the file's: text in memory, and what comes of it


@dataclass(frozen=True)
class Limits:
    """What a file may cost, besides what its size gives it: a second for 10 MB, four bytes of memory for each of its.

    Attributes:
        seconds: to read it. memory: bytes that its reader may take (checked on Linux alone). triangles: of one mesh.
    """

    seconds: float = 60.0
    memory: int = 4_000_000_000
    triangles: int = 20_000_000

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and self.memory > 0 and self.triangles > 0):
            raise InputError("limits of a file's time, memory and triangles are above zero")
        if self.memory < _LEAST:
            least = f"{_LEAST // 10**6}MB"
            raise InputError(f"readers need memory to start: allow a file {least} or more, not {self.memory:,} bytes")

    def for_size(self, size: int) -> "Limits":
        """What a file of so many bytes may cost in all."""
        return Limits(self.seconds + size / _A_SECOND, self.memory + _A_BYTE * size, self.triangles)

    @property
    def too_slow(self) -> str:
        """What is said of a file that takes longer."""
        return f"takes longer than {self.seconds:.3g} s to read: {_change('seconds')}"

    @property
    def too_large(self) -> str:
        """What is said of a file that needs more memory."""
        return f"needs more than {self.memory / 1e9:.2g} GB of memory to read: check it, or {_change('memory')}"

    @property
    def too_fine(self) -> str:
        """What is said of a mesh with more triangles."""
        return f"more than {plural(self.triangles, 'triangle')}: simplify it, or {_change('triangles')}"


def bytes_of(text: str | int) -> int:
    """Bytes of "4GB", "500 MB" or a number; InputError for another text."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*", str(text).lower())
    if not found:
        raise InputError(f"'{text}' is no amount of memory: write it as 4GB or 500MB")
    return int(float(found[1]) * _UNITS[found[2]])


def _change(what: str) -> str:
    return f"allow more with 'shapes import --{what}-per-file'"


class InForce:
    """The limits that this process reads under; None: nobody set any."""

    limits: Limits | None = None


def check_triangles(count: int, where: object) -> None:
    """Raise InputError where a mesh has more triangles than the limits in force allow."""
    limits = InForce.limits or Limits()
    if count > limits.triangles:
        raise InputError(f"{where} has {limits.too_fine}")


def memory_reason() -> str:
    """What is said of a file whose reader got no memory."""
    if InForce.limits is None:
        return "asks for more memory than there is: check it, or thin it out"
    return InForce.limits.too_large
