"""What sits on the encoder: classifiers, the part segmentation head, the single-modal contrast head."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pointrecon.geometry import interpolate_three
from pointrecon.models.encoder import Encoding
from pointrecon.models.fast.linear import Linear, linear
from pointrecon.models.model_config import Head

LOCAL = 1024  # numbers the part head makes of each point before it looks at the whole shape
TAPS = 3  # the part head reads the local stream a third, two thirds and all of the way
_POINTS_AT_ONCE = 1 << 16  # that the part head labels outside training: memory does not grow with the cloud


def head_of(head: Head, width: int) -> nn.Module:
    """The module that a head stands for, on tokens of C = ``width``; a classifier reads :func:`classifier_input`."""
    classes = len(head.classes)
    if head.kind == "parts":
        return PartHead(width, classes, head.categories)
    if head.kind == "linear":
        return nn.Sequential(nn.Linear(4 * width, classes))
    first, second = _hidden(nn.Linear(4 * width, 256), 0.5), _hidden(nn.Linear(256, 256), 0.5)
    return nn.Sequential(*first, *second, nn.Linear(256, classes))


def _hidden(layer: nn.Linear, dropout: float = 0.0) -> list[nn.Module]:
    """The layer with batch norm, ReLU and perhaps dropout."""
    usual = [layer, nn.BatchNorm1d(layer.out_features), nn.ReLU(inplace=True)]
    return [*usual, nn.Dropout(dropout)] if dropout else usual


def classifier_input(encoding: Encoding) -> Tensor:
    """[class query, image query, text query, maximum over patches], (B, 4C). METHOD section 2, "Heads"."""
    return torch.cat([encoding.queries.flatten(1), encoding.patches.amax(1)], 1)


class SelfContrastHead(nn.Sequential):
    """Class query → 128 → 128, each batch-normed (METHOD section 2.8); unit length."""

    def __init__(self, width: int) -> None:
        super().__init__(*_hidden(nn.Linear(width, 128)), nn.Linear(128, 128), nn.BatchNorm1d(128))

    def forward(self, query: Tensor) -> Tensor:
        return F.normalize(super().forward(query), dim=1)


class PartHead(nn.Module):
    """Labels every point: (B, N, classes) log-probabilities. METHOD section 2, "Heads"."""

    def __init__(self, width: int, classes: int, categories: int) -> None:
        super().__init__()
        self.categories = categories
        self.category = nn.Sequential(nn.Linear(categories, 64, bias=False), nn.BatchNorm1d(64), nn.LeakyReLU(0.2))
        inner = 4 * width
        self.propagate = nn.Sequential(*_hidden(Linear(TAPS * width + 3, inner)), *_hidden(Linear(inner, LOCAL)))
        seen = LOCAL + 2 * TAPS * width + width + 64  # the point, then the shape
        self.label = nn.Sequential(*_hidden(Linear(seen, 512), 0.5), *_hidden(Linear(512, 256)), Linear(256, classes))

    def forward(self, points: Tensor, centers: Tensor, taps: Tensor, queries: Tensor, category: Tensor) -> Tensor:
        """Label points.

        Shape:
            points: (B, N, 3); centers: (B, G, 3); taps: (B, G, 3C) the joined local stream; queries: (B, Q, C)
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

    def label_all(
        self, points: Tensor, centers: Tensor, taps: Tensor, queries: Tensor, category: Tensor | None = None
    ) -> Tensor:
        """The same for points with or without colors behind, and any number of them; without a category the first."""
        places = points[..., :3]
        if category is None:
            category = torch.zeros(len(places), dtype=torch.long, device=places.device)
        if self.training or torch.compiler.is_compiling():  # batch norms see all points at once; a graph has one size
            return self(places, centers, taps, queries, category)
        some = places.split(max(_POINTS_AT_ONCE // len(places), 1), 1)
        return torch.cat([self(part, centers, taps, queries, category) for part in some], 1)


def tapped(layers: Sequence[Tensor]) -> list[Tensor]:
    """What the part head reads of the local stream after each layer."""
    return [layers[round(len(layers) * (i + 1) / TAPS) - 1] for i in range(TAPS)]
