"""Released classification and part segmentation, written plainly: oracles for the heads of the library.

Same layout and habits as `reference.py`; here no stop-gradient acts and all patches are visible.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.reference import SIZES, PlainEncoder
from benchmarks.reference_geometry import group, pairwise


class Classifier(PlainEncoder):
    """[class, image, text query, maximum over patches] -> MLP-3; (B, N, 3) -> logits (B, classes)."""

    def __init__(self, size: str = "base", *, classes: int = 15, patches: int = 128, drop: float = 0.2) -> None:
        width, heads = SIZES[size]
        super().__init__(width, heads, drop)
        self.patches = patches
        self.cls_head_finetune = nn.Sequential(
            nn.Linear(4 * width, 256),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(256, 256),
            nn.BatchNorm1d(256),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(256, classes),
        )

    def forward(self, points: Tensor) -> Tensor:
        centers, patches = group(points, self.patches, 32)
        queries, query_pos = self.queries(len(points))
        tokens, positions = self.encoder(patches), self.pos_embed(centers)
        queries, tokens, _ = self.blocks(queries, query_pos, tokens, positions, stop_gradient=False)
        queries, tokens = self.norm(queries), self.norm(tokens)
        joined = torch.cat([queries.flatten(1), tokens.max(1).values], dim=-1)
        return self.cls_head_finetune(joined)


class Propagation(nn.Module):
    """Patch features onto points by three nearest centers, then two point-wise layers."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mlp_convs = nn.ModuleList([nn.Conv1d(channels, 1536, 1), nn.Conv1d(1536, 1024, 1)])
        self.mlp_bns = nn.ModuleList([nn.BatchNorm1d(1536), nn.BatchNorm1d(1024)])

    def forward(self, points: Tensor, centers: Tensor, features: Tensor) -> Tensor:
        distances, nearest = pairwise(points, centers).topk(3, dim=-1, largest=False)
        weights = 1 / (distances + 1e-8)
        weights = weights / weights.sum(-1, keepdim=True)
        rows = torch.arange(len(points), device=points.device)[:, None, None]
        spread = (features[rows, nearest] * weights.unsqueeze(-1)).sum(2)
        x = torch.cat([points, spread], dim=-1).transpose(1, 2)
        for layer, norm in zip(self.mlp_convs, self.mlp_bns, strict=True):
            x = F.relu(norm(layer(x)))
        return x


class PartSegmenter(PlainEncoder):
    """Points and one-hot category -> log-probabilities of parts; (B, N, 3), (B, 16) -> (B, N, parts)."""

    def __init__(self, size: str = "base", *, parts: int = 50, patches: int = 128, drop: float = 0.1) -> None:
        width, heads = SIZES[size]
        super().__init__(width, heads, drop)
        self.patches = patches
        self.label_conv = nn.Sequential(nn.Conv1d(16, 64, 1, bias=False), nn.BatchNorm1d(64), nn.LeakyReLU(0.2))
        self.propagation_0 = Propagation(3 * width + 3)
        self.convs1 = nn.Conv1d(1024 + 7 * width + 64, 512, 1)
        self.convs2 = nn.Conv1d(512, 256, 1)
        self.convs3 = nn.Conv1d(256, parts, 1)
        self.bns1, self.bns2 = nn.BatchNorm1d(512), nn.BatchNorm1d(256)
        self.dropout = nn.Dropout(0.5)

    def forward(self, points: Tensor, category: Tensor) -> Tensor:
        count = points.shape[1]
        centers, patches = group(points, self.patches, 32)
        queries, query_pos = self.queries(len(points))
        tokens, positions = self.encoder(patches), self.pos_embed(centers)
        queries, _, kept = self.blocks(queries, query_pos, tokens, positions, stop_gradient=False, keep=(4, 8, 12))
        features = torch.cat([self.norm(tokens) for tokens in kept], dim=-1)
        whole = torch.cat(
            [
                features.max(1).values,
                features.mean(1),
                queries.max(1).values,  # before the final norm, as released
                self.label_conv(category.unsqueeze(-1)).squeeze(-1),
            ],
            dim=-1,
        )
        x = self.propagation_0(points, centers, features)
        x = torch.cat([x, whole.unsqueeze(-1).expand(-1, -1, count)], dim=1)
        x = self.dropout(F.relu(self.bns1(self.convs1(x))))
        x = F.relu(self.bns2(self.convs2(x)))
        return self.convs3(x).log_softmax(dim=1).transpose(1, 2)
