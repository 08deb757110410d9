"""Puts a run's model among those that come along: its weights in half precision, its facts and its card.

python -m benchmarks.ready_model runs/made-mini made-mini --notes notes.md --protocol "..." --naming 0.08

``--notes`` is what the card says besides (Markdown); ``{hash}`` in it becomes the SHA-256 of the weights, which
``READY`` in ``models/files/ready.py`` must have (it is printed). ``--naming`` is what `benchmarks.calibrate` found.
"""

import argparse
import hashlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path


def main(argv: list[str]) -> int:
    """Write the folder; see the module."""
    from safetensors.torch import save

    from pointrecon.errors import InputError
    from pointrecon.models.files.card import model_card
    from pointrecon.models.files.folder import load_model, save_model
    from pointrecon.models.files.ready import ready_folder

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", help="a run or model folder")
    parser.add_argument("name", help="such as made-mini")
    parser.add_argument("--notes", type=Path, required=True)
    parser.add_argument("--protocol", required=True)
    parser.add_argument("--naming", type=float, required=True, help="temperature")
    parser.add_argument("--license", default="MIT")
    parser.add_argument("--overwrite", action="store_true")
    values = parser.parse_args(argv)
    folder = ready_folder(values.name)
    if folder.exists():
        if not values.overwrite:
            raise InputError(f"'{folder}' is there already; --overwrite replaces it")
        shutil.rmtree(folder)
    model = load_model(values.run)
    halves = {k: (v.half() if v.is_floating_point() else v).contiguous() for k, v in model.state_dict().items()}
    model.load_state_dict({name: value.to(model.state_dict()[name].dtype) for name, value in halves.items()})
    content = save(halves)
    digest = hashlib.sha256(content).hexdigest()
    model.facts = replace(
        model.facts, group=f"recon {model.config.size} {values.name}", metrics={}, license=values.license,
        calibration={"naming": values.naming}, protocol=values.protocol,
        notes=values.notes.read_text(encoding="utf-8").strip().replace("{hash}", digest),
    )  # fmt: skip
    save_model(model, folder)
    (folder / "model.safetensors").write_bytes(content)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config.pop("weights_sha256", None)  # that of the whole ones
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    card = model_card(load_model(folder)).replace(
        f"# ReCon {model.config.size}", f"# {values.name} (ReCon {model.config.size})"
    )
    (folder / "README.md").write_text(card.replace('"this-folder"', f'"{values.name}"'), encoding="utf-8")
    print(f'"{values.name}": "{digest}"  # {len(content) / 1e6:.1f} MB')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
