"""Released ReCon and ReCon++ checkpoints: read safely, recognized by their shapes, renamed into our model."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pointrecon.errors import InputError, first_line
from pointrecon.models.files.released_plus import is_plus, plus_config, renamed_plus
from pointrecon.models.model import ReconModel
from pointrecon.models.model_config import QUERIES, Head, ModelConfig, Teacher
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_model import ReconPlusModel
from pointrecon.strict_pickle import RefusedPickle
from pointrecon.torch_file import read_torch_file

# Released name → ours, after wrappers' names and `MAE_encoder.` are gone. Applied in order, first match wins.
_RENAMES = [
    (r"encoder\.first_conv\.0\.", "encoder.embed.lift."),
    (r"encoder\.first_conv\.1\.", "encoder.embed.norm1."),
    (r"encoder\.first_conv\.3\.", "encoder.embed.point."),
    (r"encoder\.second_conv\.0\.", "encoder.embed.join."),
    (r"encoder\.second_conv\.1\.", "encoder.embed.norm2."),
    (r"encoder\.second_conv\.3\.", "encoder.embed.out."),
    (r"pos_embed\.", "encoder.position."),
    (r"blocks\.blocks\.(\d+)\.(norm1|norm2|mlp|attn)\.", r"encoder.blocks.\1.\2."),
    (r"blocks\.blocks\.(\d+)\.(norm1|norm2|mlp)_contrast\.", r"encoder.blocks.\1.query_\2."),
    (r"blocks\.blocks\.(\d+)\.attn_contrast\.", r"encoder.blocks.\1.cross."),
    (r"norm\.", "encoder.norm."),
    (r"mask_token$", "decoder.mask_token"),
    (r"decoder_pos_embed\.", "decoder.position."),
    (r"MAE_decoder\.", "decoder."),
    (r"increase_dim\.0\.", "decoder.predict."),
    (r"img_proj\.", "projections.image."),
    (r"text_proj\.", "projections.text."),
    (r"cls_head_finetune\.", "head."),
    (r"label_conv\.", "head.category."),
    (r"propagation_0\.mlp_convs\.0\.", "head.propagate.0."),
    (r"propagation_0\.mlp_bns\.0\.", "head.propagate.1."),
    (r"propagation_0\.mlp_convs\.1\.", "head.propagate.3."),
    (r"propagation_0\.mlp_bns\.1\.", "head.propagate.4."),
    (r"convs1\.", "head.label.0."),
    (r"bns1\.", "head.label.1."),
    (r"convs2\.", "head.label.4."),
    (r"bns2\.", "head.label.5."),
    (r"convs3\.", "head.label.7."),
]
# what torch.compile, FSDP, DataParallel, Fabric and Lightning put into names, in any order and number
_WRAPPERS = re.compile(r"^(?:(?:module|model|_forward_module|_orig_mod|_fsdp_wrapped_module|MAE_encoder)\.)+")
_WITHIN = re.compile(r"(?<=\.)(?:_orig_mod|_fsdp_wrapped_module)\.")
_TEACHER_WEIGHTS = ("img_encoder.", "text_encoder.")
_RELEASED_TEACHERS = {("image", 768): "vit-in21k", ("image", 512): "clip", ("text", 512): "clip"}


def read_checkpoint(path: Path) -> Any:
    """What a torch file holds but an optimizer, as tensors and plain values, without running any code in it.

    Raises:
        InputError: when the file is damaged, is no torch file, or holds anything but tensors and plain values.
    """
    try:
        return read_torch_file(path, without=("optimizer",))
    except FileNotFoundError:
        raise InputError(f"there is no file '{path}'") from None
    except RefusedPickle as error:
        raise InputError(
            f"'{path}' holds something other than weights ({error}) and was refused; nothing in it was run. "
            "Re-save only its state_dict, from a source you trust"
        ) from None
    except MemoryError:
        raise InputError(f"'{path}' needs more memory than there is") from None
    except Exception as error:  # a damaged or hostile file makes its reader stumble over anything
        raise InputError(f"'{path}' is damaged or no torch file ({first_line(error)}); download it again") from None


def released_state(content: Any, path: Path) -> dict[str, Tensor]:
    """The names and tensors of a released file, without prefixes and teachers' weights; InputError for another file."""
    inside = [content.get(key) for key in ("base_model", "state_dict", "model")] if isinstance(content, dict) else []
    state = next((one for one in inside if isinstance(one, dict)), content)
    if not isinstance(state, dict) or not any(isinstance(v, Tensor) for v in state.values()):
        raise InputError(f"'{path}' has no weights under 'base_model'; it is not a released ReCon checkpoint")
    clean = {}
    for name, value in state.items():
        plain = _WRAPPERS.sub("", _WITHIN.sub("", str(name)))
        if isinstance(value, Tensor) and not plain.startswith(_TEACHER_WEIGHTS):
            if plain in clean:
                raise InputError(
                    f"'{path}' holds the tensor '{plain}' twice, also as '{name}': keep one set of weights"
                )
            clean[plain] = value
    return clean


def convert_state(state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    """Our names and shapes for a released state; InputError for names that no released ReCon checkpoint has."""
    ours, unknown = {}, []
    for name, value in state.items():
        if re.fullmatch(r"(cls|img|text)_(token|pos)", name):
            continue
        for pattern, target in _RENAMES:
            match = re.match(pattern, name)
            if match:
                value = value.squeeze(-1) if value.ndim == 3 and value.shape[-1] == 1 else value
                value = value.reshape(-1) if name == "mask_token" else value
                ours[match.expand(target) + name[match.end() :]] = value
                break
        else:
            unknown.append(name)
    if unknown:
        raise InputError(
            f"'{path}' has {len(unknown)} tensors that no released ReCon checkpoint has, the first '{unknown[0]}'"
        )
    for target, suffix in (("encoder.queries", "token"), ("encoder.query_positions", "pos")):
        try:
            rows = [state[f"{short}_{suffix}"].reshape(-1) for short in ("cls", "img", "text")]
        except KeyError as error:
            raise InputError(f"'{path}' has no tensor {error}; it is not a ReCon checkpoint") from None
        ours[target] = torch.stack(rows)
    return ours


def released_config(ours: dict[str, Tensor], **overrides: Any) -> ModelConfig:
    """Read the configuration off the shapes. Points and patches are not in the weights: the task's usual ones."""

    def depth(prefix: str) -> int:
        return 1 + max((int(n[len(prefix) :].split(".")[0]) for n in ours if n.startswith(prefix)), default=-1)

    width = ours["encoder.norm.weight"].shape[0]
    teachers = {}
    for kind in QUERIES[1:]:
        if f"projections.{kind}.weight" in ours:
            size = ours[f"projections.{kind}.weight"].shape[0]
            teachers[kind] = Teacher(_RELEASED_TEACHERS.get((kind, size), "unknown"), size)
    head, points, patches = None, 1024, 64
    if "head.category.0.weight" in ours:
        classes, categories = ours["head.label.7.weight"].shape[0], ours["head.category.0.weight"].shape[1]
        head, points, patches = Head("parts", _numbered("part", classes), categories), 2048, 128
    elif "head.0.weight" in ours:
        kind = "mlp3" if "head.8.weight" in ours else "linear"
        classes = ours["head.8.weight" if kind == "mlp3" else "head.0.weight"].shape[0]
        head = Head(kind, _numbered("class", classes))
        if classes == 15:  # ScanObjectNN is fine-tuned on 2048 points
            points, patches = 2048, 128
    size_name, heads = {192: ("tiny", 3), 256: ("small", 4), 384: ("base", 6)}.get(
        width, ("custom", max(width // 64, 1))
    )
    predict = ours.get("decoder.predict.weight")
    settings: dict[str, Any] = {
        "size": size_name,
        "points": points,
        "patches": patches,
        "patch_size": predict.shape[0] // 3 if predict is not None else 32,
        "width": width,
        "heads": heads,
        "depth": depth("encoder.blocks."),
        "stem": ours["encoder.embed.lift.weight"].shape[0],
        "decoder_depth": depth("decoder.blocks."),
        "stop_gradient": head is None,
        "teachers": teachers,
        "head": head,
    }
    return ModelConfig.from_dict({**settings, **overrides})


def _numbered(word: str, count: int) -> list[str]:
    return [f"{word} {i}" for i in range(count)]


def load_released(path: str | Path, **overrides: Any) -> ReconModel | ReconPlusModel:
    """A model from a released ``.pth``: ReCon's (pre-training, classification, zero-shot, SVM, parts) or ReCon++'s.

    Overrides are settings the weights do not tell, for instance ``points=8192, patches=512``.

    Raises:
        InputError: when the file is damaged, unsafe or not a released ReCon or ReCon++ checkpoint.
    """
    path = Path(path)
    return model_of_state(released_state(read_checkpoint(path), path), path, **overrides)


def model_of_state(state: dict[str, Tensor], path: Path, **overrides: Any) -> ReconModel | ReconPlusModel:
    """What :func:`load_released` makes of a :func:`released_state`; ``path`` is for messages."""
    try:
        config: ModelConfig | PlusConfig
        if is_plus(state):
            ours = renamed_plus(state, path)
            _check_whole(ours, ("encoder.embed.lift.weight", "encoder.blocks.0.local.mlp.fc1.weight"), path)
            config = plus_config(ours, path, **overrides)
        else:
            ours = convert_state(state, path)
            _check_whole(ours, ("encoder.norm.weight", "encoder.embed.lift.weight"), path)
            config = released_config(ours, **overrides)
        check_size(config, ours, path)
    except InputError:
        raise
    except (ValueError, LookupError, RuntimeError) as error:  # names or shapes that no released file has
        raise InputError(f"'{path}' is no released ReCon checkpoint: {first_line(error)}") from None
    return model_from(config, ours, path)


def _check_whole(ours: dict[str, Tensor], needed: tuple[str, ...], path: Path) -> None:
    if missing := [name for name in needed if name not in ours]:
        raise InputError(f"'{path}' lacks {', '.join(missing)}; it is not a whole ReCon checkpoint")


def empty_model(config: ModelConfig | PlusConfig) -> ReconModel | ReconPlusModel:
    """A new model of a configuration of either family."""
    return ReconPlusModel(config) if isinstance(config, PlusConfig) else ReconModel(config)


def seeded_model(config: ModelConfig | PlusConfig, seed: int) -> ReconModel | ReconPlusModel:
    """The same with weights drawn from the seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return empty_model(config)


def model_from(config: ModelConfig | PlusConfig, state: dict[str, Tensor], path: Path) -> ReconModel | ReconPlusModel:
    """A model with the weights of a state that must fit exactly; InputError names the first tensor that does not."""
    if isinstance(config, PlusConfig):  # large: the tensors become its weights as they are, without a second copy
        with torch.device("meta"):
            model = empty_model(config)
        check_state(model.state_dict(), state, path)
        model.load_state_dict({name: _single(value) for name, value in state.items()}, assign=True)
        return model.eval()
    model = empty_model(config)
    check_state(model.state_dict(), state, path)
    model.load_state_dict(state)
    return model.eval()


def _single(value: Tensor) -> Tensor:
    """In single precision and with a storage of its own."""
    value = value.float() if value.is_floating_point() else value
    alone = value.is_contiguous() and value.untyped_storage().nbytes() == value.nbytes
    return value if alone else value.clone(memory_format=torch.contiguous_format)


def check_size(
    config: ModelConfig | PlusConfig, state: Mapping[str, Tensor], path: Path, told: Path | None = None
) -> None:
    """Raise InputError where the tensors of a file are not those of a configuration, before anything of it is made.

    ``told`` is where the configuration comes from, if not from the tensors.
    """
    try:
        if config.depth + config.decoder_depth > len(state):
            raise RuntimeError("more blocks")
        with torch.device("meta"):
            own = empty_model(config).state_dict()
    except InputError:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"'{told or path}' is damaged ({first_line(error)}); get it again") from error
    except RuntimeError as error:  # of a size that overflows even where nothing is stored
        raise InputError(f"'{told or path}' tells of a larger model than '{path.name}' holds; get it again") from error
    check_state(own, state, path)


def check_state(own: Mapping[str, Tensor], state: Mapping[str, Tensor], path: Path) -> None:
    """Raise InputError where tensors of a file are not those of a model; only names and shapes are looked at."""
    for name in own:
        if name not in state:
            raise InputError(f"'{path}' lacks the tensor '{name}'; the file is incomplete or of another model")
        if own[name].shape != state[name].shape:
            raise InputError(
                f"'{path}': tensor '{name}' has the shape {tuple(state[name].shape)}, "
                f"the model needs {tuple(own[name].shape)}"
            )
    if extra := sorted(set(state) - set(own)):
        raise InputError(f"'{path}' has the tensor '{extra[0]}', which this model does not")
