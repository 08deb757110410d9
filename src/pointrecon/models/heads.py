"""What sits on the encoder: classifiers, the part segmentation head, the single-modal contrast head."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.geometry import interpolate_three
from pointrecon.models.encoder import Encoding
from pointrecon.models.fast.linear import Linear, linear

LOCAL = 1024  # numbers the part head makes of each point before it looks at the whole shape
TAPS = 3  # the part head reads the local stream a third, two thirds and all of the way


def mlp3(width: int, classes: int) -> nn.Sequential:
    """Three linear layers of 256, 256 and ``classes``; batch norm, ReLU and dropout 0.5 between."""
    return nn.Sequential(
        nn.Linear(width, 256),
        nn.BatchNorm1d(256),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(256, 256),
        nn.BatchNorm1d(256),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(256, classes),
    )


def classifier_input(encoding: Encoding) -> Tensor:
    """[class query, image query, text query, maximum over patches], (B, 4C). METHOD section 2, "Heads"."""
    return torch.cat([encoding.queries.flatten(1), encoding.patches.amax(1)], 1)


class SelfContrastHead(nn.Sequential):
    """Class query → 128 → 128, each batch-normed (METHOD section 2.8); unit length."""

    def __init__(self, width: int) -> None:
        super().__init__(
            nn.Linear(width, 128),
            nn.BatchNorm1d(128),
            nn.ReLU(inplace=True),
            nn.Linear(128, 128),
            nn.BatchNorm1d(128),
        )

    def forward(self, query: Tensor) -> Tensor:
        return F.normalize(super().forward(query), dim=1)


class PartHead(nn.Module):
    """Labels every point: (B, N, classes) log-probabilities. METHOD section 2, "Heads"."""

    def __init__(self, width: int, classes: int, categories: int) -> None:
        super().__init__()
        self.categories = categories
        self.category = nn.Sequential(nn.Linear(categories, 64, bias=False), nn.BatchNorm1d(64), nn.LeakyReLU(0.2))
        inner = 4 * width
        self.propagate = nn.Sequential(
            Linear(TAPS * width + 3, inner),
            nn.BatchNorm1d(inner),
            nn.ReLU(inplace=True),
            Linear(inner, LOCAL),
            nn.BatchNorm1d(LOCAL),
            nn.ReLU(inplace=True),
        )
        self.label = nn.Sequential(
            Linear(LOCAL + 2 * TAPS * width + width + 64, 512),
            nn.BatchNorm1d(512),
            nn.ReLU(inplace=True),
            nn.Dropout(0.5),
            Linear(512, 256),
            nn.BatchNorm1d(256),
            nn.ReLU(inplace=True),
            Linear(256, classes),
        )

    def forward(self, points: Tensor, centers: Tensor, taps: Tensor, queries: Tensor, category: Tensor) -> Tensor:
        """Label points.

        Shape:
            points: (B, N, 3); centers: (B, G, 3); taps: (B, G, 3C) the joined local stream; queries: (B, 3, C)
            before the final norm; category: (B,) int64 → (B, N, classes).
        """
        batch, count, _ = points.shape
        spread = torch.cat([points, interpolate_three(points, centers, taps)], 2)
        local = self.propagate(spread.flatten(0, 1))
        code = self.category(F.one_hot(category, self.categories).to(points.dtype))
        shape = torch.cat([taps.amax(1), taps.mean(1), queries.amax(1), code], 1)
        # A layer over [point, shape] is one over the point plus one over the shape, which is done once for all points.
        first, *rest = self.label
        assert isinstance(first, nn.Linear)
        hidden = linear(local, first.weight[:, :LOCAL]).view(batch, count, -1)
        hidden = hidden + linear(shape, first.weight[:, LOCAL:], first.bias).unsqueeze(1)
        hidden = hidden.flatten(0, 1)
        for layer in rest:
            hidden = layer(hidden)
        return hidden.view(batch, count, -1).log_softmax(-1)
