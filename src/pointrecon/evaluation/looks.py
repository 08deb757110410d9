"""What a model sees of some shapes: patches, the hidden ones rebuilt, attention, patch features as colors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pointrecon.encode_settings import encode_settings
from pointrecon.errors import InputError
from pointrecon.evaluation.attention_maps import Maps, is_row, kinds_of, map_attention
from pointrecon.evaluation.features import Encode
from pointrecon.geometry import resize
from pointrecon.geometry.upright import turn_up
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.progress import Bar
from pointrecon.shapes.table.collection import Shapes
from pointrecon.training.cloud_stream import points_for
from pointrecon.training.point_draw import COLUMNS, draw_points, marks_of
from pointrecon.training.run_folder import RunFolder

MASK_RATIO = 0.6  # of ReCon, where the model's own is not known
_MOST_POINTS = 4096  # of a shape to be drawn
PARTS = 24  # principal components that are kept
_SPREAD = 2.0  # standard deviations from the middle to the end of a color channel


@dataclass
class Look:
    """One shape as a model sees it, in its frame; P points to be drawn, G patches, L layers, K kinds of query."""

    name: str
    maps: Maps  # attention by layer and head, patch tokens, and the points that the model was given
    points: np.ndarray  # (P, 3) all points there are, at most 4096
    owner: np.ndarray  # (P,) int64, the patch whose center is nearest
    # (L, K, G) of each kind of query, mean over heads and queries in even shares: 1 if all patches were read equally
    attention: np.ndarray
    # (n, 3) points of the patches that stayed; none without a decoder, or where all are rebuilt
    visible: np.ndarray
    rebuilt: np.ndarray  # (m, 3) what the decoder put in the place of the hidden ones; none without a decoder
    parts: np.ndarray  # (G, K) principal components of the patch tokens; of the shapes looked at together, as colors
    colors: np.ndarray  # (G, 3) in [0, 1], of the patch tokens: their first three

    @property
    def kinds(self) -> list[str]:
        """Of queries, as in ``attention``."""
        return list(kinds_of(self.maps.names))


def look_at(
    model: EitherModel,
    chosen: Sequence[tuple[str, Shapes, int]],
    *,
    mask_ratio: float = MASK_RATIO,
    encode: Encode = None,
    progress: bool = True,
) -> list[Look]:
    """What a model sees of each of some shapes.

    Args:
        chosen: a name, shapes, and the place of one among them, each.
        mask_ratio: share of the patches that are hidden and rebuilt, where the model has a decoder.
        encode: how clouds are encoded; its seed draws points and hidden patches.

    Raises:
        InputError: a model that answers with something not finite.
    """
    settings = encode_settings(encode)
    found = []
    with Bar("looking", len(chosen), show=progress) as bar:
        for name, shapes, place in chosen:
            parts: list[Tensor] = []

            def rebuild(cloud: Tensor, parts: list[Tensor] = parts) -> None:
                if model.decoder is not None:
                    draw = torch.Generator(cloud.device).manual_seed(settings.seed)
                    made = model.reconstruct(cloud, mask_ratio=mask_ratio, generator=draw)
                    seen = made.visible[0, :0] if is_row(model) else made.visible[0]
                    parts += [seen[:, :3], made.rebuilt[0, :, :3]]

            maps = map_attention(model, shapes, place, encode=settings, also=rebuild)
            visible, rebuilt = (part.float().cpu().numpy() for part in parts) if parts else (np.zeros((0, 3)),) * 2
            if not all(np.isfinite(values).all() for values in (maps.queries, maps.tokens, rebuilt)):
                raise InputError(f"the model answers with NaN for '{name}'; its weights or the cloud are damaged")
            points = _all_points(model, shapes, place, settings.points, settings.seed)
            gaps = np.linalg.norm(points[:, None] - maps.centers, axis=2)
            attention = np.stack([*maps.by_kind().values()], 1)
            none = np.zeros((len(maps.centers), 3))
            found.append(Look(name, maps, points, gaps.argmin(1), attention, visible, rebuilt, none, none))
            bar.advance(1)
    every = token_parts([look.maps.tokens for look in found])
    told = zip(found, every, token_colors(every), strict=True)
    return [replace(look, parts=own, colors=colors) for look, own, colors in told]


def _all_points(model: EitherModel, shapes: Shapes, place: int, asked: int | None, seed: int) -> np.ndarray:
    """All points of a shape, in the frame that the points given to the model are in."""
    block = shapes.read(np.array([place]), columns=COLUMNS)
    marks = marks_of(block, seed)
    every = turn_up(torch.from_numpy(block.points.copy()).double(), shapes.meta.up, model.config.up)
    count = points_for(model, shapes, asked)
    given = resize(draw_points(every, count, marks), count)
    middle = given.mean(1, keepdim=True)
    radius = (given - middle).norm(dim=-1).max()
    drawn = draw_points(every, _MOST_POINTS, marks)
    return ((drawn - middle) / radius.clamp_min(1e-30))[0].float().numpy()


def token_parts(tokens: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Patch tokens (G, C) of each shape → (G, K) in the K ≤ 24 first principal components of all of them together.

    The sign of each is such that its largest weight is positive. What does not vary has no components: zeros, K ≥ 3.
    """
    every = np.concatenate(tokens).astype(np.float64)
    every -= every.mean(0)
    _, strength, ways = np.linalg.svd(every, full_matrices=False)
    ways = ways[strength > 1e-9 * max(strength[0], 1e-30)][:PARTS]
    ways = ways * np.sign(np.take_along_axis(ways, np.abs(ways).argmax(1)[:, None], 1))
    found = every @ ways.T
    found = np.pad(found, ((0, 0), (0, max(0, 3 - found.shape[1]))))
    return np.split(found, np.cumsum([len(one) for one in tokens])[:-1])


def token_colors(parts: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Parts (G, K) of each shape's tokens → (G, 3) colors in [0, 1]: like tokens have like colors in all shapes.

    Red, green and blue are the first three components, whitened; what has no spread is gray.
    """
    first = [part[:, :3] for part in parts]
    spread = np.concatenate(first).std(0)
    spread[spread == 0] = 1
    return [(0.5 + part / spread / (2 * _SPREAD)).clip(0, 1) for part in first]


def mask_ratio_of(model: Any) -> float:
    """The share of hidden patches that a model was trained with, where its run folder tells; otherwise ReCon's."""
    run = RunFolder(Path(model)) if isinstance(model, str | Path) else None
    if run is not None and not run.exists:
        run = RunFolder(run.path.parent)
    objective = run.config().get("objective") if run is not None and run.exists else None
    ratio = objective.get("mask_ratio") if isinstance(objective, dict) else None
    return float(ratio) if isinstance(ratio, int | float) and 0 < ratio < 1 else MASK_RATIO
