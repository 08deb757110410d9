"""Class names as words, by one rule everywhere."""

from pointrecon.evaluation.class_words import class_words
from pointrecon.readable import readable
from pointrecon.shapes.importers.manifest import Entry, with_class_captions
from pointrecon.teachers.templates import text_class_matrix
from tiny_teachers import CountingText

NAMES = {
    "AircraftBuoyant": "aircraft buoyant", "night_stand": "night stand", "Musical_Instrument": "musical instrument",
    "CNCPart-2": "cnc part 2", " t-shirt ": "t shirt", "plain": "plain",
}  # fmt: skip


def test_class_names_as_words() -> None:
    assert {name: readable(name) for name in NAMES} == NAMES
    assert [readable(words) for words in NAMES.values()] == list(NAMES.values())


def test_captions_words_and_prompts_agree() -> None:
    teacher, entries = CountingText(), [Entry(path, name, label=name) for path, name in zip(NAMES, NAMES, strict=True)]  # type: ignore[arg-type]
    text_class_matrix(teacher, list(NAMES), "plain")
    captions = [entry.captions[0] for entry in with_class_captions(entries)]
    assert teacher.asked == class_words(None, list(NAMES), "table") == captions == list(NAMES.values())
