"""Batched point cloud geometry: tensors in, tensors out, on any device, without a Python loop over the batch."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointrecon.geometry.augmentation import Augmentation
    from pointrecon.geometry.augmentations import (
        augment,
        crop,
        drop,
        flip,
        jitter,
        rotate_about,
        rotate_any,
        scale_and_shift,
    )
    from pointrecon.geometry.corruptions import corrupt
    from pointrecon.geometry.distances import chamfer
    from pointrecon.geometry.interpolation import interpolate_three
    from pointrecon.geometry.neighbours import gather, group, knn
    from pointrecon.geometry.sampling import farthest_point_sample, normalise, random_sample, resize

_MODULES = {
    "augmentation": ["Augmentation"],
    "augmentations": [
        "augment",
        "crop",
        "drop",
        "flip",
        "jitter",
        "rotate_about",
        "rotate_any",
        "scale_and_shift",
    ],
    "corruptions": ["corrupt"],
    "distances": ["chamfer"],
    "interpolation": ["interpolate_three"],
    "neighbours": ["gather", "group", "knn"],
    "sampling": ["farthest_point_sample", "normalise", "random_sample", "resize"],
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Augmentation",
    "augment",
    "chamfer",
    "corrupt",
    "crop",
    "drop",
    "farthest_point_sample",
    "flip",
    "gather",
    "group",
    "interpolate_three",
    "jitter",
    "knn",
    "normalise",
    "random_sample",
    "resize",
    "rotate_about",
    "rotate_any",
    "scale_and_shift",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"pointrecon.geometry.{_HOME[name]}"), name)
    raise AttributeError(f"module 'pointrecon.geometry' has no attribute {name!r}")
