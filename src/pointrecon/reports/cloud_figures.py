"""Masked input, what was rebuilt, and the original, as interactive 3D figures."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pointrecon.models.model import ReconModel
from pointrecon.reports.figures import rounded

PANELS = {"seen": "what the model sees", "rebuilt": "what it adds", "original": "the whole shape"}
# From low to high points, so that a flat picture still reads as a solid.
SHADES = (("#1d4f96", "#7fb3f5"), ("#b85e10", "#f5b267"), ("#4b5563", "#b4bcc8"))
MOST_POINTS = 3000  # per panel: enough to show a surface, few enough to turn it smoothly on a phone


def rebuilt_clouds(model: ReconModel, clouds: Tensor, names: Sequence[str], *, seed: int) -> list[dict[str, Any]]:
    """Hide patches of (B, N, 3) prepared clouds and rebuild them.

    Returns:
        per cloud its name and three lists of points, ``seen``, ``rebuilt`` and ``original``, each ``[x, y, z]``.

    Raises:
        InputError: when the model has no decoder.
    """
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            drawn = model.reconstruct(clouds, generator=torch.Generator(clouds.device).manual_seed(seed))
    finally:
        model.train(was_training)
    panels = {"seen": drawn.visible, "rebuilt": drawn.rebuilt, "original": drawn.original}
    return [{"name": name, **{key: _axes(points[i]) for key, points in panels.items()}} for i, name in enumerate(names)]


def clouds_body(shapes: Sequence[dict[str, Any]]) -> str:
    """Buttons to pick a shape, and three panels the page's script fills."""
    buttons = "".join(
        f"<button type=button data-shape={i}{' class=on' if i == 0 else ''}>{escape(shape['name'])}</button>"
        for i, shape in enumerate(shapes)
    )
    panels = "".join(
        f'<figure><div class=scene id="scene-{key}"></div><figcaption>{title}</figcaption></figure>'
        for key, title in PANELS.items()
    )
    return f"<div class=chips id=cloud-chips>{buttons}</div><div class=three>{panels}</div>"


def clouds_data(shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the page's script needs to draw and change the three panels."""
    return {"shapes": list(shapes), "seen": SHADES[0], "added": SHADES[1], "whole": SHADES[2]}


def _axes(points: Tensor) -> list[list[float]]:
    """(n, 3) points with y up as ``[x, y, z]`` lists with z up, as plotly draws them."""
    cloud = points.float().cpu().numpy()
    if len(cloud) > MOST_POINTS:
        cloud = cloud[np.linspace(0, len(cloud) - 1, MOST_POINTS).astype(int)]
    x, y, z = cloud.T
    return [rounded(axis, 3) for axis in (x, -z, y)]
