"""Frozen features: one vector per shape from a model in evaluation mode."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.errors import InputError
from pointrecon.evaluation.stream import CloudStream

if TYPE_CHECKING:
    from pointrecon.shapes.arrays import ShapeArrays

KINDS = ("recon", "patches", "queries", "all")
PROJECTIONS = ("image", "text")
_WIDTHS = {"recon": 2, "patches": 1, "queries": 3, "all": 5}  # in token widths


def extract_features(
    model: torch.nn.Module,
    arrays: "ShapeArrays",
    *,
    kind: str = "recon",
    batch_size: int = 64,
    points: int | None = None,
    device: str | torch.device | None = None,
    seed: int = 0,
    progress: bool = True,
) -> np.ndarray:
    """Features of every shape, in order.

    Args:
        model: anything with ``encode``, ``pool(encoding, kind) -> (B, D)`` and a ``config`` (``points``,
            ``up``). It is put in evaluation mode for the while, and left as it was found.
        arrays: M shapes.
        kind: ``"recon"`` is the released SVM feature (METHOD.md section 2: maximum of the three queries,
            maximum + mean of the patches); ``"patches"``, ``"queries"`` and ``"all"`` are parts of it and
            their join.
        batch_size: clouds at once.
        points: points per cloud; what the model was made for when left out.
        device: where to compute; where the model is when left out. The model is put back there afterwards.
        seed: draws the points of clouds larger than ``points``, for each shape by its id.
        progress: show a bar on standard error.

    Returns:
        (M, D) float32.

    Raises:
        InputError: for an unknown kind, or a model that answers with something not finite.
    """
    return extract_kinds(
        model,
        arrays,
        (kind,),
        batch_size=batch_size,
        points=points,
        device=device,
        seed=seed,
        progress=progress,
    )[kind]


def embedding_function(model: torch.nn.Module, kind: str) -> tuple[Callable[[torch.Tensor], torch.Tensor], int]:
    """What makes one vector of a cloud, and how wide it is.

    Args:
        model: a `ReconModel`.
        kind: a feature as for `extract_features`, or "image" or "text", the query projected into the teacher's space.

    Returns:
        ((B, n, 3) clouds → (B, D), D).

    Raises:
        InputError: for an unknown kind, or a model that was not taught by such a teacher.
    """
    config: Any = model.config
    if kind in _WIDTHS:
        return lambda clouds: model.pool(model.encode(clouds), kind), _WIDTHS[kind] * config.width  # type: ignore[operator]
    if kind not in PROJECTIONS:
        raise InputError(f"there is no embedding '{kind}'; take one of {', '.join((*KINDS, *PROJECTIONS))}")
    if kind not in config.teachers:
        have = ", ".join(sorted(config.teachers)) or "none"
        raise InputError(f"this model has no {kind} projection, as no such teacher taught it (it has: {have})")
    return lambda clouds: model.project(model.encode(clouds), kind), config.teachers[kind].width  # type: ignore[operator]


def extract_kinds(
    model: torch.nn.Module, arrays: "ShapeArrays", kinds: Sequence[str] = KINDS, **how: Any
) -> dict[str, np.ndarray]:
    """Several kinds of feature from one encoding of every shape; see `extract_features`.

    Returns:
        kind → (M, D) float32.

    Raises:
        InputError: for an unknown kind, or a model that answers with something not finite.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise InputError(f"there is no feature '{unknown[0]}'; take one of {', '.join(KINDS)}")
    widths: list[int] = []

    def encode(clouds: torch.Tensor) -> torch.Tensor:
        encoding = model.encode(clouds)  # type: ignore[operator]
        parts = [model.pool(encoding, kind) for kind in kinds]  # type: ignore[operator]
        widths[:] = [part.shape[1] for part in parts]
        return torch.cat(parts, 1)

    features = map_clouds(model, arrays, encode, **how)
    bad = np.flatnonzero(~np.isfinite(features).all(1))
    if len(bad):
        raise InputError(
            f"the model gives features that are not finite for {len(bad)} of {len(features)} shapes "
            f"(the first is '{arrays.id[bad[0]]}'); its weights or that cloud are damaged"
        )
    ends = np.cumsum(widths)
    return {kind: features[:, end - width : end] for kind, end, width in zip(kinds, ends, widths, strict=True)}


def map_clouds(
    model: torch.nn.Module,
    arrays: "ShapeArrays",
    encode: Callable[[torch.Tensor], torch.Tensor],
    *,
    batch_size: int = 64,
    points: int | None = None,
    device: str | torch.device | None = None,
    seed: int = 0,
    progress: bool = True,
) -> np.ndarray:
    """Call ``encode(clouds (B, n, 3)) -> (B, D)`` on all shapes, with the model in evaluation mode.

    Clouds are prepared as the model wants them (centred, scaled, turned upright). The other arguments and the
    result are those of `extract_features`.
    """
    from pointrecon.shapes.bar import Bar
    from pointrecon.shapes.rows import ArrayRows

    if len(arrays) == 0:
        raise InputError("there are no shapes to encode; give a table with at least one")
    stream = CloudStream(
        model, ArrayRows(arrays), np.arange(len(arrays)), encode, up=arrays.meta.up, batch_size=batch_size,
        points=points, device=device, seed=seed,
    )  # fmt: skip
    parts = []
    bar = Bar("encoding shapes", len(arrays)) if progress else nullcontext()
    with bar:
        for _, values in stream:
            parts.append(values)
            if isinstance(bar, Bar):
                bar.advance(len(values))
    return np.concatenate(parts)
