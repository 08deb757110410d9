"""Words beside shapes: the model's text query of each shape, and a text teacher's features of the words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pointrecon.errors import InputError
from pointrecon.retrieval.embedding_names import embedding_name
from pointrecon.retrieval.vectors import embed_missing, extracted, stored, unit_length

if TYPE_CHECKING:
    from pointrecon.shapes.table.collection import Shapes
    from pointrecon.shapes.table.shape_table import ShapeTable

_TEXT_SHARE = 0.25  # beside the image query where one teacher made both, as when naming (METHOD.md section 2)


@dataclass(frozen=True)
class WordSpace:
    """Where shapes and words can be compared: (M, D) float32 of length 1, and who reads the words."""

    values: np.ndarray
    teacher: Any
    templates: Any

    def vector(self, words: Sequence[str]) -> np.ndarray:
        """(D,) the mean of what the teacher says of these phrases, at length 1; InputError for an empty one."""
        from pointrecon.teachers.templates import text_class_matrix

        if any(not phrase.strip() for phrase in words):
            raise InputError('the words to search by are empty: say what the shape is, such as "a hex bolt"')
        return unit_length(text_class_matrix(self.teacher, list(words), self.templates).numpy().mean(0))


def word_space(model: Any, shapes: "Shapes", table: "ShapeTable | None", *, progress: bool) -> WordSpace:
    """The space of a model's text query; its image query counts too where one teacher made pictures and words.

    InputError for a model that no text teacher taught, or where its text teacher is not there.
    """
    from pointrecon.evaluation.inputs import resolve_model
    from pointrecon.evaluation.views_model import ViewsModel
    from pointrecon.shapes.door import as_shapes
    from pointrecon.teachers.hub import TEXT_MODELS
    from pointrecon.teachers.loading import load_text_teacher
    from pointrecon.teachers.minilm import same_encoder

    module, called = resolve_model(model)
    config: Any = module.config
    image, text = config.teachers.get("image"), config.teachers.get("text")
    both = image is not None and (image.hash == text.hash if text and text.hash else image.name in TEXT_MODELS)
    if text is None and not both:
        raise InputError(
            f"the model '{called}' cannot search by words, as no text teacher taught it: take one that was taught by "
            "one, such as made-nano"
        )
    reader = text or image
    teacher = load_text_teacher(reader.spec or reader.name, device="cpu")
    own = str(teacher.info.get("sha256", ""))
    if reader.hash and own and not same_encoder(reader.hash, own):
        raise InputError(
            f"the words would be read by other weights than those of '{reader.name}' that the model '{called}' "
            "learned from: install those again"
        )
    parts = []
    for kind in [*(["text"] if text else []), *(["image"] if both else [])]:
        feature = None if isinstance(module, ViewsModel) else kind
        if table is not None:
            embed_missing(table, model, feature=feature, progress=progress)
            _, blocks = stored(as_shapes(table), embedding_name(model, feature))
        else:
            _, blocks = extracted(shapes, model, feature=feature, progress=progress)
        values = np.concatenate([*blocks()])
        if len(values) != len(shapes):
            raise InputError(f"{shapes.name} was changed while its vectors were read: run the command again")
        parts.append((_TEXT_SHARE if kind == "text" and both else 1.0) * unit_length(values))
    return WordSpace(unit_length(np.sum(parts, axis=0)), teacher, list(reader.templates) or "released")
