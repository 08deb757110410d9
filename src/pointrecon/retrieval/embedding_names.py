"""What the vectors of a model are called in a table. No torch here."""

import re
from pathlib import Path
from typing import Any


def embedding_name(model: Any, feature: str | None = None, poses: str = "given") -> str:
    """What `embed` calls a model's vectors where nobody says.

    "runs/parts" and "runs/parts/model" → "embedding/parts", "recon.pth" → "embedding/recon"; behind it the feature
    where it is not the usual one, and the poses ("turned", "any") where there are several.
    """
    if not isinstance(model, str | Path):
        own = type(model).__name__.lower()
    else:
        path = Path(str(model).removeprefix("hub:")).absolute()
        own = path.parent.name if path.name == "model" else path.stem if path.suffix in (".pth", ".pt") else path.name
    own = re.sub(r"[^A-Za-z0-9_.-]+", "_", own) or "model"
    more = [feature if feature not in (None, "recon", "views") else "", poses if poses != "given" else ""]
    return ".".join(filter(None, [f"embedding/{own}", *more]))
