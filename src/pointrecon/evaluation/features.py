"""Frozen features: one vector per shape from a model in evaluation mode."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pointrecon.errors import InputError
from pointrecon.training.cloud_stream import CloudStream

if TYPE_CHECKING:
    from pointrecon.shapes.table.arrays import ShapeArrays

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
    found = encode_shapes(model, arrays, lambda encoding: [model.pool(encoding, kind) for kind in kinds], **how)  # type: ignore[operator]
    return dict(zip(kinds, found, strict=True))


def encode_shapes(
    model: torch.nn.Module,
    arrays: "ShapeArrays",
    vectors: Callable[[Any], list[torch.Tensor]],
    *,
    batch_size: int = 64,
    points: int | None = None,
    device: str | torch.device | None = None,
    seed: int = 0,
    progress: bool = True,
) -> list[np.ndarray]:
    """Vectors from one encoding of every shape, with the model in evaluation mode.

    Clouds are prepared as the model wants them (centered, scaled, turned upright).

    Args:
        model, arrays, batch_size, points, device, seed, progress: as for `extract_features`.
        vectors: what the model's ``encode`` says of B clouds → tensors (B, D), each of a width of its own.

    Returns:
        (M, D) float32 for each of them.

    Raises:
        InputError: without shapes, or for a model that answers with something not finite.
    """
    from pointrecon.progress import Bar
    from pointrecon.shapes.table.rows import ArrayRows

    if len(arrays) == 0:
        raise InputError("there are no shapes to encode; give a table with at least one")
    widths: list[int] = []

    def encode(clouds: torch.Tensor) -> torch.Tensor:
        found = vectors(model.encode(clouds))  # type: ignore[operator]
        widths[:] = [vector.shape[1] for vector in found]
        return torch.cat(found, 1)

    stream = CloudStream(
        model, ArrayRows(arrays), np.arange(len(arrays)), encode, up=arrays.meta.up, batch_size=batch_size,
        points=points, device=device, seed=seed,
    )  # fmt: skip
    with Bar("encoding shapes", len(arrays)) if progress else nullcontext() as bar:
        found = stream.gather(bar.advance if bar is not None else None)
    bad = np.flatnonzero(~np.isfinite(found).all(1))
    if len(bad):
        raise InputError(
            f"the model gives features that are not finite for {len(bad)} of {len(found)} shapes "
            f"(the first is '{arrays.id[bad[0]]}'); its weights or that cloud are damaged"
        )
    return np.split(found, np.cumsum(widths)[:-1], axis=1)
