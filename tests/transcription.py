"""METHOD's forward pass, sections 1 to 3, word by word in numpy float64: slow, plain, and nothing of ours in it.

Weights are a map from the released names to arrays. Where the page leaves something open (order of q, k and v, eps of
the batch norms), `reference/parity` decides: `tests/models/test_transcribed.py` compares this file with it.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import erf

Weights = dict[str, np.ndarray]

# The released grammar: with and without the article in brackets.
KINDS = [
    *("3D model", "rendering model", "point cloud", "point cloud model"),
    *("3D rendering model", "rendering image", "3D rendering image"),
]
PREFIXES = ["", "A ", "A model of ", "A model of a ", "A image of ", "A image of a "]
PREFIXES += [f"A {kind} of {article}" for kind in KINDS for article in ("", "a ")]
ENDINGS = [".", " with white background.", " with black context."]


def normalize(cloud: np.ndarray) -> np.ndarray:
    """Section 4, "Inputs": center on the mean, scale by the largest radius. (N, 3) → (N, 3)."""
    cloud = cloud.astype(np.float64)
    cloud = cloud - cloud.mean(0)
    return cloud / np.sqrt((cloud**2).sum(1)).max()


# --- section 2.1: patches ---


def farthest_points(cloud: np.ndarray, count: int) -> np.ndarray:
    """Places (G,) of the centers, starting from point 0; each the farthest from all before it."""
    chosen = [0]
    nearest = np.full(len(cloud), np.inf)
    while len(chosen) < count:
        nearest = np.minimum(nearest, ((cloud - cloud[chosen[-1]]) ** 2).sum(1))
        chosen.append(int(nearest.argmax()))
    return np.array(chosen)


def cut(clouds: np.ndarray, patches: int, size: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """(B, N, 3) → patches (B, G, S, 3) with their center at the origin, and centers (B, G, 3)."""
    clouds = clouds.astype(np.float64)
    centers = np.stack([cloud[farthest_points(cloud, patches)] for cloud in clouds])
    points = []
    for cloud, middle in zip(clouds, centers, strict=True):
        gaps = ((middle[:, None] - cloud[None]) ** 2).sum(-1)
        points.append(cloud[np.argsort(gaps, axis=1, kind="stable")[:, :size]] - middle[:, None])
    return np.stack(points), centers


# --- layers ---


def linear(w: Weights, name: str, x: np.ndarray) -> np.ndarray:
    weight = w[f"{name}.weight"]
    out = (x.reshape(-1, x.shape[-1]) @ weight.reshape(len(weight), -1).T).reshape(*x.shape[:-1], -1)
    return out + w[f"{name}.bias"] if f"{name}.bias" in w else out


def batch_norm(w: Weights, name: str, x: np.ndarray) -> np.ndarray:
    """In evaluation, over the last axis."""
    spread = np.sqrt(w[f"{name}.running_var"] + 1e-5)
    return (x - w[f"{name}.running_mean"]) / spread * w[f"{name}.weight"] + w[f"{name}.bias"]


def layer_norm(w: Weights, name: str, x: np.ndarray) -> np.ndarray:
    middle = x.mean(-1, keepdims=True)
    spread = np.sqrt(((x - middle) ** 2).mean(-1, keepdims=True) + 1e-5)
    return (x - middle) / spread * w[f"{name}.weight"] + w[f"{name}.bias"]


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def gelu(x: np.ndarray) -> np.ndarray:
    return x * (1 + erf(x / np.sqrt(2))) / 2


def mlp(w: Weights, name: str, x: np.ndarray) -> np.ndarray:
    return linear(w, f"{name}.fc2", gelu(linear(w, f"{name}.fc1", x)))


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    """(B, Q, C), (B, G, C), (B, G, C) → (B, Q, C). Every released size has heads of width 64."""
    split = [x.reshape(*x.shape[:2], -1, 64).transpose(0, 2, 1, 3) for x in (q, k, v)]
    scores = split[0] @ split[1].transpose(0, 1, 3, 2) * 64**-0.5
    share = np.exp(scores - scores.max(-1, keepdims=True))
    share /= share.sum(-1, keepdims=True)
    return (share @ split[2]).transpose(0, 2, 1, 3).reshape(q.shape)


# --- sections 2.2 and 2.3 ---


def embed(w: Weights, patches: np.ndarray) -> np.ndarray:
    """(B, G, S, 3) → (B, G, C)."""
    x = relu(batch_norm(w, "encoder.first_conv.1", linear(w, "encoder.first_conv.0", patches)))
    x = linear(w, "encoder.first_conv.3", x)
    most = np.broadcast_to(x.max(2, keepdims=True), x.shape)
    x = np.concatenate([most, x], -1)
    x = relu(batch_norm(w, "encoder.second_conv.1", linear(w, "encoder.second_conv.0", x)))
    return linear(w, "encoder.second_conv.3", x).max(2)


def position(w: Weights, centers: np.ndarray) -> np.ndarray:
    return linear(w, "pos_embed.2", gelu(linear(w, "pos_embed.0", centers)))


# --- section 2.4: the ReCon-block ---


def block(w: Weights, name: str, c: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Queries c (B, 3, C) and patches v (B, G, C), positions already added."""
    c, v = layer_norm(w, f"{name}.norm1_contrast", c), layer_norm(w, f"{name}.norm1", v)
    k, values = np.split(linear(w, f"{name}.attn_contrast.kv", v), 2, -1)
    read = attention(linear(w, f"{name}.attn_contrast.q", c), k, values)
    q_own, k_own, v_own = np.split(linear(w, f"{name}.attn.qkv", v), 3, -1)
    c = c + linear(w, f"{name}.attn_contrast.proj", read)
    v = v + linear(w, f"{name}.attn.proj", attention(q_own, k_own, v_own))
    c, v = layer_norm(w, f"{name}.norm2_contrast", c), layer_norm(w, f"{name}.norm2", v)
    return c + mlp(w, f"{name}.mlp_contrast", c), v + mlp(w, f"{name}.mlp", v)


def layers(
    w: Weights, patches: np.ndarray, centers: np.ndarray, hidden: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Queries and patches after each block, before the final norm. Section 2.6: only visible patches go in."""
    v, places = embed(w, patches), position(w, centers)
    if hidden is not None:
        v, places = (np.stack([x[~h] for x, h in zip(every, hidden, strict=True)]) for every in (v, places))
    tokens, query_places = (
        np.concatenate([w[f"{query}_{what}"].reshape(1, -1) for query in ("cls", "img", "text")])
        for what in ("token", "pos")
    )
    c = np.broadcast_to(tokens, (len(v), *tokens.shape))
    depth = len({name.split(".")[2] for name in w if name.startswith("blocks.blocks.")})
    for number in range(depth):
        c, v = block(w, f"blocks.blocks.{number}", c + query_places, v + places)
        yield c, v


def encode(
    w: Weights, patches: np.ndarray, centers: np.ndarray, hidden: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Queries (B, 3, C) and patches (B, G, C) after the final norm (section 2.5)."""
    *_, (c, v) = layers(w, patches, centers, hidden)
    return layer_norm(w, "norm", c), layer_norm(w, "norm", v)


# --- "Heads" ---


def classify(w: Weights, clouds: np.ndarray, patches: int) -> np.ndarray:
    """Logits: [class, image, text query, maximum over patches] → linear or MLP-3, whichever the weights hold."""
    c, v = encode(w, *cut(clouds, patches))
    x = np.concatenate([c[:, 0], c[:, 1], c[:, 2], v.max(1)], 1)
    head = "cls_head_finetune"
    if f"{head}.8.weight" in w:
        x = relu(batch_norm(w, f"{head}.1", linear(w, f"{head}.0", x)))
        x = relu(batch_norm(w, f"{head}.5", linear(w, f"{head}.4", x)))
        return linear(w, f"{head}.8", x)
    return linear(w, f"{head}.0", x)


def svm_feature(w: Weights, clouds: np.ndarray, patches: int) -> np.ndarray:
    """[element-wise maximum of the three queries, maximum + mean of the patches], (B, 2C)."""
    c, v = encode(w, *cut(clouds, patches))
    return np.concatenate([c.max(1), v.max(1) + v.mean(1)], 1)


def zero_shot_feature(w: Weights, clouds: np.ndarray, patches: int, query: str) -> np.ndarray:
    """Linear map of the "text" query, of the "image" query, or "blend": 0.25 · text + image."""
    c, _ = encode(w, *cut(clouds, patches))
    image, text = (
        linear(w, f"{n}_proj", c[:, i]) if f"{n}_proj.weight" in w else 0 for i, n in ((1, "img"), (2, "text"))
    )
    return {"text": text, "image": image, "blend": 0.25 * text + image}[query]


def sentences(name: str) -> list[str]:
    """Section 3, small print: 20 prefixes times 3 endings."""
    return [f"{prefix}{name}{ending}" for prefix in PREFIXES for ending in ENDINGS]


def cosines(features: np.ndarray, texts: Sequence[np.ndarray]) -> np.ndarray:
    """Zero-shot scores (B, K): cosine with the sum of each class's (60, D) text features."""
    sums = np.stack([every.astype(np.float64).sum(0) for every in texts])
    lengths = np.linalg.norm(features, axis=1)[:, None] * np.linalg.norm(sums, axis=1)
    return features @ sums.T / lengths


def label_parts(w: Weights, clouds: np.ndarray, category: Sequence[int], patches: int, every: int = 1) -> np.ndarray:
    """Log-probabilities (B, N / every, 50) of every so many points."""
    cut_clouds, centers = cut(clouds, patches)
    steps = list(layers(w, cut_clouds, centers))
    local = np.concatenate([layer_norm(w, "norm", steps[number - 1][1]) for number in (4, 8, 12)], -1)
    code = np.eye(16)[list(category)]
    code = batch_norm(w, "label_conv.1", linear(w, "label_conv.0", code))
    code = np.where(code > 0, code, 0.2 * code)
    shape = np.concatenate([local.max(1), local.mean(1), steps[-1][0].max(1), code], -1)
    points = clouds[:, ::every].astype(np.float64)
    gaps = ((points[:, :, None] - centers[:, None]) ** 2).sum(-1)
    three = np.argsort(gaps, axis=-1, kind="stable")[..., :3]
    share = 1 / (np.take_along_axis(gaps, three, -1) + 1e-8)
    share /= share.sum(-1, keepdims=True)
    spread = np.stack(
        [(feature[index] * part[..., None]).sum(1) for feature, index, part in zip(local, three, share, strict=True)]
    )
    x = np.concatenate([points, spread], -1)
    for number in (0, 1):
        x = linear(w, f"propagation_0.mlp_convs.{number}", x)
        x = relu(batch_norm(w, f"propagation_0.mlp_bns.{number}", x))
    x = np.concatenate([x, np.broadcast_to(shape[:, None], (*x.shape[:2], shape.shape[-1]))], -1)
    for number in (1, 2):
        x = relu(batch_norm(w, f"bns{number}", linear(w, f"convs{number}", x)))
    x = linear(w, "convs3", x)
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))
