"""What a model is: one dataclass, and the named sizes (small YAML files). No torch here."""

from dataclasses import dataclass, field, fields
from importlib.resources import files
from numbers import Integral
from typing import Any, TypeVar

import yaml

from pointrecon.checks import check_choice, check_range, is_number
from pointrecon.errors import InputError, did_you_mean

_C = TypeVar("_C")
QUERIES = ("class", "image", "text")
HEADS = ("linear", "mlp3", "parts")


@dataclass
class Teacher:
    """What a projection imitates: the teacher's name, the width of its features, and how to load it again.

    ``spec`` is what ``load_text_teacher`` takes (a short name, hub name or folder); empty when it is the name. ``hash``
    says which weights they were (the same under any name), ``templates`` what captions were put into; empty where
    nobody told.
    """

    name: str
    width: int
    spec: str = ""
    hash: str = ""
    templates: list[str] = field(default_factory=list)


@dataclass
class Head:
    """What sits on top: "linear" or "mlp3" over ``classes``; "parts" labels points with one of ``classes``.

    ``categories`` is the number of shape categories a part head is told about (its one-hot input), ``category_parts``
    their names, in that order, with the places of their parts in ``classes``; empty where nobody told.
    """

    kind: str
    classes: list[str]
    categories: int = 0
    category_parts: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class ModelConfig:
    """Everything that decides a model's layers and its input."""

    size: str = "custom"  # the name this configuration came from
    points: int = 1024  # N, per cloud the model expects
    patches: int = 64  # G, per cloud
    patch_size: int = 32  # S, points per patch
    width: int = 384  # C, of a token
    heads: int = 6  # of attention
    depth: int = 12  # encoder blocks
    stem: int = 128  # first width of the patch embedding; its layers are stem, 2, 4 and 4 times this (released: 128)
    decoder_depth: int = 4  # blocks of the masked decoder; 0 leaves the decoder out
    drop_path: float = 0.1  # rate of dropped residual branches in the last block, rising linearly from 0
    # "recon" (local and global stream), "shared" (queries join the patches in one stream) or "towers" (one encoder for
    # patches, another for queries)
    streams: str = "recon"
    stop_gradient: bool = True  # whether the global stream leaves the local one undisturbed
    teachers: dict[str, Teacher] = field(default_factory=dict)  # by "image" and/or "text": which projections exist
    self_contrast: bool = False  # whether the single-modal contrast head exists
    head: Head | None = None  # for classification or segmentation, if any
    up: str = "y"  # the axis that points up in the clouds it was trained on
    skip_origin: bool = False  # sample farthest points as the released CUDA code (never within 0.032 of the origin)

    def __post_init__(self) -> None:
        sizes = ("points", "patches", "patch_size", "width", "heads", "depth", "stem")
        check_range(self, "model", **dict.fromkeys(sizes, "[1, inf)"), decoder_depth="[0, inf)")
        check_choice(self, "model", streams=("recon", "shared", "towers"), up=("x", "y", "z"))
        check_fits(self)
        if self.head is not None:
            check_choice(self.head, "model.head", kind=HEADS)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ModelConfig":
        """From plain values, as in ``config.json``; InputError for a key that is no setting, naming the nearest one."""
        return config_from(cls, values)


def check_fits(config: Any) -> None:
    """Raise InputError where widths, points and patches of a model do not go together, or its teachers are unknown."""
    if config.width % config.heads:
        raise InputError(f"model.width {config.width} must be a multiple of model.heads {config.heads}")
    if max(config.patches, config.patch_size) > config.points:
        raise InputError(
            f"a cloud of {config.points} points (model.points) cannot hold {config.patches} patches "
            f"of {config.patch_size} points; raise model.points or lower model.patches and model.patch_size"
        )
    if unknown := set(config.teachers) - {"image", "text"}:
        raise InputError(f"model.teachers may name image and text, not {sorted(unknown)}")


def config_from(kind: type[_C], values: dict[str, Any]) -> _C:
    """A configuration of this dataclass from plain values; otherwise as :meth:`ModelConfig.from_dict`."""
    settings = fields(kind)  # type: ignore[arg-type]
    known = [setting.name for setting in settings]
    if unknown := [key for key in values if key not in known]:
        told = [f"'{unknown[0]}' is not a model setting", did_you_mean(unknown[0], known)]
        raise InputError("; ".join(filter(None, told)))
    for setting in settings:
        _check_kind(setting.name, type(setting.default), values.get(setting.name, setting.default))
    values = dict(values)
    try:
        values["teachers"] = {
            name: t if isinstance(t, Teacher) else Teacher(**t) for name, t in values.get("teachers", {}).items()
        }
        if isinstance(values.get("head"), dict):
            values["head"] = Head(**values["head"])
        return kind(**values)
    except (TypeError, AttributeError) as error:
        raise InputError(f"this model configuration does not fit: {error}") from error


def _check_kind(name: str, kind: type, value: Any) -> None:
    """Raise InputError for a value of another kind than the setting's default; files may hold anything."""
    fits = {
        int: is_number(value) and isinstance(value, Integral),
        float: is_number(value),
        bool: isinstance(value, bool),
        str: isinstance(value, str),
    }
    if not fits.get(kind, True):
        words = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
        raise InputError(f"model.{name} must be {words[kind]}, not {str(value)[:60]!r}")


def size_names() -> list[str]:
    """The named sizes, smallest first."""
    return ["nano", "mini", "tiny", "small", "base"]


def model_config(size: str, **overrides: Any) -> ModelConfig:
    """The configuration of a named size, with any setting replaced; InputError for an unknown size or setting."""
    if size not in size_names():
        hint = did_you_mean(size, size_names(), f"choose one of {', '.join(size_names())}.")
        raise InputError(f"there is no model size '{size}'; {hint}")
    text = files("pointrecon.models").joinpath("sizes", f"{size}.yaml").read_text(encoding="utf-8")
    return ModelConfig.from_dict({"size": size, **yaml.safe_load(text), **overrides})
