"""From what the user wrote to a teacher: "multiview", "minilm", "clip", a hub id or a local folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from pointrecon.errors import InputError
from pointrecon.teachers.hub import IMAGE_MODELS, TEXT_MODELS, find_model

if TYPE_CHECKING:
    from pointrecon.teachers.protocol import ImageTeacher, TextTeacher


def load_image_teacher(spec: str | Path, *, device: str | None = None) -> "ImageTeacher":
    """The image teacher of this name.

    Args:
        spec: "multiview" (built in, no download), "clip", "siglip2", "vit-in21k", "dinov2", a hub id
            ``owner/name``, or a local folder of such a model.
        device: such as "cpu" or "cuda"; None takes an accelerator where there is one.

    Raises:
        InputError: an unknown name, no such folder, no way to the hub, or unusable weights.
    """
    if str(spec) == "multiview":
        from pointrecon.teachers.multiview import MultiView

        return MultiView(device=pick_device(device))
    from pointrecon.teachers.image_transformers import TransformersImage

    return TransformersImage(find_model(spec, IMAGE_MODELS, ("multiview",), "image"), pick_device(device))


def load_text_teacher(spec: str | Path, *, device: str | None = None) -> "TextTeacher":
    """The text teacher of this name.

    Args:
        spec: "minilm" (installs as a package, no download), "clip", "siglip2", a hub id ``owner/name``, or a
            local folder of such a model or of a sentence encoder.
        device: such as "cpu" or "cuda"; None takes an accelerator where there is one.

    Raises:
        InputError: an unknown name, no such folder, no way to the hub, or unusable weights.
    """
    if str(spec) == "minilm":
        from pointrecon.teachers.minilm import load_minilm

        return load_minilm(pick_device(device))
    from pointrecon.teachers.text_transformers import TransformersText

    return TransformersText(find_model(spec, TEXT_MODELS, ("minilm",), "text"), pick_device(device))


def pick_device(device: str | None) -> str:
    """The device asked for, else an accelerator where there is one, else the CPU. Raises InputError."""
    import torch

    if device is not None:
        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:
            raise InputError(f"the device '{device}' cannot be used here: pass cpu, or leave it out") from error
        return device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
