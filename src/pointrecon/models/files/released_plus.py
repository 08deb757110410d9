"""Released ReCon++ checkpoints: recognized by their names and shapes, renamed into our model."""

import re
from pathlib import Path
from typing import Any

from torch import Tensor

from pointrecon.errors import InputError
from pointrecon.models.model_config import Head, Teacher
from pointrecon.models.plus.plus_config import PlusConfig

# Released name → ours, after wrappers' names are gone. Applied in order, first match wins; "" for what is used nowhere.
_RENAMES = [
    (r"global_query$", "encoder.queries"),
    (r"cls_token$", "encoder.class_query"),
    (r"encoder\.sos$", "encoder.start"),
    (r"encoder\.sos_pos$", "encoder.start_position"),
    (r"embed\.second_conv\.0\.", "encoder.embed.join."),
    (r"embed\.second_conv\.3\.", "encoder.embed.out."),
    (r"encoder\.blocks\.local_blocks\.(\d+)\.ls([12])\.gamma$", r"encoder.blocks.\1.local.scale\2"),
    (r"encoder\.blocks\.local_blocks\.(\d+)\.", r"encoder.blocks.\1.local."),
    (r"encoder\.blocks\.global_blocks\.(\d+)\.ls([12])\.gamma$", r"encoder.blocks.\1.query_scale\2"),
    (r"encoder\.blocks\.global_blocks\.(\d+)\.attn\.", r"encoder.blocks.\1.cross."),
    (r"encoder\.blocks\.global_blocks\.(\d+)\.(norm1|norm2|mlp)\.", r"encoder.blocks.\1.query_\2."),
    (r"encoder\.ln_f1\.", "encoder.norm."),
    (r"encoder\.ln_f2\.", "encoder.query_norm."),
    (r"pos_embed\.", "encoder.position."),
    (r"decoder\.mask_token$", "decoder.mask_token"),
    (r"decoder_pos_embed\.", "decoder.position."),
    (r"decoder\.blocks\.", "decoder.blocks."),
    (r"decoder\.ln_f\.", "decoder.norm."),
    (r"decoder\.increase_dim\.0\.", "decoder.predict."),
    (r"norm\.(weight|bias)$", ""),
    (r"img_proj\.", "projections.image."),
    (r"text_proj\.", "projections.text."),
    (r"cls_head_finetune\.", "head."),
]
_SMALL = {"0": "lift", "1": "norm1", "3": "point"}  # layers of embed.first_conv
_LARGE = {"0": "lift", "1": "norm1", "3": "widen", "4": "norm2", "6": "point"}
_SIZES = {384: ("small", 6), 768: ("base", 12), 1024: ("large", 16), 1408: ("giant", 16)}
_QUERIES = {16: (13, 3), 11: (10, 1)}  # of images, of texts
_HUB_TEACHER = "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k"
_HYBRID_TEACHER = "vit_gigantic_patch14_clip_224.laion2b"


def is_plus(state: dict[str, Tensor]) -> bool:
    """Whether a released state, as :func:`pointrecon.models.files.released.released_state` gives it, is ReCon++'s."""
    return "global_query" in state


def renamed_plus(state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Our names and shapes for a released state; InputError for names that no released ReCon++ checkpoint has."""
    large = "embed.first_conv.6.weight" in state
    first, second = (_LARGE, "norm3") if large else (_SMALL, "norm2")
    tables = [
        *((rf"embed\.first_conv\.{number}\.", f"encoder.embed.{name}.") for number, name in first.items()),
        (r"embed\.second_conv\.1\.", f"encoder.embed.{second}."),
        *_RENAMES,
    ]
    ours, unknown = {}, []
    for name, value in state.items():
        for pattern, target in tables:
            if match := re.match(pattern, name):
                if target:
                    ours[match.expand(target) + name[match.end() :]] = _shaped(name, value)
                break
        else:
            unknown.append(name)
    if unknown:
        raise InputError(
            f"'{path}' has {len(unknown)} tensors that no released ReCon++ checkpoint has, the first '{unknown[0]}'"
        )
    return ours


def _shaped(name: str, value: Tensor) -> Tensor:
    if name == "global_query":
        return value.squeeze(0)
    if name.endswith(("_token", ".sos", ".sos_pos")):
        return value.reshape(-1)
    return value.squeeze(-1) if value.ndim == 3 and value.shape[-1] == 1 else value


def plus_config(ours: dict[str, Tensor], path: Path, **overrides: Any) -> PlusConfig:
    """Read the configuration off names and shapes. Points and patches are not in the weights: the kind's usual ones.

    Source: METHOD-PLUS sections 1 and 3.
    """

    def depth(prefix: str) -> int:
        return 1 + max((int(n[len(prefix) :].split(".")[0]) for n in ours if n.startswith(prefix)), default=-1)

    queries, width = ours["encoder.queries"].shape
    if queries not in _QUERIES:
        raise InputError(f"'{path}' has {queries} queries; released ReCon++ models have 16 (13 + 3) or 11 (10 + 1)")
    images, texts = _QUERIES[queries]
    size, heads = _SIZES.get(width, ("custom", max(width // 64, 1)))
    causal, transfer = "encoder.start" in ours, "encoder.class_query" in ours
    head, points, patches = None, *((1024, 64) if causal else (10_000, 512))
    if transfer:
        kind = "mlp3" if "head.8.weight" in ours else "linear"
        classes = ours["head.8.weight" if kind == "mlp3" else "head.0.weight"].shape[0]
        head = Head(kind, [f"class {i}" for i in range(classes)])
        if classes == 15:  # ScanObjectNN is fine-tuned on 2048 points
            points, patches = 2048, 128
    hybrid = (images, texts) == _QUERIES[11]
    teachers = {}
    for name in ("image", "text"):
        if f"projections.{name}.weight" in ours:
            spec = _HYBRID_TEACHER if hybrid else _HUB_TEACHER
            teachers[name] = Teacher(spec, ours[f"projections.{name}.weight"].shape[0], "" if hybrid else spec)
    channels = ours["encoder.embed.lift.weight"].shape[1]
    predict = ours.get("decoder.predict.weight")
    settings: dict[str, Any] = {
        "size": size,
        "points": points,
        "patches": patches,
        "patch_size": predict.shape[0] // channels if predict is not None else 32,
        "channels": channels,
        "width": width,
        "heads": heads,
        "depth": depth("encoder.blocks."),
        "mlp_width": ours["encoder.blocks.0.local.mlp.fc1.weight"].shape[0],
        "layer_scale": "encoder.blocks.0.local.scale1" in ours,
        "embedding": "large" if "encoder.embed.norm3.weight" in ours else "small",
        "masking": "causal" if causal else "random",
        "image_queries": images,
        "text_queries": texts,
        "class_query": transfer,
        "decoder_depth": depth("decoder.blocks."),
        "drop_path": 0.2 if transfer else 0.1,
        "stop_gradient": causal and not transfer,
        "teachers": teachers,
        "head": head,
    }
    return PlusConfig.from_dict({**settings, **overrides})
