"""What trials found: how often each outcome came, and what broke a promise."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Findings:
    """Outcomes of trials: ``counts`` by kind, and in ``broken`` a line for each that broke a promise."""

    counts: Counter = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(f"{number} {what}" for what, number in sorted(self.counts.items()))
        return f"{told}; {len(self.broken)} findings"
