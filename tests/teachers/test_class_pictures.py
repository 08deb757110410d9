"""Pictures of classes become one feature each."""

import numpy as np
import pytest
import torch
from PIL import Image

from pointrecon.errors import InputError
from pointrecon.teachers.class_pictures import picture_class_matrix


class Eye:
    """Sees how red, green and blue pictures are; together, also how many there were."""

    name, width, info, size, shading = "eye", 3, {}, 8, "light"

    def __init__(self, together: bool = False) -> None:
        self.together = together
        self.seen: list[tuple[int, ...]] = []

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        self.seen.append(tuple(images.shape))
        return images.mean((1, 3, 4)) if self.together else images.mean((2, 3))


@pytest.fixture
def folder(tmp_path):
    def paint(path: str, color: tuple[int, int, int]) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 12), color).save(file)

    paint("Hex-Bolt/1.png", (255, 0, 0))
    paint("Hex-Bolt/2.JPG", (255, 0, 0))
    paint("pipe/first/1.png", (0, 255, 0))
    paint("pipe/second/1.png", (0, 0, 255))
    paint("pipe/second/2.png", (0, 0, 255))
    paint("other/1.png", (9, 9, 9))
    (tmp_path / "pipe" / "notes.txt").write_text("not a picture")
    return tmp_path


def test_every_picture_counts_once(folder) -> None:
    eye = Eye()
    found = picture_class_matrix(eye, folder, ["pipe", "hex_bolt"])
    expected = np.array([[0, 1 / 3, 2 / 3], [1, 0, 0]])
    assert np.allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=0.02)
    assert eye.seen == [(3, 3, 8, 8), (2, 3, 8, 8)]
    one_by_one = picture_class_matrix(Eye(), folder, ["pipe", "hex_bolt"], batch_size=1)
    assert torch.allclose(found, one_by_one)


def test_the_pictures_of_one_folder_are_one_shapes_views_for_a_teacher_that_wants_them_so(folder) -> None:
    eye = Eye(together=True)
    found = picture_class_matrix(eye, folder, ["pipe"])
    assert eye.seen == [(1, 1, 3, 8, 8), (1, 2, 3, 8, 8)]  # a shape of one view and one of two
    assert np.allclose(found, np.array([[0, 1, 1]]) / 2**0.5, atol=0.02)


def test_what_is_missing_is_named(folder) -> None:
    with pytest.raises(InputError, match="no folder for the class 'washer'"):
        picture_class_matrix(Eye(), folder, ["pipe", "washer"])
    with pytest.raises(InputError, match="there is no folder"):
        picture_class_matrix(Eye(), folder / "none", ["pipe"])
    (folder / "washer").mkdir()
    with pytest.raises(InputError, match="no pictures .* for the class 'washer'"):
        picture_class_matrix(Eye(), folder, ["washer"])
    (folder / "washer" / "1.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"washer/1.png' is not a picture"):
        picture_class_matrix(Eye(), folder, ["washer"])
