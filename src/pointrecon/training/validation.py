"""What a model knows while it is still learning: two quick probes on validation shapes."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pointrecon.encode_settings import EncodeSettings
from pointrecon.errors import InputError
from pointrecon.progress import plural
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.cloud_stream import CloudStream

MOST = 1500  # shapes to fit on and to ask: enough for a steady curve, few enough to cost seconds
NEIGHBORS, TEMPERATURE = 10, 0.07  # the vote of Wu et al. 2018


def validation_probe(shapes: Shapes) -> Callable[[torch.nn.Module], dict[str, float]] | None:
    """Validation accuracy of the released SVM and of a vote of neighbors: model → ``{"svm": …, "knn": …}``, 0 to 1.

    None without labels or a "val" split.
    """
    found = []
    for split in ("train", "val"):
        index = shapes.in_split(split)
        index = index[shapes.label[index] >= 0]
        found.append(index[np.random.default_rng(0).permutation(len(index))][:MOST])
    if len(found[1]) == 0 or len(np.unique(shapes.label[found[0]])) < 2:
        return None
    train, val = (Shapes([shapes.load(index)]) for index in found)
    if strange := int((~np.isin(val.label, train.label)).sum()):
        warnings.warn(
            f"{strange} of the {plural(len(val), 'validation shape')} that a run is probed on are of classes without a "
            "training shape, and count as wrong: its probes are that much too low",
            stacklevel=2,
        )

    def measure(model: torch.nn.Module) -> dict[str, float]:
        return quick_probe(_features(model, train), train.label, _features(model, val), val.label)

    return measure


def quick_probe(train_x: np.ndarray, train_y: np.ndarray, val_x: np.ndarray, val_y: np.ndarray) -> dict[str, float]:
    """The accuracies, from (M, D) features with (M,) labels to fit on and (m, D) with (m,) to ask."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    # Standardized, so that the curve shows what the features know and not how their scale drifts; cosines around the
    # mean, as encoders give all shapes a large part in common.
    neighbors = KNeighborsClassifier(
        min(NEIGHBORS, len(train_x)), metric="cosine", weights=lambda distance: np.exp(-distance / TEMPERATURE)
    )
    ways = {
        "svm": make_pipeline(StandardScaler(), SVC(kernel="linear", C=0.075)),
        "knn": make_pipeline(StandardScaler(with_std=False), neighbors),
    }
    return {name: float(way.fit(train_x, train_y).score(val_x, val_y)) for name, way in ways.items()}


def _features(model: torch.nn.Module, shapes: Shapes) -> np.ndarray:
    module: Any = model
    settings = EncodeSettings(device=str(next(model.parameters()).device), precision="32")
    found = CloudStream(
        model,
        shapes,
        np.arange(len(shapes)),
        lambda clouds: module.pool(module.encode_prepared(clouds), "recon"),
        settings,
    ).gather()
    if not np.isfinite(found).all():
        raise InputError("the model gives features that are not finite; start again with a lower optim.learning_rate")
    return found
