"""A ReCon++ encoder's blocks from those of an image model: in timm's layout, or transformers' (CLIP, DINOv2, ViT)."""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from pointrecon.errors import InputError, first_line
from pointrecon.models.plus.plus_model import ReconPlusModel
from pointrecon.strict_pickle import RefusedPickle
from pointrecon.teachers.hub import find_model, weight_files
from pointrecon.torch_file import read_torch_file

# what METHOD-PLUS section 1 begins small, base, large and giant with; timm's files are read without timm
IMAGE_MODELS = {
    "dinov2": "timm/vit_small_patch14_dinov2.lvd142m",
    "clip": "timm/vit_base_patch32_clip_384.openai_ft_in12k_in1k",
    "eva": "timm/eva_large_patch14_336.in22k_ft_in22k_in1k",
    "clip-giant": "timm/vit_giant_patch14_clip_224.laion2b",
}
_BLOCK = re.compile(r"(?:.*\.)?(?:blocks|layers?)\.(\d+)\.(.+)$")
_PARTS = [  # what a block's tensors are called, and what they are of ours
    (r"(?:norm1|layer_norm1|layernorm_before)\.", "norm1."),
    (r"(?:norm2|layer_norm2|layernorm_after)\.", "norm2."),
    (r"(?:attention\.attention|self_attn|attention)\.(q|k|v)(?:uery|ey|alue|_proj)\.", r"\1."),
    (r"attn\.qkv\.", "qkv."),
    (r"(?:attn\.proj|attention\.output\.dense|self_attn\.out_proj)\.", "proj."),
    (r"(?:mlp\.fc1|intermediate\.dense)\.", "fc1."),
    (r"(?:mlp\.fc2|output\.dense)\.", "fc2."),
    (r"(?:ls|layer_scale)([12])\.(?:gamma|lambda1)$", r"scale\1"),
]
_WHOLE = [f"{part}.{end}" for part in ("norm1", "norm2", "qkv", "proj", "fc1", "fc2") for end in ("weight", "bias")]
_SCALES = ["scale1", "scale2"]


def begin_with_blocks(model: ReconPlusModel, spec: str, *, queries_only: bool = False) -> None:
    """Give both streams the blocks of an image model; queries read with the first third of its qkv, the rest is theirs.

    Args:
        model: the model, which is changed.
        spec: a name of ``IMAGE_MODELS``, a hub id, or a folder that holds config.json and weights.
        queries_only: leave the patches' blocks as they are.

    Source: METHOD-PLUS section 4, "Start".

    Raises:
        InputError: there is no such model, its weights are damaged, or its blocks do not fit.
    """
    source = find_model(spec, IMAGE_MODELS, (), "image model")
    blocks, config = _blocks_of(_weights(source.folder, source.model)), model.config
    state: dict[str, Tensor] = {}
    if len(blocks) != config.depth:
        raise InputError(
            f"'{source.model}' has {len(blocks)} Transformer blocks that are known here, and the model "
            f"{config.depth}: take another image model, or --model.depth {len(blocks)}"
        )
    own = model.state_dict()
    for number, block in enumerate(blocks):
        wanted = [*_WHOLE, *(_SCALES if config.layer_scale else [])]
        if missing := [name for name in wanted if name not in block]:
            scales = "; give --model.layer_scale false" if missing[0] in _SCALES else ""
            raise InputError(f"block {number} of '{source.model}' has no {missing[0]}{scales}")
        if not config.layer_scale and _SCALES[0] in block:
            raise InputError(
                f"'{source.model}' has a LayerScale, and the model has none; give --model.layer_scale true"
            )
        state |= _ours(block, f"encoder.blocks.{number}.", queries_only)
    for name, value in state.items():
        if name in own and own[name].shape != value.shape:
            raise InputError(
                f"the blocks of '{source.model}' do not fit: {name} has the shape {tuple(value.shape)} there and "
                f"{tuple(own[name].shape)} here; take a size of its width ({len(blocks[0]['norm1.weight'])})"
            )
    model.load_state_dict({**own, **{name: value for name, value in state.items() if name in own}})
    part = "queries' blocks" if queries_only else "blocks"
    model.facts.notes = " ".join(
        filter(None, [model.facts.notes, f"Its {part} began as those of {source.model}, whose license applies."])
    )


def _weights(folder: Path, model: str) -> dict[str, Tensor]:
    """All tensors of a model folder; nothing in it is run."""
    found: dict[str, Tensor] = {}
    try:
        for file in weight_files(folder):
            found |= load_file(file) if file.suffix == ".safetensors" else dict(read_torch_file(file))
    except (OSError, SafetensorError, RefusedPickle, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"the weights of '{model}' are damaged, or hold more than tensors ({first_line(error)}): get it again"
        ) from error
    if not found:
        raise InputError(f"'{model}' has no weights (model.safetensors): download the whole model folder again")
    return {name: value.float() for name, value in found.items() if isinstance(value, Tensor)}


def _blocks_of(weights: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Of each block its tensors by the names of `_WHOLE` and `_SCALES`, in order."""
    blocks: dict[int, dict[str, Tensor]] = {}
    for name, value in weights.items():
        if (match := _BLOCK.match(name)) and not name.startswith(("text", "decoder")):
            for pattern, ours in _PARTS:
                if part := re.match(pattern, match[2]):
                    known = part.expand(ours) + match[2][part.end() :]
                    blocks.setdefault(int(match[1]), {})[known] = value
                    break
    for block in blocks.values():
        for end in ("weight", "bias"):
            apart = [block.pop(f"{letter}.{end}", None) for letter in "qkv"]
            if all(part is not None for part in apart):
                block[f"qkv.{end}"] = torch.cat([part for part in apart if part is not None])
    return [blocks[number] for number in sorted(blocks)]


def _ours(block: Mapping[str, Tensor], prefix: str, queries_only: bool) -> dict[str, Tensor]:
    width = len(block["norm1.weight"])
    found = {}
    for name, value in block.items():
        if name.startswith("qkv."):
            found[f"cross.q{name[3:]}"], found[f"cross.kv{name[3:]}"] = value[:width], value[width:]
        else:
            inside = {"proj": "cross.", "fc1.": "query_mlp.", "fc2.": "query_mlp."}.get(name[:4], "query_")
            found[inside + name] = value
        if not queries_only:
            inside = {"qkv.": "attn.", "proj": "attn.", "fc1.": "mlp.", "fc2.": "mlp."}.get(name[:4], "")
            found[f"local.{inside}{name}"] = value
    return {prefix + name: value for name, value in found.items()}
