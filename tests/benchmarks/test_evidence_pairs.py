"""Pairs for evidence are what they are called, and all of them are written."""

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks.evidence_pairs import made, main, marked, stored

from pointrecon.errors import InputError

SHAPE = (np.random.default_rng(0).normal(size=(12, 3)), np.arange(12).reshape(4, 3))


def test_a_mark_is_no_mirror_image_of_itself() -> None:
    vertices, faces = marked(*SHAPE, np.random.default_rng(0))
    corners = vertices[faces[-4:]].reshape(-1, 3)
    edges = np.linalg.norm(np.unique(corners, axis=0)[:, None] - np.unique(corners, axis=0), axis=2)
    assert len(np.unique(edges[np.triu_indices(4, 1)].round(9))) == 6
    assert len(faces) == 8


def test_digits_are_those_of_files() -> None:
    seen = set()
    for seed in range(8):
        vertices, _ = stored(*SHAPE, np.random.default_rng(seed))
        assert 0 < np.abs(vertices - SHAPE[0]).max() < 1e-5
        seen.add(bool((vertices == vertices.astype(np.float32)).all()))
    assert seen == {True, False}


def test_a_pair_knows_its_scale() -> None:
    a, b, told = made("rescaled", SHAPE, None, np.random.default_rng(0))
    spans = [np.linalg.norm(v[:, None] - v, axis=2).max() for v, _ in (a, b)]
    assert spans[1] / spans[0] == pytest.approx(told["scale"], rel=1e-4)


def test_every_pair_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "meshes/odd"
    folder.mkdir(parents=True)
    for name, seed in (("a", 1), ("b", 2)):
        vertices = np.random.default_rng(seed).normal(size=(12, 3))
        lines = ["v " + " ".join(map(str, v)) for v in vertices] + [f"f {k} {k + 1} {k + 2}" for k in (1, 4, 7, 10)]
        (folder / f"{name}.obj").write_text("\n".join(lines))
    out = tmp_path / "e.json"
    assert main([str(tmp_path / "meshes"), "-o", str(out), "--pairs", "8", "--half", "all"]) == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["said"] for row in rows[:6]] == [
        "identical",
        "rescaled",
        "mirrored",
        "mirrored",
        "remeshed",
        "remeshed",
    ]
    assert "| identical | 1 | 1 |" in out.with_suffix(".md").read_text()
    with pytest.raises(InputError, match="there is no 'odd'"):
        main([str(tmp_path), "-o", str(out), "--kinds", "odd"])
