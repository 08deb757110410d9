"""What the vectors of a model are called in a table. No torch here."""

import re
from pathlib import Path
from typing import Any


def embedding_name(model: Any, feature: str | None = None) -> str:
    """What `embed` calls a model's vectors where nobody says.

    "runs/parts" and "runs/parts/model" → "embedding/parts", "recon.pth" → "embedding/recon"; behind it the feature
    where it is not the usual one.
    """
    if not isinstance(model, str | Path):
        own = type(model).__name__.lower()
    else:
        path = Path(str(model).removeprefix("hub:")).absolute()
        own = path.parent.name if path.name == "model" else path.stem if path.suffix in (".pth", ".pt") else path.name
    own = re.sub(r"[^A-Za-z0-9_.-]+", "_", own) or "model"
    return f"embedding/{own}" if feature in (None, "recon", "views") else f"embedding/{own}.{feature}"
