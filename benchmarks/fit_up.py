"""How the up axis is told (`shapes import --up auto`): fit the small network on made shapes, or measure it.

    python -m benchmarks.fit_up fit -o src/pointrecon/shapes/importers/up_weights.yaml
    python -m benchmarks.fit_up measure made modelnet10 shapes69

`fit` makes 3,000 named shapes, spoils each (stretch, taper, lean and twist along an axis that has nothing to do with
up, so that those of making tell nothing; tilted by 3 degrees), and learns which of six directions is up. `measure`
takes other made shapes, the validation tenth of ModelNet10's training shapes (z up), and Shapes-69's training shapes
(any pose); both in POINTRECON_DATA.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import yaml
from torch.nn.functional import cross_entropy

from pointrecon.evaluation.splits import hold_out
from pointrecon.files import write_text
from pointrecon.screen import say
from pointrecon.shapes import ShapeArrays, as_shapes, make_shapes
from pointrecon.shapes.importers.up_axis import places_that_vote, up_probabilities, up_vote
from pointrecon.shapes.importers.up_hints import DIRECTIONS, up_hints

_HIDDEN, _DECAY, _STEPS, _CLIP = 16, 1.0, 600, 4.0
_BINS = (0.0, 0.4, 0.6, 0.8, 0.9, 1.01)


def made(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Clouds (count, 1024, 3) with y up, and their kinds."""
    arrays = make_shapes(count=count, family="named", points=1024, difficulty="easy", seed=seed, workers=1)
    assert isinstance(arrays, ShapeArrays)
    return arrays.points.astype(np.float64), arrays.label


def spoilt(cloud: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Changed along an axis that has nothing to do with up, sometimes turned about up, and tilted a little."""
    axis = int(rng.integers(3))
    x, y, z = (np.roll(cloud, -axis, 1) * (1 + rng.uniform(-0.25, 0.25, 3))).T
    level = (y - y.min()) / max(np.ptp(y), 1e-9) - 0.5
    width = 1 + rng.uniform(-0.5, 0.5) * level
    lean = rng.uniform(-0.2, 0.2, 2) * np.ptp(y) * (rng.random() < 0.7)
    angle = rng.uniform(-0.35, 0.35) * level * (rng.random() < 0.5)
    cos, sin = np.cos(angle), np.sin(angle)
    moved = [width * (cos * x + sin * z) + lean[0] * level, y, width * (cos * z - sin * x) + lean[1] * level]
    found = np.roll(np.stack(moved, 1), axis, 1)
    if rng.random() < 0.3:
        found = _turned(found, 1, rng.uniform(0, 2 * np.pi))
    for tilted in (0, 2):
        found = _turned(found, tilted, rng.normal() * np.radians(3))
    return found


def _turned(cloud: np.ndarray, axis: int, angle: float) -> np.ndarray:
    one, other = (n for n in range(3) if n != axis)
    turn = np.eye(3)
    turn[one, one] = turn[other, other] = np.cos(angle)
    turn[one, other], turn[other, one] = -np.sin(angle), np.sin(angle)
    return cloud @ turn.T


def fit(out: Path, count: int, seed: int) -> None:
    """Learn the weights and write them."""
    clouds, _ = made(count, seed)
    rng = np.random.default_rng(seed)
    hints = np.stack([up_hints(spoilt(cloud, rng)) for cloud in clouds])
    mean, scale = hints.mean((0, 1)), hints.std((0, 1)) + 1e-9
    inputs = torch.from_numpy(np.clip((hints - mean) / scale, -_CLIP, _CLIP)).float()
    torch.manual_seed(seed)
    hidden, last = torch.nn.Linear(hints.shape[2], _HIDDEN), torch.nn.Linear(_HIDDEN, 1, bias=False)
    optimizer = torch.optim.AdamW([*hidden.parameters(), *last.parameters()], 1e-2, weight_decay=_DECAY)
    right = torch.full((len(inputs),), DIRECTIONS.index("y"))
    for _ in range(_STEPS):
        loss = cross_entropy(last(torch.tanh(hidden(inputs)))[..., 0], right)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    weights = {"mean": mean, "scale": scale, "hidden": hidden.weight, "bias": hidden.bias, "out": last.weight[0]}
    told = {
        name: np.vectorize(lambda v: float(f"{v:.4g}"))(_plain(values)).tolist() for name, values in weights.items()
    }
    about = f"# of `up_axis`; made by: python -m benchmarks.fit_up fit --count {count} --seed {seed}\n"
    write_text(out, about + yaml.safe_dump(told, default_flow_style=None, width=120, sort_keys=False))
    say(f"written to {out}; loss {loss.item():.3f}")


def _plain(values: object) -> np.ndarray:
    return values.detach().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def clouds_of(name: str, count: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Clouds to measure on, their kinds, and the direction that is up in them ("" for none)."""
    if name == "made":
        return *made(count, 12), "y"
    file, up = {"modelnet10": ("modelnet10_1024.npz", "z"), "shapes69": ("shapes69_2048.npz", "")}[name]
    shapes = as_shapes(Path(os.environ["POINTRECON_DATA"]) / file)
    index = shapes.in_split("train")
    if name == "modelnet10":
        index = index[hold_out(shapes.label[index], 0.1, 0)]
    index = index[places_that_vote(len(index), count)]
    return shapes.load(index).points.astype(np.float64), shapes.label[index], up


def measure(names: Sequence[str], count: int) -> None:
    """Print, of each: how many shapes are right, by confidence; what all of them say, and samples of few."""
    for name in names:
        clouds, kinds, up = clouds_of(name, count)
        found = up_probabilities(clouds)
        say(f"\n{name}: {len(clouds)} shapes\n  vote of all: {up_vote(found).words()}")
        rng = np.random.default_rng(0)
        for few in (10, 30, 96):
            votes = [up_vote(found[rng.permutation(len(found))[:few]]).up for _ in range(200)]
            told = {axis: votes.count(axis) / 2 for axis in sorted(set(votes))}
            say(f"  votes of {few} drawn, 200 times, in per cent: " + ", ".join(f"{k} {v:g}" for k, v in told.items()))
        if up:
            votes = [up_vote(found[kinds == kind]).up for kind in np.unique(kinds)]
            good, none = votes.count(up), votes.count("unknown")
            say(f"  collections of one kind: {good} right, {none} unknown, {len(votes) - good - none} wrong")
            right, sure = found.argmax(1) == DIRECTIONS.index(up), found.max(1)
            axis = found.argmax(1) // 2 == DIRECTIONS.index(up) // 2
            say(f"  single shapes: direction {100 * right.mean():.1f}%, axis {100 * axis.mean():.1f}%")
            for low, high in zip(_BINS[:-1], _BINS[1:], strict=True):
                here = (sure >= low) & (sure < high)
                if here.any():
                    say(f"    confidence {low:g}-{min(high, 1):g}: {here.sum()}, {100 * right[here].mean():.0f}% right")


def main(argv: list[str]) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = parser.add_subparsers(dest="what", required=True)
    fitting, measuring = words.add_parser("fit"), words.add_parser("measure")
    fitting.add_argument("-o", "--out", type=Path, required=True)
    fitting.add_argument("--count", type=int, default=3000)
    fitting.add_argument("--seed", type=int, default=11)
    measuring.add_argument("names", nargs="+", choices=["made", "modelnet10", "shapes69"])
    measuring.add_argument("--count", type=int, default=400)
    values = parser.parse_args(argv)
    if values.what == "fit":
        fit(values.out, values.count, values.seed)
    else:
        measure(values.names, values.count)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
