"""From what the user wrote to a teacher: "multiview", "minilm", "clip", a hub id or a local folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from pointrecon.devices import in_bfloat16, pick_device
from pointrecon.errors import InputError
from pointrecon.teachers.hub import IMAGE_MODELS, TEXT_MODELS, find_model

if TYPE_CHECKING:
    from pointrecon.teachers.protocol import ImageTeacher, TextTeacher


def load_image_teacher(spec: str | Path, *, device: str = "auto", precision: str = "32") -> "ImageTeacher":
    """The image teacher of this name.

    Args:
        spec: "multiview" (built in), "imagenet" (installs as a package, no download), "clip", "siglip2", "vit-in21k",
            "dinov2", a hub id ``owner/name``, or a local folder of such a model.
        device: see `pointrecon.devices.pick_device`.
        precision: of "imagenet": "32", or "bf16", which is faster where there is arithmetic for it.

    Raises:
        InputError: an unknown name, no such folder, no way to the hub, unusable weights, or a precision that this
            teacher does not have.
    """
    place = pick_device(device)
    if precision != "32" and str(spec) != "imagenet":
        raise InputError(f"the image teacher '{spec}' has only precision 32, not '{precision}'; imagenet has bf16 too")
    if str(spec) == "multiview":
        from pointrecon.teachers.multiview import MultiView

        return MultiView(device=place)
    if str(spec) == "imagenet":
        from pointrecon.teachers.efficientnet import load_imagenet

        return load_imagenet(place, bfloat16=in_bfloat16(precision, place))
    from pointrecon.teachers.image_transformers import TransformersImage

    return TransformersImage(find_model(spec, IMAGE_MODELS, ("multiview", "imagenet"), "image teacher"), place)


def check_text_teacher(spec: str | Path) -> None:
    """InputError where the package of a teacher that is one is not installed: to be told before anything is read."""
    if str(spec) == "minilm":
        from pointrecon.teachers.minilm import package_folder

        package_folder()


def load_text_teacher(spec: str | Path, *, device: str = "auto") -> "TextTeacher":
    """The text teacher of this name: "minilm" (installs as a package, no download), "clip", "siglip2", a hub id
    ``owner/name``, or a local folder of such a model or of a sentence encoder; otherwise as `load_image_teacher`.
    """
    place = pick_device(device)
    if str(spec) == "minilm":
        from pointrecon.teachers.minilm import load_minilm

        return load_minilm(place)
    from pointrecon.teachers.text_transformers import TransformersText

    return TransformersText(find_model(spec, TEXT_MODELS, ("minilm",), "text teacher"), place)
