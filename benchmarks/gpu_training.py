"""Pre-training within a given time: each run's schedule is fitted to its seconds, then probed on validation shapes.

    python -m benchmarks.gpu_training OUT made.npz --validation shapes69.npz modelnet10.npz --plan plan.json

The plan is a JSON list of runs: each a "name", "epochs" or "seconds" (all in all, or "rest"; some steps are tried
first, unless "speed" tells samples a second), "recipe" and "keep", and any pre-training settings. "best_of" names
earlier runs: the settings of the one that does best on validation shapes come first. A line for each goes into
OUT/runs.jsonl as it ends. The weights of those that say "keep" are written beside it in half precision, as a tar of a
model folder cut into pieces (``cat NAME.tar.* | tar x``).
"""

import argparse
import io
import json
import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

PIECE = 15 * 2**20  # bytes of a file of weights
PROBES = 10  # seconds that what follows the last step may take
TRIAL = 60  # steps that tell the speed of a run


def main(argv: list[str]) -> int:
    """Train every run of the plan in turn; 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("table", help="the shapes to learn from, taught")
    parser.add_argument("--validation", nargs="*", default=[], help="labeled tables with the splits train and val")
    parser.add_argument("--plan", required=True, help="a JSON file")
    parser.add_argument("--seconds", type=float, default=600, help='all there are: "rest" in the plan is what is left')
    values = parser.parse_args(argv)

    from pointrecon.shapes.door import as_shapes
    from pointrecon.training.validation import validation_probe

    out, began = Path(values.out), time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    shapes = as_shapes(values.table)
    probes = {Path(table).stem: validation_probe(as_shapes(table)) for table in values.validation}
    say(f"{len(shapes)} shapes and {len(probes)} validation tables ready after {time.monotonic() - began:.1f} s")
    failed, told = 0, dict[str, dict[str, Any]]()
    for run in json.loads(Path(values.plan).read_text(encoding="utf-8")):
        left = values.seconds - (time.monotonic() - began)
        if run.get("seconds") == "rest":
            run["seconds"] = left - PROBES
        if left < run.get("seconds", 0) or left < 0:
            say(f"{run['name']}: no time left")
            continue
        try:
            line = train(from_best(run, told), shapes, probes, out)
            told[run["name"]] = {"run": run, "mean": mean(line["validation"])}
        except Exception as error:  # the next run may do
            failed, line = 1, {"name": run["name"], "failed": f"{type(error).__name__}: {error}"}
        say(json.dumps(line))
        with (out / "runs.jsonl").open("a", encoding="utf-8") as file:
            print(json.dumps(line), file=file)
    return failed


def from_best(run: dict[str, Any], told: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The run with the settings of the best of those it names, where it does not say otherwise."""
    names = [name for name in run.get("best_of", []) if name in told]
    if not names:
        return run
    best = max(names, key=lambda name: told[name]["mean"])
    say(f"{run['name']}: as {best}, the best on validation shapes ({told[best]['mean']:.4f})")
    mixed = {**told[best]["run"], **{key: value for key, value in run.items() if key not in ("best_of", "train")}}
    mixed["train"] = {**told[best]["run"].get("train", {}), **run.get("train", {})}
    return {
        key: value for key, value in mixed.items() if key in run or key not in ("epochs", "seconds", "speed", "keep")
    }


def mean(validation: dict[str, dict[str, float]]) -> float:
    """Over all probes and tables."""
    values = [value for found in validation.values() for value in found.values()]
    return sum(values) / max(len(values), 1)


def train(run: dict[str, Any], shapes: Any, probes: dict[str, Any], out: Path) -> dict[str, Any]:
    """One run; what is told of it.

    Args:
        run: of the plan.
        shapes: to learn from.
        probes: table → what measures a model on it.
        out: where kept weights go.
    """
    from pointrecon import load_model, pretrain

    settings = {
        key: value for key, value in run.items() if key not in ("name", "seconds", "speed", "epochs", "recipe", "keep")
    }
    given = {"init": "none", "recipe": run.get("recipe", "nano"), **settings}
    own = {"probe_every": 0, "checkpoint_minutes": 60.0, "log_every": 200, **settings.get("train", {})}
    began = time.monotonic()
    epochs, trial = run.get("epochs"), 0.0
    if speed := run.get("speed"):
        epochs = max(int(run["seconds"] * speed / len(shapes)), 1)
    with tempfile.TemporaryDirectory() as scratch:
        if epochs is None:  # what compiles in the trial lies ready for the run
            given["train"] = {**own, "epochs": 10_000, "stop_after": TRIAL, "log_every": TRIAL // 2}
            pretrain(shapes, f"{scratch}/trial", **given)
            given["train"] = {**given["train"], "stop_after": 2 * TRIAL}
            pretrain(out=f"{scratch}/trial", data=shapes, resume=True, train={"stop_after": 2 * TRIAL})
            speed = metrics(scratch, "trial")[-1]["samples_per_second"]
            trial = time.monotonic() - began
            # what was compiled for the trial is read again for the run
            epochs = max(int(0.95 * (run["seconds"] - 4 * trial / 3) * speed / len(shapes)), 1)
        given["train"] = {**own, "epochs": epochs}
        outcome = pretrain(shapes, f"{scratch}/run", **given)
        trained = time.monotonic()
        model = load_model(f"{scratch}/run/model")
        if torch.cuda.is_available():
            model = model.cuda()
        found = {name: probe(model) for name, probe in probes.items()}
        if run.get("keep"):
            keep(Path(f"{scratch}/run/model"), out / f"{run['name']}.tar")
        losses = [line for line in metrics(scratch, "run") if "loss" in line]
        shutil.copy(f"{scratch}/run/metrics.jsonl", out / f"{run['name']}.metrics.jsonl")
    return {
        "name": run["name"], "epochs": epochs, "samples": epochs * len(shapes), "trial_seconds": round(trial, 1),
        "train_seconds": round(trained - began - trial, 1), "probe_seconds": round(time.monotonic() - trained, 1),
        "samples_per_second": outcome.samples_per_second, "peak_memory": outcome.peak_memory, "loss": outcome.loss,
        "last": losses[-1] if losses else {}, "validation": found, "settings": given,
    }  # fmt: skip


def metrics(scratch: str, name: str) -> list[dict[str, Any]]:
    """The lines of a run's metrics."""
    lines = Path(f"{scratch}/{name}/metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def keep(folder: Path, tar: Path) -> None:
    """A model folder as a tar in pieces, its weights in half precision."""
    from safetensors.torch import load_file, save_file

    for weights in folder.glob("*.safetensors"):
        halves = {name: t.half() if t.is_floating_point() else t for name, t in load_file(weights).items()}
        save_file(halves, weights)
        content = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        content.pop("weights_sha256", None)  # that of the whole ones
        (folder / "config.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as file:
        file.add(folder, arcname=tar.stem)
    whole = packed.getvalue()
    for number, start in enumerate(range(0, len(whole), PIECE)):
        Path(f"{tar}.{number}").write_bytes(whole[start : start + PIECE])


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
