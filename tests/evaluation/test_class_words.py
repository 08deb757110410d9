"""What classes are called."""

import pytest

from pointrecon.errors import InputError
from pointrecon.evaluation.class_words import class_words

CLASSES = ["hex_bolt", "pipe", "washer"]


def test_a_class_is_called_by_its_name_unless_told() -> None:
    assert class_words(None, CLASSES, "t") == ["hex bolt", "pipe", "washer"]
    assert class_words(["a", " b ", "c"], CLASSES, "t") == ["a", "b", "c"]
    assert class_words({"pipe": "a long tube"}, CLASSES, "t") == ["hex bolt", "a long tube", "washer"]


def test_a_file_lists_or_maps(tmp_path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("# machine parts\nbolt\n\ntube\nring\n")
    assert class_words(file, CLASSES, "t") == ["bolt", "tube", "ring"]
    file.write_text("washer: a flat ring\nhex_bolt: a bolt: hexagonal\n")
    assert class_words(str(file), CLASSES, "t") == ["a bolt: hexagonal", "pipe", "a flat ring"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("bolt\ntube\n", "2 class names were given, but the table t has 3 classes"),
        ("pipes: tubes\n", "has no class 'pipes'; did you mean 'pipe'"),
        ("pipe:\n", "the class 'pipe' has no words"),
        (b"\xff\xfe\x00", "not a text file"),
        (None, "there is no file"),
    ],
)
def test_misfits_are_named(tmp_path, content, says) -> None:
    file = tmp_path / "names.txt"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=says):
        class_words(file, CLASSES, "t")


def test_names_with_colons_and_hashes_are_still_names(tmp_path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("# part: numbers\n#4: screw: a screw\n#4: a bolt\nDIN: 125 : a washer\n")
    assert class_words(file, ["#4", "#4: screw", "DIN: 125"], "t") == ["a bolt", "a screw", "a washer"]
