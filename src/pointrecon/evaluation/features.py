"""Frozen features: one vector per shape from a model in evaluation mode."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from pointrecon.encode_settings import EncodeSettings, encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.inputs import resolve_model, resolve_shapes
from pointrecon.evaluation.views_model import VIEWS
from pointrecon.models.encoder import Encoding
from pointrecon.models.fast.frozen_encoder import FrozenEncoder, taken
from pointrecon.models.model import FEATURES
from pointrecon.models.patches import Patches
from pointrecon.progress import Bar
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.cloud_stream import CloudStream

PROJECTIONS = ("image", "text")
_WIDTHS = dict(zip(FEATURES, (2, 1, 3, 5), strict=True))  # of a `ReconModel`, in token widths; else 1

Encode = EncodeSettings | Mapping[str, Any] | None


def extract_features(
    model: Any, data: Any, *, feature: str | None = None, encode: Encode = None, progress: bool = True
) -> np.ndarray:
    """Features of every shape, in order, (M, D) float32. Points are streamed; the features are all in memory.

    Args:
        model: a path, the name of an image teacher (its pooled views), or a module with ``encode``, ``pool(encoding,
            feature) -> (B, D)`` and a ``config`` (``points``, ``up``). It is put in evaluation mode for the while, and
            left as it was found.
        data: M shapes, as `as_shapes` takes them.
        feature: ``"recon"`` is the released SVM feature (METHOD.md section 2: maximum of the three queries, maximum +
            mean of the patches); ``"patches"``, ``"queries"`` and ``"all"`` are parts of it and their join. Left out,
            "recon", or of an image teacher "views", its only one.
        encode: how clouds are encoded.
        progress: show a bar on standard error.

    Raises:
        InputError: for an unknown feature, or a model that answers with something not finite.
    """
    module, _ = resolve_model(model)
    name = feature_of(module, feature)
    return extract_several(module, resolve_shapes(data), (name,), encode=encode, progress=progress)[name]


def features_there(model: Any) -> tuple[str, ...]:
    """Names of the vectors it makes of an encoding, the usual one first."""
    only = getattr(model, "only_feature", None)
    return tuple(_widths(model)) if only is None else (only,)


def _widths(model: Any) -> dict[str, int]:
    """Feature → how many token widths it is wide."""
    of_its_own = getattr(model, "feature_widths", None)
    return _WIDTHS if of_its_own is None else of_its_own()


def feature_of(model: Any, asked: str | None) -> str:
    """The feature asked for, or the model's usual one; InputError for one it has not."""
    there = features_there(model)
    if asked is not None and asked not in there:
        if there == (VIEWS,):
            raise InputError(f"an image teacher has one vector, its pooled views: leave the feature '{asked}' out")
        raise InputError(f"there is no feature '{asked}'; take one of {', '.join(there)}")
    return asked or there[0]


def embedding_function(model: torch.nn.Module, feature: str) -> tuple[Callable[[torch.Tensor], torch.Tensor], int]:
    """What makes one vector of a cloud, (B, n, 3) → (B, D), and how wide it is.

    Features are those of `extract_features`, and "image" or "text": the query projected into the teacher's space.
    InputError for an unknown feature, or a model that was not taught by such a teacher.
    """
    config: Any = model.config
    encode = encoding_function(model)
    if getattr(model, "only_feature", None):
        feature = feature_of(model, feature)
    if feature in features_there(model):
        return lambda clouds: model.pool(encode(clouds), feature), _widths(model).get(feature, 1) * config.width  # type: ignore[operator]
    if feature not in PROJECTIONS:
        raise InputError(f"there is no feature '{feature}'; take one of {', '.join((*FEATURES, *PROJECTIONS))}")
    if feature not in config.teachers:
        have = ", ".join(sorted(config.teachers)) or "none"
        raise InputError(f"this model has no {feature} projection, as no such teacher taught it (it has: {have})")
    return lambda clouds: model.project(encode(clouds), feature), config.teachers[feature].width  # type: ignore[operator]


def encoding_function(model: Any) -> Callable[[torch.Tensor | Patches], Any]:
    """What encodes clouds that `CloudStream` prepared: where it can, without looking at each batch and waiting.

    Of a `ReconModel`, `CloudStream` may have cut them already.

    The weights are those of the first batch; later training asks for another such function.
    """
    plain = getattr(model, "encode_prepared", None)
    if plain is None:
        return model.encode
    frozen: list[FrozenEncoder] = []

    def encode(clouds: torch.Tensor | Patches) -> Any:
        if isinstance(clouds, Patches):
            return model.encode_patches(clouds)
        if not taken(model, clouds):
            return plain(clouds)
        if not frozen:
            frozen.append(FrozenEncoder(model.encoder))
        return Encoding(*frozen[0](model.cut(clouds)))

    return encode


def extract_several(
    model: Any, shapes: Shapes, features: Sequence[str] = FEATURES, **how: Any
) -> dict[str, np.ndarray]:
    """Several features from one encoding of every shape: name → (M, D) float32; see `encode_shapes`."""
    features = [feature_of(model, name) for name in features]
    found = encode_shapes(model, shapes, lambda encoding: [model.pool(encoding, name) for name in features], **how)
    return dict(zip(features, found, strict=True))


def encode_shapes(
    model: Any,
    shapes: Shapes,
    vectors: Callable[[Any], list[torch.Tensor]],
    *,
    encode: Encode = None,
    index: np.ndarray | None = None,
    each_pose: bool = False,
    progress: bool = True,
) -> list[np.ndarray]:
    """Vectors from one encoding of every shape, each (M, D) float32, with the model in evaluation mode.

    Of several poses each number is the largest among them; with ``each_pose`` vectors are (M, P, D), those of each.

    Args:
        model, encode, progress: as for `extract_features`.
        vectors: what the model's ``encode`` says of B clouds → tensors (B, D), each of a width of its own.
        index: (M,) places of the shapes; all when left out.

    Raises:
        InputError: without shapes, or for a model that answers with something not finite.
    """
    index = np.arange(len(shapes)) if index is None else index
    if len(index) == 0:
        raise InputError("there are no shapes to encode; give a table with at least one")
    widths: list[int] = []
    encode_clouds = encoding_function(model)

    def answer(clouds: torch.Tensor) -> torch.Tensor:
        found = vectors(encode_clouds(clouds))
        widths[:] = [vector.shape[1] for vector in found]
        return torch.cat(found, 1)

    over = (lambda found: found.flatten(1)) if each_pose else largest
    settings = encode_settings(encode)
    settings = replace(settings, poses=poses_for(settings.poses, model, shapes))
    stream = CloudStream(model, shapes, index, answer, settings, captured=True, over_poses=over)
    with Bar("encoding shapes", len(index), show=progress) as bar:
        found = stream.gather(bar.advance)
    bad = np.flatnonzero(~np.isfinite(found).all(1))
    if len(bad):
        first = shapes.read(index[bad[:1]]).id[0]
        raise InputError(
            f"the model gives features that are not finite for {len(bad)} of {len(found)} shapes (the first is "
            f"'{first}'); its weights or that cloud are damaged"
        )
    if each_pose:
        found = found.reshape(len(found), -1, sum(widths))
    return np.split(found, np.cumsum(widths)[:-1], axis=-1)


def poses_for(asked: str, model: Any, shapes: Shapes) -> str:
    """The poses that "auto" stands for: any where nobody knows which axis points up, else turned about it.

    An image teacher sees clouds from all around as they are, and to a form all poses are one.
    """
    if asked != "auto":
        return asked
    if getattr(model, "only_feature", None):
        return "given"
    return "any" if shapes.meta.up == "unknown" else "turned"


def largest(found: torch.Tensor) -> torch.Tensor:
    """Vectors of P poses (B, P, D) as one: each number the largest."""
    return found.amax(1)


def mean_direction(found: torch.Tensor) -> torch.Tensor:
    """Vectors of P poses (B, P, D) as one to compare by cosine: the mean of their directions, or the only one."""
    return found[:, 0] if found.shape[1] == 1 else torch.nn.functional.normalize(found, dim=-1).mean(1)
