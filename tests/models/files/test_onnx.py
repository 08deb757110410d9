"""Models as ONNX files: the same answers as PyTorch's, without it, and nothing left that is not whole and right."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from plus_models import plus_model, transfer_model
from pointrecon.errors import InputError
from pointrecon.models import Head, ModelFacts, OnnxModel, Teacher, create_model, export, load_model, weights_hash
from pointrecon.models.files import onnx_export
from pointrecon.models.files.onnx_clouds import drawn_places, prepared
from small import SMALL

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

TEXT = {"text": Teacher("words", 4, "", "ab" * 32, ["a {}."])}
CLASSES = ["nut", "bolt", "cog"]
SHALLOW = SMALL | {"depth": 1}
MODELS: dict[str, Any] = {
    "classes": lambda: create_model("nano", seed=0, **SHALLOW, teachers=TEXT, head=Head("mlp3", CLASSES)),
    "plus": lambda: transfer_model(depth=1, channels=6, teachers={"image": Teacher("one", 6)}),
    "scattered": plus_model,
    "large": lambda: plus_model(embedding="large", layer_scale=True),
    "parts": lambda: create_model("nano", seed=0, **SMALL, head=Head("parts", ["leg", "seat", "back"], 2)),
    "plus-parts": lambda: transfer_model(channels=6, class_query=False, head=Head("parts", CLASSES, 2)),
    "towers": lambda: create_model("nano", seed=0, **SMALL, streams="towers", skip_origin=True),
    "shared": lambda: create_model("nano", seed=0, **SMALL, streams="shared"),
    "made-nano": lambda: load_model("made-nano"),
    "made-mini": lambda: load_model("made-mini"),
}
QUICK = ("classes", "plus")
FEATURES = {"classes": ["recon", "text"], "plus": ["all", "image"], "scattered": ["recon", "text"]}


def lively(model: Any) -> Any:
    """Batch norms as after training: folded wrongly, they would tell."""
    generator = torch.Generator().manual_seed(0)
    for norm in model.modules():
        if isinstance(norm, torch.nn.BatchNorm1d):
            for values, low in ((norm.running_mean, -0.2), (norm.running_var, 0.5)):
                values.copy_(low + torch.rand(len(values), generator=generator))
    return model.eval()


def points(count: int, clouds: int = 5) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((clouds, count, 3)) * 3 + 20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, known = tmp_path_factory.mktemp("onnx"), {}

    def make(name: str) -> tuple[Any, Path]:
        if name not in known:
            model = MODELS[name]() if name.startswith("made") else lively(MODELS[name]())
            if name == "classes":
                model.facts = ModelFacts(method="finetune/full", license="MIT", notes="of tests")
            done = export(model, folder / f"{name}.onnx", feature=FEATURES.get(name, "recon"))
            known[name] = model.eval(), done.out
        return known[name]

    return make


@pytest.mark.parametrize("name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in MODELS])
def test_answers_are_the_models(name: str, made: Any) -> None:
    model, path = made(name)
    file = OnnxModel(path)
    given = points(150)
    clouds = model.prepare(given, up="z")
    mine = file.prepare(given, up="z")
    assert np.allclose(mine, clouds.numpy(), atol=1e-6)
    for feature in FEATURES.get(name, ["recon"]):
        projected = feature in model.projections
        right = model.project(model.encode(clouds), feature) if projected else model.features(clouds, feature)
        for size in (2, 32):
            assert differ(file.features(mine, feature, batch_size=size), right) < 1e-5
    if "scores" in file.outputs:
        category = np.array([0, 1, 0, 1, 1]) if name.endswith("parts") else None
        told = {} if category is None else {"category": torch.from_numpy(category)}
        assert differ(file(mine, category), model(clouds, **told)) < 1e-5
        assert file.classes == model.config.head.classes


def differ(one: np.ndarray, other: torch.Tensor) -> float:
    right = other.detach().numpy()
    assert one.shape == right.shape
    return float(np.abs(one - right).max() / np.abs(right).max())


def test_farthest_points_are_a_loop(made: Any) -> None:
    import onnx

    graph = onnx.load(made("plus")[1]).graph
    assert [node.op_type for node in graph.node].count("Loop") == 2  # farthest points, and the row of patches
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    assert not any(node.metadata_props for node in graph.node), "places of this machine"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyTorch's selection leaves points in another order")
@pytest.mark.parametrize(("total", "count"), [(97, 96), (700, 512), (5000, 512), (40_000, 512), (3000, 2048)])
def test_the_same_points_are_drawn_as_by_torch(total: int, count: int) -> None:
    draw = torch.rand(1, total, generator=torch.Generator().manual_seed(0))
    assert drawn_places(total, count).tolist() == draw.topk(count, dim=1, sorted=False).indices[0].tolist()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyTorch's selection leaves points in another order")
@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "int16", ">f4"])
def test_clouds_are_prepared_as_by_the_model(kind: str) -> None:
    model = create_model("nano", seed=0, **SMALL)
    for count in (20, 96, 97, 1000, 8191):
        cloud = points(count, 1)[0].astype(kind) * (100 if kind == "int16" else 1)
        theirs = model.prepare(cloud, up="x").numpy()
        assert np.allclose(prepared(cloud, 96, up_from="x", up_to="y"), theirs, atol=1e-7), count


def test_colors_are_prepared_as_by_the_model(made: Any) -> None:
    model, path = made("plus")
    file, given = OnnxModel(path), points(80, 2)
    bright = np.random.default_rng(1).integers(0, 256, given.shape)
    for colors in (None, bright, bright / 255, list(bright)):
        assert np.allclose(file.prepare(given, colors), model.prepare(given, colors).numpy(), atol=1e-6)
    joined = np.concatenate([given, bright / 255], 2)
    assert np.array_equal(file.prepare(joined), file.prepare(given, bright / 255))
    for wrong, said in ((bright[:, :5], "shape of the points"), (-bright / 255, "not 0 to 1")):
        with pytest.raises(InputError, match=said):
            file.prepare(given, wrong)


BLOCKED = """
import sys
for name in ("torch", "onnx", "onnxscript", "scipy", "sklearn", "safetensors", "yaml", "rich", "lightning_fabric"):
    sys.modules[name] = None
import numpy, pointrecon
model = pointrecon.OnnxModel(sys.argv[1])
clouds = model.prepare(numpy.load(sys.argv[2]))
numpy.savez(sys.argv[3], features=model.features(clouds), scores=model(clouds))
"""


def test_it_is_used_without_torch(made: Any, tmp_path: Path) -> None:
    model, path = made("classes")
    np.save(tmp_path / "points.npy", given := points(300))
    words = [sys.executable, "-c", BLOCKED, path, tmp_path / "points.npy", tmp_path / "out.npz"]
    subprocess.run(words, check=True, timeout=60)
    found, clouds = np.load(tmp_path / "out.npz"), model.prepare(given)
    assert differ(found["features"], model.features(clouds)) < 1e-5
    assert differ(found["scores"], model(clouds)) < 1e-5


def test_the_documented_lines_use_it_without_the_package(made: Any, tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/onnx.md").read_text(encoding="utf-8")
    lines = next(part for part in page.split("```python\n")[1:] if "InferenceSession" in part).split("```")[0]
    (tmp_path / "made-nano.onnx").write_bytes(made("classes")[1].read_bytes())
    np.save(tmp_path / "points.npy", given := points(96))
    script = "import sys; sys.modules['torch'] = sys.modules['pointrecon'] = None\nimport numpy\n"
    script += f"clouds = numpy.load('points.npy')\n{lines}\nnumpy.save('out.npy', vectors)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=tmp_path)
    model = made("classes")[0]
    order = np.random.default_rng(0).choice(96, 96, replace=False)  # as the page draws
    assert differ(np.load(tmp_path / "out.npy"), model.features(model.prepare(given[:, order]))) < 1e-5


def test_what_travels_with_a_model_travels_in_the_file(made: Any) -> None:
    import onnx

    model, path = made("classes")
    told = {one.key: one.value for one in onnx.load(path).metadata_props}
    facts = json.loads(told["pointrecon"])
    assert told["license"] == "MIT"
    assert "of tests" in told["card"]
    assert facts["model"]["head"]["classes"] == CLASSES
    assert facts["model"]["teachers"]["text"]["templates"] == ["a {}."]
    assert facts["input"] == {
        **{"points": 96, "channels": 3, "scaling": "mean 0, largest radius 1", "up": "y", "colors": "none"}
    }
    assert facts["outputs"] == {"recon": 64, "text": 4, "scores": 3}
    assert facts["weights_hash"] == weights_hash(model)


def test_files_that_are_damaged_or_others_are_refused(made: Any, tmp_path: Path) -> None:
    whole = made("classes")[1].read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    cases = {
        "flipped": (bytes(damaged), "is damaged, or was changed"),
        "cut": (whole[: len(whole) // 2], "is no ONNX file that 'pointrecon export' wrote, or it lost its end"),
        "longer": (whole + b"x", "is damaged, or was changed"),
        "empty": (b"", "is no ONNX file"),
    }
    for name, (content, said) in cases.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=said):
            OnnxModel(tmp_path / name)
    with pytest.raises(InputError, match="there is no file"):
        OnnxModel(tmp_path / "missing.onnx")
    with pytest.raises(InputError, match="is a folder"):
        OnnxModel(tmp_path)
    with pytest.raises(InputError, match="pointrecon.OnnxModel"):
        load_model(made("classes")[1])


def test_clouds_that_do_not_fit_are_refused(made: Any) -> None:
    file = OnnxModel(made("classes")[1])
    clouds = file.prepare(points(96))
    for wrong, said in (
        (clouds[:, :50], r"\(batch, 96, 3\), not \(5, 50, 3\)"),
        (clouds * 3, "cloud 0 is not prepared"),
        (clouds + np.nan, "not finite"),
    ):
        with pytest.raises(InputError, match=said):
            file.features(wrong)
    with pytest.raises(InputError, match="no feature 'image'"):
        file.features(clouds, "image")
    with pytest.raises(InputError, match="told no categories"):
        file(clouds, np.zeros(5, int))
    with pytest.raises(InputError, match="no colors"):
        file.prepare(points(96), points(96))
    for wrong, said in (
        (np.ones((96, 3)), "all equal"),
        (["a"], "must be numbers"),
        (np.full((9, 3), np.inf), "finite"),
    ):
        with pytest.raises(InputError, match=said):
            file.prepare(wrong)
    assert file.features(clouds[:0]).shape == (0, 64)


def test_a_file_that_answers_otherwise_is_not_left(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, path = made("classes")
    monkeypatch.setattr(onnx_export, "_content", lambda *_: path.read_bytes())
    export(model, tmp_path / "same.onnx", feature=["recon", "text"])
    with torch.no_grad():
        model.head[-1].bias[0] += 0.01
    with pytest.raises(InputError, match="would answer otherwise than the model"):
        export(model, tmp_path / "other.onnx", feature=["recon", "text"])
    assert [one.name for one in tmp_path.iterdir()] == ["same.onnx"]
    with torch.no_grad():
        model.head[-1].bias[0] -= 0.01


def test_bad_requests_are_told_before_anything_is_made(tmp_path: Path) -> None:
    model = create_model("nano", seed=0, **SMALL)
    (tmp_path / "there.onnx").write_text("x")
    for how, said in (
        ({"out": "model.pt"}, "call it something.onnx"),
        ({"out": "there.onnx"}, "exists already"),
        ({"feature": "pathces"}, "did you mean 'patches'"),
        ({"feature": "image"}, "no feature 'image'"),
        ({"feature": []}, "no feature is named"),
        ({"points": 5}, "fewer than this model's 12 patches"),
        ({"points": 2.5}, "a whole number"),
        ({"model": torch.nn.Linear(3, 3)}, "a Linear cannot be exported"),
    ):
        asked = {"model": model, "out": "new.onnx", **how}
        with pytest.raises(InputError, match=said):
            export(**asked | {"out": tmp_path / asked["out"]})
    assert [one.name for one in tmp_path.iterdir()] == ["there.onnx"]
