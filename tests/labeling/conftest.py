"""A text teacher of three numbers that knows a few words, in the place of every text teacher."""

import numpy as np
import pytest
import torch

WORDS = {"along x": [1, 0, 0], "along y": [0, 1, 0], "along z": [0, 0, 1], "flat": [1, 1, 0], "upright": [0, 1, 0.02]}


class Speaker:
    width = 3

    def __init__(self, spec: str, device: str = "cpu") -> None:
        self.name, self.info = spec, {"sha256": "of words"}


@pytest.fixture
def spoken(monkeypatch) -> list[str]:
    """What was read to it."""
    import pointrecon.teachers as room

    asked: list[str] = []

    def matrix(teacher, names, templates):
        asked.extend(names)
        found = np.array([WORDS.get(name, [0.3, 0.3, 0.3]) for name in names], np.float32)
        return torch.from_numpy(found / np.linalg.norm(found, axis=1, keepdims=True))

    monkeypatch.setattr(room, "load_text_teacher", Speaker, raising=False)
    monkeypatch.setattr(room, "text_class_matrix", matrix, raising=False)
    return asked
