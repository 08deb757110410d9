"""The released templates, templates of one's own, and the class matrix."""

from pathlib import Path

import pytest
import torch

from pointrecon.errors import InputError
from pointrecon.teachers import RELEASED_TEMPLATES, text_class_matrix
from pointrecon.teachers.templates import apply, load_templates
from tiny_teachers import CountingText


def test_there_are_sixty_different_released_templates() -> None:
    assert len(RELEASED_TEMPLATES) == len(set(RELEASED_TEMPLATES)) == 60
    assert {"{}.", "A model of a {}.", "A 3D rendering image of a {} with black context."} <= set(RELEASED_TEMPLATES)
    assert all(template.count("{}") == 1 for template in RELEASED_TEMPLATES)


def test_a_plain_caption_stays_as_it_is_and_a_template_takes_its_full_stop() -> None:
    assert apply(["{}"], "A red chair.") == ["A red chair."]
    assert apply(["A model of {}.", "See: {}"], "a red chair.") == ["A model of a red chair.", "See: a red chair."]
    assert apply(["{} {x}"], "{}") == ["{} {x}"]  # braces in captions are only text


def test_templates_from_a_file_a_list_and_a_string(tmp_path: Path) -> None:
    path = tmp_path / "templates.txt"
    path.write_text("# mine\n\na part called {}\n{} made of steel\n")
    assert load_templates(path) == load_templates(str(path)) == ("a part called {}", "{} made of steel")
    assert load_templates(["one {}"]) == load_templates("one {}") == ("one {}",)
    assert load_templates() == load_templates("plain") == ("{}",)
    assert load_templates("released") == RELEASED_TEMPLATES


@pytest.mark.parametrize(("text", "says"), [("", "no template"), ("a {}\nno place\n", "line 2 of")])
def test_a_bad_template_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "templates.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        load_templates(path)


def test_other_bad_templates_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfa{}")
    for bad, says in (
        (tmp_path / "missing.txt", "nor a file"),
        (tmp_path / "binary", "UTF-8"),
        ([], "no template"),
        (["{} {}"], "exactly one"),
    ):
        with pytest.raises(InputError, match=says):
            load_templates(bad)


def test_class_matrix_sums_the_templates_and_has_unit_rows() -> None:
    teacher = CountingText()
    templates = ["{}", "a {}."]
    matrix = text_class_matrix(teacher, ["night_stand", "sofa"], templates, batch_size=3)
    expected = torch.stack([teacher.encode(apply(templates, n)).sum(0) for n in ("night stand", "sofa")])
    assert torch.allclose(matrix, torch.nn.functional.normalize(expected, dim=1))
    for empty in ([], ["chair", " "]):
        with pytest.raises(InputError, match="a name for every class"):
            text_class_matrix(teacher, empty)
