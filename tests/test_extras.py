"""What is asked for where it is missing is in the extra that the message names."""

import re
import tomllib
from pathlib import Path

import pytest

import pointrecon

ROOT = Path(pointrecon.__file__).parent
CALLED = {
    "PIL": "pillow",
    "vtkmodules": "pyvista",
    "python_multipart": "python-multipart",
}  # a package's name where it is another, or what brings it
CALLED = {"PIL": "pillow", "vtkmodules": "pyvista", "python_multipart": "python-multipart"}
BROUGHT = {("huggingface_hub", "teachers"): "transformers"}


def test_every_extra_holds_what_is_imported_by_it() -> None:
    pyproject = ROOT.parents[1] / "pyproject.toml"
    if not pyproject.is_file():
        pytest.skip("installed, not a clone")
    extras = tomllib.loads(pyproject.read_text())["project"]["optional-dependencies"]
    asked = {
        pair
        for path in ROOT.rglob("*.py")
        for pair in re.findall(r'require\("(\w+)[\w.]*", "([\w-]+)"', path.read_text())
    }
    assert ("tokenizers", "offline-text") in asked
    assert ("transformers", "teachers") in asked
    for module, extra in sorted(asked):
        package = BROUGHT.get((module, extra), CALLED.get(module, module))
        assert package in {re.split(r"[\[<>=]", one)[0] for one in extras[extra]}, f"{module} is not in '{extra}'"
    assert not any(one.startswith("transformers") for one in extras["offline-text"])
