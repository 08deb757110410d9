"""A line of the table: two numbers, what their ratio or the first must reach, and whether it does."""

from dataclasses import dataclass
from typing import Any

_SCALES = {  # unit in the table -> (factor from what was measured, decimals at most)
    "samples/s": (1.0, 1),
    "clouds/s": (1.0, 1),
    "MB": (1e-6, 0),
    "ms": (1e3, 2),
    "ms a sample": (1e3, 3),
    "GFLOP/s": (1e-9, 0),
    "GFLOP a sample": (1e-9, 2),
    "GB/s": (1e-9, 0),
    "exponent": (1.0, 2),
    "share of a step": (100.0, 2),
}


@dataclass(frozen=True)
class Target:
    """A limit on a line's "ratio" (ours divided by the other) or on "ours"."""

    of: str
    limit: float
    at_least: bool = True

    def met(self, values: dict[str, float | None]) -> bool | None:
        """Whether the values reach it; None when that number was not measured."""
        value = values.get(self.of)
        if value is None:
            return None
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class TableLine:
    """What one line says.

    Attributes:
        key: its name in the JSON file.
        what: shown; "{size}" is replaced.
        unit: of both numbers in the table.
        device: where it is measured, "cpu" or "cuda"; empty for both.
        targets: what must be reached, all of them.
        against: whose the other number is.
        percent: whether the ratio is a share.
    """

    key: str
    what: str
    unit: str
    device: str = ""
    targets: tuple[Target, ...] = ()
    against: str = "reference"
    percent: bool = False

    def target_text(self) -> str:
        """The targets in words, "–" for none."""
        texts = []
        for target in self.targets:
            sign = "≥" if target.at_least else "≤"
            shown = self.ratio_text(target.limit) if target.of == "ratio" else f"{_number(target.limit, 2)} {self.unit}"
            texts.append(f"{sign} {shown}")
        return ", ".join(texts) or "–"

    def ratio_text(self, ratio: float | None) -> str:
        """A ratio as a factor or a share."""
        if ratio is None:
            return "–"
        return f"{100 * ratio:.0f}%" if self.percent else f"{_number(ratio, 2)}×"

    def value_text(self, value: float | None) -> str:
        """One of the numbers with its unit."""
        if value is None:
            return "–"
        factor, decimals = _SCALES[self.unit]
        unit = "%" if self.unit == "share of a step" else "" if self.unit == "exponent" else f" {self.unit}"
        return f"{_number(value * factor, decimals)}{unit}"


@dataclass(frozen=True)
class Shown:
    """A line as the table shows it, all text."""

    what: str
    ours: str
    against: str
    ratio: str
    target: str
    verdict: str
    note: str = ""


def ratio_of(values: dict[str, Any]) -> float | None:
    """Ours divided by the other."""
    ours, against = values.get("ours"), values.get("against")
    return ours / against if ours is not None and against else None


def show(line: TableLine, device: str, size: str, values: dict[str, Any], *, judged: bool) -> Shown:
    """A measured line.

    Args:
        line: what it says.
        device: it was measured on, "cpu" or "cuda".
        size: of the model.
        values: "ours", "against" and "note", as far as measured, in bytes, seconds, or per second.
        judged: whether the targets count; they are those of one size, in full.
    """
    ratio = ratio_of(values)
    against = line.value_text(values.get("against"))
    if values.get("against") is not None and line.against != "reference":
        against += f" ({line.against})"
    verdict = ""
    if judged and line.targets:
        numbers = {"ours": values.get("ours"), "ratio": ratio}
        found = [target.met(numbers) for target in line.targets]
        verdict = "not measured" if None in found else "met" if all(found) else "missed"
    return Shown(
        _named(line, device, size),
        line.value_text(values.get("ours")),
        against,
        line.ratio_text(ratio),
        line.target_text() if judged else "–",
        verdict,
        str(values.get("note", "")),
    )


def unmeasured(line: TableLine, device: str, size: str, why: str) -> Shown:
    """A line nobody measured, with its target and the reason."""
    return Shown(_named(line, device, size), "–", "–", "–", line.target_text(), f"not measured ({why})")


def _named(line: TableLine, device: str, size: str) -> str:
    return f"{line.what.format(size=size)}, {'GPU' if device == 'cuda' else 'CPU'}"


def _number(value: float, decimals: int) -> str:
    """Three figures or more, with thousands apart; no more decimals than asked."""
    if value == 0:
        return "0"
    digits = min(decimals, max(0, 2 - _magnitude(value)))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _magnitude(value: float) -> int:
    return int(f"{value:e}".split("e")[1])
