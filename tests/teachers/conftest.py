"""No test here reaches the network; model folders are made once a session."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pointrecon.shapes.table.arrays import ShapeArrays
from pointrecon.shapes.table.shape_table import ShapeTable, create_table
from pointrecon.shapes.table.table_meta import TableMeta


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function: the folder of a tiny model of this kind."""
    pytest.importorskip("transformers")
    root = tmp_path_factory.mktemp("models")

    def folder(kind: str) -> Path:
        from tiny_teachers import save_model

        place = root / f"tiny-{kind}"
        return place if place.exists() else save_model(kind, place)

    return folder


@pytest.fixture
def shapes() -> ShapeArrays:
    """Seven shapes of 64 points; the captions: two, one shared with another, none, ..."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(7, 64, 3)) * rng.uniform(0.1, 1, size=(7, 1, 3))
    points /= np.linalg.norm(points, axis=2).max(1)[:, None, None]
    captions = [["a chair", "red chair."], ["a chair"], [], ["a table"], [" "], ["A table with two legs."], ["a chair"]]
    return ShapeArrays.from_points(points, captions=captions, up="z", id=[f"s{i}" for i in range(7)])


@pytest.fixture(params=["npz", "lance"])
def table(request: pytest.FixtureRequest, tmp_path: Path, shapes: ShapeArrays) -> ShapeTable:
    if request.param == "lance":
        pytest.importorskip("lancedb")
    made = create_table(tmp_path / f"shapes.{request.param}", TableMeta(up="z"))
    made.append(shapes)
    return made
