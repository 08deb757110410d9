"""Importing the package and asking for help load nothing heavy, and every command's help has examples."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import pointrecon.cli

HEAVY = {
    *("torch", "lightning", "lightning_fabric", "torchmetrics", "safetensors", "sklearn", "scipy"),
    *("lancedb", "lance", "pyarrow", "pandas", "transformers", "tokenizers", "huggingface_hub"),
    *("trimesh", "laspy", "h5py", "networkx", "pyvista", "vtk", "vtkmodules", "skimage", "PIL", "cascadio", "DracoPy"),
    *("matplotlib", "plotly", "tensorboard", "sentence_transformers"),
    *("onnx", "onnxruntime", "onnxscript", "fastapi", "starlette", "uvicorn", "mcp", "anyio"),
}

# Runs in a fresh interpreter. Per step: newly loaded heavy modules, exit status or error, the printed text.
WALK = """
import contextlib, io, json, sys
heavy, words = set(json.loads(sys.argv[1])), json.loads(sys.argv[2])
loaded = lambda: {name.split(".")[0] for name in sys.modules} & heavy
report = []
import pointrecon
report.append(["import pointrecon", sorted(loaded()), 0, ""])
from pointrecon.cli.main import main
for argv in words:
    before, screen = loaded(), io.StringIO()
    with contextlib.redirect_stdout(screen):
        try:
            status = main(argv)
        except SystemExit as stop:
            status = stop.code
        except Exception as error:
            status = repr(error)
    report.append([" ".join(argv), sorted(loaded() - before), status or 0, screen.getvalue()])
print(json.dumps(report))
"""


def command_words() -> list[list[str]]:
    """Every command, and every sub-command of `shapes`, from the files that hold them."""
    from pointrecon.cli.main import COMMANDS

    called = {module: [command] for command, (module, _) in COMMANDS.items()}
    folder = Path(pointrecon.cli.__file__).parent
    names = {path.stem for path in folder.glob("*.py")} - {"__init__", "main", "parser"}
    return [[], *(called.get(name, name.split("_", 1)) for name in sorted(names))]


@pytest.fixture(scope="module")
def walk() -> list[list]:
    words = [[*command, "--help"] for command in command_words()]
    done = subprocess.run(
        [sys.executable, "-c", WALK, json.dumps(sorted(HEAVY)), json.dumps(words)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nothing_heavy_is_loaded(walk) -> None:
    assert {step: heavy for step, heavy, *_ in walk if heavy} == {}


def test_every_help_ends_well(walk) -> None:
    assert {step: status for step, _, status, _ in walk if status} == {}


def test_every_help_has_examples(walk) -> None:
    assert [step for step, _, _, text in walk[1:] if "examples:" not in text] == []


def test_every_listed_command_has_its_file() -> None:
    from pointrecon.cli.main import COMMANDS

    folder = Path(pointrecon.cli.__file__).parent
    assert {module for module, _ in COMMANDS.values()} <= {path.stem for path in folder.glob("*.py")}
