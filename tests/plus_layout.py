"""ReCon++ checkpoints in the released layout with seeded weights: as they are, or narrower and with fewer blocks."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

RELEASED = Path(__file__).parent / "data" / "released"
PLUS = RELEASED / "plus"
sys.path[:0] = [str(RELEASED), str(PLUS)]
import seeded_inputs  # noqa: E402
import seeded_weights  # noqa: E402

KINDS: dict[str, Any] = json.loads((PLUS / "checkpoint_keys.json").read_text())
CASES: dict[str, Any] = json.loads((PLUS / "cases.json").read_text())


def plus_shapes(kind: str, width: int = 0, blocks: int = 99) -> dict[str, tuple[int, ...]]:
    """Released name → shape; of kinds "small" and "base" also narrower, with fewer blocks."""
    own = KINDS[kind]["settings"]["width"]
    width = width or own
    assert width == own or own in (384, 768), "sizes of other layers are multiples of other widths"
    shapes = {}
    for name, shape in seeded_inputs.layout(kind).items():
        block = re.search(r"blocks\.(\d+)\.", name)
        if block is None or int(block[1]) < blocks:
            shapes[name] = tuple(size * width // own if size % own == 0 else size for size in shape)
    return shapes


def plus_state(kind: str, **narrower: int) -> dict[str, torch.Tensor]:
    """Seeded weights under the released names."""
    shapes = plus_shapes(kind, **narrower)
    return {n: torch.from_numpy(np.asarray(seeded_weights.tensor(n, shape))) for n, shape in shapes.items()}


def plus_clouds(case: str) -> torch.Tensor:
    """The clouds of a parity case, with colors where it has them."""
    told = CASES[case]
    xyz = seeded_weights.clouds(*told["clouds"])
    return torch.from_numpy(seeded_inputs.coloured(xyz, told["colours"]) if "colours" in told else xyz)


def plus_mask(case: str) -> torch.Tensor:
    """The mask of a parity case."""
    function, *how = CASES[case]["mask"]
    made = seeded_weights.patch_mask if function == "patch_mask" else seeded_inputs.column_mask
    return torch.from_numpy(made(*how))


def plus_teacher(case: str) -> dict[str, torch.Tensor]:
    """The stand-in features of a parity case, by "image" and "text"."""
    told = CASES[case]
    image = seeded_inputs.teacher_features(*told["image"])
    of_texts = isinstance(told["text"], list)
    text = seeded_inputs.teacher_features(*told["text"]) if of_texts else image.mean(1, keepdims=True)
    return {"image": torch.from_numpy(image), "text": torch.from_numpy(text)}
