"""A stand-in with the model's interface, and shapes it can or cannot tell apart."""

from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from pointrecon.models import Teacher
from pointrecon.shapes.table.arrays import ShapeArrays


class Encoding(NamedTuple):
    queries: Tensor
    patches: Tensor
    centers: Tensor


class StandIn(nn.Module):
    """Its features are the extents of the cloud along the axes; `blind` ones are nearly constant."""

    def __init__(self, *, blind: bool = False, up: str = "y") -> None:
        super().__init__()
        self.blind = blind
        self.scale = nn.Parameter(torch.ones(()))
        teachers = {"text": Teacher("words", 3), "image": Teacher("eye", 3)}
        self.config = SimpleNamespace(points=32, up=up, teachers=teachers, size="stand-in", width=3)

    def encode(self, points: Tensor) -> Encoding:
        size = points.abs().amax(1) * self.scale
        return Encoding(size.unsqueeze(1).expand(-1, 3, -1), size.unsqueeze(1), points[:, :1])

    def cut(self, points: Tensor) -> Tensor:
        """As of a ReconModel, whose ``encode`` is this and the next without a check."""
        return points

    def encode_patches(self, patches: Tensor) -> Encoding:
        return self.encode(patches)

    def classify(self, patches: Tensor) -> Tensor:
        return self(patches)

    def pool(self, encoding: Encoding, kind: str = "recon") -> Tensor:
        assert not self.training
        assert torch.is_inference_mode_enabled()
        queries, patches, _ = encoding
        if self.blind:
            return torch.zeros(len(queries), 6) + 1e-3 * torch.arange(len(queries)).unsqueeze(1).remainder(7)
        width = {"recon": 2, "patches": 1, "queries": 3, "all": 5}[kind]
        return torch.cat([queries.flatten(1), patches.flatten(1), patches.flatten(1)], 1)[:, : 3 * width]

    def project(self, encoding: Encoding, kind: str) -> Tensor:
        query = encoding.queries[:, 2 if kind == "text" else 1]
        return query if kind == "text" else query.roll(1, 1)

    def reconstruct(self, points: Tensor, *, generator: torch.Generator | None = None) -> SimpleNamespace:
        half = points.shape[1] // 2
        return SimpleNamespace(visible=points[:, :half], rebuilt=points[:, half:] * 0.9, original=points)


def sticks(
    count: int = 90, *, splits: tuple[str, ...] = ("train", "train", "val", "test"), seed: int = 0
) -> ShapeArrays:
    """Clouds stretched along x, y or z, one class each: perfectly separable by their extents."""
    rng = np.random.default_rng(seed)
    label = np.arange(count) % 3
    points = rng.uniform(-0.1, 0.1, (count, 40, 3))
    points[np.arange(count), :, label] = rng.uniform(-0.9, 0.9, (count, 40))
    split = np.array(splits)[(np.arange(count) // 3) % len(splits)]
    return ShapeArrays.from_points(
        points, label=label, split=split, classes=["along_x", "along_y", "along_z"], name="sticks", up="y"
    )
