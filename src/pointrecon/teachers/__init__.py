"""Room teachers: frozen image and text models whose features guide pre-training; prompts; `teach`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointrecon.teachers.loading import load_image_teacher, load_text_teacher
    from pointrecon.teachers.prompts import RELEASED_TEMPLATES, text_class_matrix
    from pointrecon.teachers.protocol import ImageTeacher, TextTeacher
    from pointrecon.teachers.teaching import Taught, teach

_HOME = {
    "ImageTeacher": "pointrecon.teachers.protocol",
    "TextTeacher": "pointrecon.teachers.protocol",
    "RELEASED_TEMPLATES": "pointrecon.teachers.prompts",
    "text_class_matrix": "pointrecon.teachers.prompts",
    "load_image_teacher": "pointrecon.teachers.loading",
    "load_text_teacher": "pointrecon.teachers.loading",
    "Taught": "pointrecon.teachers.teaching",
    "teach": "pointrecon.teachers.teaching",
}

__all__ = [
    "RELEASED_TEMPLATES",
    "ImageTeacher",
    "Taught",
    "TextTeacher",
    "load_image_teacher",
    "load_text_teacher",
    "teach",
    "text_class_matrix",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'pointrecon.teachers' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
