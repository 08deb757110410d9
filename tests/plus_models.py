"""ReCon++ models small enough for tests, with random weights."""

from typing import Any

import torch

from pointrecon.models import Head, PlusConfig, ReconPlusModel, Teacher

TINY: dict[str, Any] = {
    **{"points": 64, "patches": 12, "patch_size": 8, "width": 24, "heads": 2, "depth": 2, "mlp_width": 48},
    **{"decoder_depth": 1, "image_queries": 3, "text_queries": 2},
}


def plus_model(**settings: Any) -> ReconPlusModel:
    """A zero-shot model with colors, or whatever the settings say; taught by one teacher of width 6."""
    taught = {kind: Teacher("one", 6) for kind in ("image", "text")}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return ReconPlusModel(PlusConfig.from_dict({**TINY, "teachers": taught, **settings})).eval()


def transfer_model(classes: int = 3, **settings: Any) -> ReconPlusModel:
    """A causal model with a head and without colors."""
    head = Head("mlp3", [f"class {i}" for i in range(classes)])
    causal = {"masking": "causal", "channels": 3, "class_query": True, "head": head, "teachers": {}}
    return plus_model(**{**causal, **settings})
