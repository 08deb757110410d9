"""The released pre-training step, written plainly: the yardstick for speed, and an oracle for outputs.

Eager float32 PyTorch that follows the released ReCon step as the paper and its checkpoints define it: centers
picked one by one, all distances and a top-k for neighbors, a mask drawn per cloud in Python, *every* patch
embedded by 1x1 convolutions over joined 512-channel features, the score matrix of attention written out, and
Chamfer from all pairs. Modules have the names of the released files: `load_state_dict` takes a `base_model`.
The two frozen teachers, which the released step runs every time, are left out: their features are inputs.

Shapes: B clouds, N points, G patches, S points per patch, C width, H heads, V visible and M masked patches.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.reference_geometry import group, pairwise

SIZES = {"tiny": (192, 3), "small": (256, 4), "base": (384, 6)}  # width, heads
DEPTH, DECODER_DEPTH = 12, 4


class PlainDropPath(nn.Module):
    """Drop a whole residual branch per cloud while training."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if self.rate == 0 or not self.training:
            return x
        keep = torch.rand(len(x), *[1] * (x.ndim - 1), device=x.device) >= self.rate
        return x / (1 - self.rate) * keep


class PlainAttention(nn.Module):
    """softmax(q k^T) v with the matrix written out; with `cross`, k and v come from another stream."""

    def __init__(self, width: int, heads: int, *, cross: bool = False) -> None:
        super().__init__()
        self.heads, self.cross = heads, cross
        if cross:
            self.q = nn.Linear(width, width, bias=False)
            self.kv = nn.Linear(width, 2 * width, bias=False)
        else:
            self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        batch, length, width = x.shape
        split = width // self.heads
        if self.cross:
            assert memory is not None
            q = self.q(x).reshape(batch, length, self.heads, split).transpose(1, 2)
            k, v = self.kv(memory).reshape(batch, -1, 2, self.heads, split).permute(2, 0, 3, 1, 4)
        else:
            q, k, v = self.qkv(x).reshape(batch, length, 3, self.heads, split).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * split**-0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, length, width))


class PlainMlp(nn.Module):
    """Two linear layers with a GELU, four times wider inside."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(self.act(self.fc1(x)))


class PlainBlock(nn.Module):
    """The decoder's usual pre-norm block: the residual is the stream as it was *before* the norm."""

    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = PlainAttention(width, heads)
        self.mlp = PlainMlp(width)
        self.drop_path = PlainDropPath(drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop_path(self.attn(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))


class PlainReconBlock(nn.Module):
    """Local and global stream, each *replaced* by its norm before a sum: residuals are the normed streams."""

    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = PlainMlp(width)
        self.attn = PlainAttention(width, heads)
        self.norm1_contrast, self.norm2_contrast = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp_contrast = PlainMlp(width)
        self.attn_contrast = PlainAttention(width, heads, cross=True)
        self.drop_path = PlainDropPath(drop)

    def forward(self, queries: Tensor, tokens: Tensor, stop_gradient: bool) -> tuple[Tensor, Tensor]:
        queries, tokens = self.norm1_contrast(queries), self.norm1(tokens)
        memory = tokens.detach() if stop_gradient else tokens
        queries = queries + self.drop_path(self.attn_contrast(queries, memory))
        tokens = tokens + self.drop_path(self.attn(tokens))
        queries, tokens = self.norm2_contrast(queries), self.norm2(tokens)
        queries = queries + self.drop_path(self.mlp_contrast(queries))
        tokens = tokens + self.drop_path(self.mlp(tokens))
        return queries, tokens


class ReconBlocks(nn.Module):
    """The stack; positions are added again before every block. Also returns tokens after blocks `keep`."""

    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        rates = (drop * number / (DEPTH - 1) for number in range(DEPTH))
        self.blocks = nn.ModuleList(PlainReconBlock(width, heads, rate) for rate in rates)

    def forward(
        self,
        queries: Tensor,
        query_pos: Tensor,
        tokens: Tensor,
        token_pos: Tensor,
        *,
        stop_gradient: bool,
        keep: tuple[int, ...] = (),
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        kept = []
        for number, block in enumerate(self.blocks, start=1):
            queries, tokens = block(queries + query_pos, tokens + token_pos, stop_gradient)
            if number in keep:
                kept.append(tokens)
        return queries, tokens, kept


class PlainEmbedding(nn.Module):
    """A small PointNet over each patch, all patches of the batch at once; (B, G, S, 3) -> (B, G, C)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first_conv = nn.Sequential(nn.Conv1d(3, 128, 1), nn.BatchNorm1d(128), nn.ReLU(), nn.Conv1d(128, 256, 1))
        self.second_conv = nn.Sequential(
            nn.Conv1d(512, 512, 1), nn.BatchNorm1d(512), nn.ReLU(), nn.Conv1d(512, width, 1)
        )

    def forward(self, patches: Tensor) -> Tensor:
        batch, count, size, _ = patches.shape
        x = self.first_conv(patches.reshape(batch * count, size, 3).transpose(1, 2))
        whole = x.max(dim=2, keepdim=True).values.expand(-1, -1, size)
        x = self.second_conv(torch.cat([whole, x], dim=1))
        return x.max(dim=2).values.reshape(batch, count, -1)


def position_network(width: int) -> nn.Sequential:
    """Center -> position, 3 -> 128 -> C."""
    return nn.Sequential(nn.Linear(3, 128), nn.GELU(), nn.Linear(128, width))


class PlainEncoder(nn.Module):
    """Three learned queries (class, image, text) beside the patch tokens."""

    cls_token: nn.Parameter
    img_token: nn.Parameter
    text_token: nn.Parameter
    cls_pos: nn.Parameter
    img_pos: nn.Parameter
    text_pos: nn.Parameter

    def __init__(self, width: int, heads: int, drop: float = 0.1) -> None:
        super().__init__()
        for name in ("cls_token", "cls_pos", "img_token", "text_token", "img_pos", "text_pos"):
            setattr(self, name, nn.Parameter(torch.randn(1, 1, width) * 0.02))
        self.encoder = PlainEmbedding(width)
        self.pos_embed = position_network(width)
        self.blocks = ReconBlocks(width, heads, drop)
        self.norm = nn.LayerNorm(width)

    def queries(self, batch: int) -> tuple[Tensor, Tensor]:
        """Tokens and positions of the queries, each (B, 3, C)."""
        tokens = torch.cat([self.cls_token, self.img_token, self.text_token], dim=1)
        positions = torch.cat([self.cls_pos, self.img_pos, self.text_pos], dim=1)
        return tokens.expand(batch, -1, -1), positions.expand(batch, -1, -1)


class Decoder(nn.Module):
    """Four plain blocks; only the hidden patches' tokens leave it."""

    def __init__(self, width: int, heads: int, drop: float) -> None:
        super().__init__()
        rates = (drop * number / (DECODER_DEPTH - 1) for number in range(DECODER_DEPTH))
        self.blocks = nn.ModuleList(PlainBlock(width, heads, rate) for rate in rates)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, positions: Tensor, hidden: int) -> Tensor:
        for block in self.blocks:
            x = block(x + positions)
        return self.norm(x[:, -hidden:])


class Outputs(NamedTuple):
    """Losses and what the parity file holds."""

    mdm: Tensor  # masked reconstruction, Chamfer L2
    csc_img: Tensor  # smooth L1 to the image feature
    csc_text: Tensor  # smooth L1 to the text feature
    queries: Tensor  # (B, 3, C) after the final norm: class, image, text
    visible: Tensor  # (B, V, C) after the final norm
    tokens: Tensor  # (B, G, C) patch embeddings
    rebuilt: Tensor  # (B * M, S, 3)
    centers: Tensor  # (B, G, 3)


class Pretraining(nn.Module):
    """The whole released pre-training model in one of its three sizes."""

    def __init__(self, size: str = "base", *, drop: float = 0.1, mask_ratio: float = 0.6, patches: int = 64) -> None:
        super().__init__()
        width, heads = SIZES[size]
        self.patches, self.patch_size, self.masked = patches, 32, int(mask_ratio * patches)
        self.mask_token = nn.Parameter(torch.randn(1, 1, width) * 0.02)
        self.MAE_encoder = PlainEncoder(width, heads, drop)
        self.decoder_pos_embed = position_network(width)
        self.MAE_decoder = Decoder(width, heads, drop)
        self.increase_dim = nn.Sequential(nn.Conv1d(width, 3 * self.patch_size, 1))
        self.img_proj = nn.Linear(width, 768)
        self.text_proj = nn.Linear(width, 512)

    def forward(self, points: Tensor, image: Tensor, text: Tensor, hidden: Tensor) -> Outputs:
        """Losses of clouds (B, N, 3), features (B, 768) and (B, 512), mask (B, G) with True = hidden."""
        batch = len(points)
        encoder = self.MAE_encoder
        centers, patches = group(points, self.patches, self.patch_size)
        embedded = encoder.encoder(patches)
        width = embedded.shape[-1]
        seen_centers = centers[~hidden].reshape(batch, -1, 3)
        hidden_centers = centers[hidden].reshape(batch, -1, 3)
        queries, query_pos = encoder.queries(batch)
        queries, seen, _ = encoder.blocks(
            queries,
            query_pos,
            embedded[~hidden].reshape(batch, -1, width),
            encoder.pos_embed(seen_centers),
            stop_gradient=True,
        )
        queries, seen = encoder.norm(queries), encoder.norm(seen)

        count = hidden_centers.shape[1]
        positions = self.decoder_pos_embed(torch.cat([seen_centers, hidden_centers], dim=1))
        decoded = torch.cat([seen, self.mask_token.expand(batch, count, -1)], dim=1)
        decoded = self.MAE_decoder(decoded, positions, count)
        rebuilt = self.increase_dim(decoded.transpose(1, 2)).transpose(1, 2)
        rebuilt = rebuilt.reshape(batch * count, self.patch_size, 3)
        distances = pairwise(rebuilt, patches[hidden])
        chamfer = distances.min(2).values.mean() + distances.min(1).values.mean()
        return Outputs(
            mdm=chamfer,
            csc_img=F.smooth_l1_loss(self.img_proj(queries[:, 1]), image),
            csc_text=F.smooth_l1_loss(self.text_proj(queries[:, 2]), text),
            queries=queries,
            visible=seen,
            tokens=embedded,
            rebuilt=rebuilt,
            centers=centers,
        )


def make_optimizer(model: nn.Module, rate: float = 5e-4) -> torch.optim.AdamW:
    """AdamW one tensor after another; weight decay on matrices only (not on biases, norms, tokens)."""
    plain: list[nn.Parameter] = []
    decayed: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        bare = parameter.ndim == 1 or name.endswith(("_token", "_pos"))
        (plain if bare else decayed).append(parameter)
    groups = [{"params": plain, "weight_decay": 0.0}, {"params": decayed, "weight_decay": 0.05}]
    return torch.optim.AdamW(groups, lr=rate, foreach=False)


def svm_feature(encoder: PlainEncoder, points: Tensor, patches: int = 64, size: int = 32) -> Tensor:
    """The feature the released code gives a linear SVM: all patches encoded, in evaluation mode.

    Shape:
        points: (B, N, 3) -> (B, 2C), [maximum over the queries, maximum + mean over the patches].
    """
    centers, cut = group(points, patches, size)
    queries, query_pos = encoder.queries(len(points))
    tokens, positions = encoder.encoder(cut), encoder.pos_embed(centers)
    queries, tokens, _ = encoder.blocks(queries, query_pos, tokens, positions, stop_gradient=False)
    queries, tokens = encoder.norm(queries), encoder.norm(tokens)
    return torch.cat([queries.max(1).values, tokens.max(1).values + tokens.mean(1)], dim=-1)
