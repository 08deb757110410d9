"""Templates that captions and class names are put into: the 60 of the released method, one's own, the class matrix."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pointrecon.errors import InputError
from pointrecon.files import text_lines
from pointrecon.readable import readable

if TYPE_CHECKING:
    from torch import Tensor

    from pointrecon.teachers.protocol import TextTeacher

_KINDS = ("3D model", "rendering model", "point cloud", "point cloud model", "3D rendering model",
          "rendering image", "3D rendering image")  # fmt: skip
_PREFIXES = ("", "A ", "A model of ", "A model of a ", "A image of ", "A image of a ",
             *(f"A {kind} of {article}" for kind in _KINDS for article in ("", "a ")))  # fmt: skip
_ENDINGS = (".", " with white background.", " with black context.")

# METHOD.md section 3: 20 prefixes times 3 endings, the released code's grammar included
RELEASED_TEMPLATES: tuple[str, ...] = tuple(f"{prefix}{{}}{ending}" for prefix in _PREFIXES for ending in _ENDINGS)
PLAIN_TEMPLATES: tuple[str, ...] = ("{}",)


def load_templates(given: str | Path | Sequence[str] = "plain") -> tuple[str, ...]:
    """The templates a user asked for; ``{}`` stands for the caption.

    Args:
        given: "plain": the caption as it is. "released": the 60 of the released method. A path: a text
            file, one template a line (empty lines and lines starting with ``#`` are skipped). A string with
            ``{}``: that template. A sequence: these templates.

    Raises:
        InputError: no such file, no templates, or one without exactly one ``{}``.
    """
    if given in ("plain", "released"):
        return PLAIN_TEMPLATES if given == "plain" else RELEASED_TEMPLATES
    if isinstance(given, str) and "{}" in given:
        return _checked([(given, f"the template '{given}'")], "the template")
    if isinstance(given, str | Path):
        return _from_file(Path(given))
    if not isinstance(given, Iterable):
        raise InputError(f"templates are texts with '{{}}', or the name of a file, not {given!r}")
    return _checked([(str(t), f"template {i + 1} ('{t}')") for i, t in enumerate(given)], "the list of templates")


def templates_name(templates: Sequence[str]) -> str | list[str]:
    """ "plain" or "released" where they are those, else the templates themselves."""
    names = {PLAIN_TEMPLATES: "plain", RELEASED_TEMPLATES: "released"}
    return names.get(tuple(templates)) or list(templates)


def apply(templates: Sequence[str], caption: str) -> list[str]:
    """Put a caption into every template.

    A full stop at the caption's end is dropped where the template goes on after it; with the template ``{}``
    the caption stays exactly as it is.
    """
    text = caption.strip()
    return [t.replace("{}", text if t.endswith("{}") else text.removesuffix(".")) for t in templates]


def encode_filled(
    teacher: "TextTeacher", captions: Sequence[str], templates: Sequence[str], batch_size: int
) -> "Tensor":
    """(S, T, D) float32, the features of S captions in T templates, at most ``batch_size`` encoded at once."""
    import torch

    texts = [text for caption in captions for text in apply(templates, caption)]
    found = [teacher.encode(texts[i : i + batch_size]) for i in range(0, len(texts), batch_size)]
    return torch.cat(found).view(len(captions), len(templates), -1)


def text_class_matrix(
    teacher: "TextTeacher",
    names: Sequence[str],
    templates: str | Path | Sequence[str] = "released",
    *,
    batch_size: int = 256,
) -> "Tensor":
    """One unit vector per class, to compare zero-shot features with by cosine.

    A class's features under all templates (see `load_templates`) are summed, then normalized (METHOD.md section 3).
    Class names are made `readable` first.

    Returns:
        (K, D) float32.

    Raises:
        InputError: no class names, or an empty one.
    """
    import torch

    names = [readable(name) for name in names]
    if not names or not all(names):
        raise InputError("zero-shot needs a name for every class: the list of class names is empty or has an empty one")
    features = encode_filled(teacher, names, load_templates(templates), batch_size)
    return torch.nn.functional.normalize(features.sum(1), dim=1)


def _from_file(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        raise InputError(
            f"templates '{path}': neither 'plain', 'released' nor a file; write a text file with one template "
            "a line, {} standing for the caption"
        )
    try:
        lines = text_lines(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"templates '{path}' is not a text file in UTF-8: write one template a line") from error
    rows = [(line.strip(), f"line {i + 1} of '{path}'") for i, line in enumerate(lines)]
    return _checked([row for row in rows if row[0] and not row[0].startswith("#")], f"'{path}'")


def _checked(rows: Sequence[tuple[str, str]], where: str) -> tuple[str, ...]:
    if not rows:
        raise InputError(f"{where} holds no template: write one a line, with {{}} for the caption")
    for text, place in rows:
        if text.count("{}") != 1:
            raise InputError(f"{place} needs exactly one {{}}, where the caption goes")
    return tuple(text for text, _ in rows)
