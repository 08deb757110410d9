"""Which axis points up: an estimate for each shape, and the vote of a collection, whose files mostly share theirs.

A small network scores each of six directions by `up_hints`; `benchmarks.fit_up` fits it on shapes made here alone,
whose poses are known, and measures it on others.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from pointrecon.progress import plural
from pointrecon.screen import say
from pointrecon.shapes.importers.import_writer import ImportReport
from pointrecon.shapes.importers.up_hints import DIRECTIONS, up_hints

AUTO = "auto"  # in the place of an axis
LOOKED_AT = 96  # shapes of a collection that vote
_SHARE, _AHEAD = 0.4, 2.0  # of the shapes must agree, surely so; and so many times as many as for the next direction
_FEW, _CONFIDENT = 4, 0.9  # up to so few shapes must all agree, each with this probability
_DOUBT = 1.64  # standard errors: 95% on one side
_CLIP = 4.0  # standard deviations


@dataclass(frozen=True)
class UpVote:
    """What a collection says.

    Attributes:
        up: "x", "y" or "z"; "unknown" where it is not sure, or where the shapes stand on their heads.
        direction: the one most shapes agree on, such as "z" or "-z", sure or not; "" without shapes.
        share: of the shapes that agree on it. runner_up, next_share: the next direction, and its share.
        shapes: how many voted. confidence: the mean probability of this direction over them.
    """

    up: str
    direction: str
    share: float
    runner_up: str
    next_share: float
    shapes: int
    confidence: float
    sure: bool  # of the direction, be it upside down

    def words(self) -> str:
        """For the screen: the estimate, and what it rests on."""
        if not self.shapes:
            return "unknown: no shape was looked at"
        told = f"{100 * self.share:.0f}% of {plural(self.shapes, 'shape')} looked at stand so"
        told += f", {100 * self.next_share:.0f}% as if {self.runner_up} were up" if self.next_share else ""
        if self.shapes == 1:
            told = f"{100 * self.confidence:.0f}% confidence"
        if self.up != "unknown":
            return f"{self.up}, estimated: {told}"
        if self.sure:
            return f"unknown: they seem to stand on their heads, with {self.direction} up ({told}); turn them"
        return f"unknown: {self.direction} is the likeliest, but unsure ({told}); --up says it"


def up_probabilities(clouds: Any) -> np.ndarray:
    """(M, 6) of clouds (M, N, 3), how likely each of `DIRECTIONS` is up in each: its confidence."""
    scores = np.array([_scores(up_hints(points)) for points in clouds]).reshape(-1, len(DIRECTIONS))
    scores = np.exp(scores - scores.max(1, keepdims=True, initial=-np.inf))
    return scores / scores.sum(1, keepdims=True)


def up_vote(probabilities: np.ndarray) -> UpVote:
    """What shapes say together, from (M, 6) of `up_probabilities`: each has one vote, for its likeliest direction."""
    count = len(probabilities)
    if not count:
        return UpVote("unknown", "", 0.0, "", 0.0, 0, 0.0, False)
    shares = np.bincount(probabilities.argmax(1), minlength=len(DIRECTIONS)) / count
    first, second = (int(n) for n in np.argsort(-shares, kind="stable")[:2])
    direction, share, following = DIRECTIONS[first], float(shares[first]), float(shares[second])
    own = probabilities[:, first]
    sure = bool(own.min() >= _CONFIDENT) if count <= _FEW else _sure(share, following, count)
    up = direction if sure and not direction.startswith("-") else "unknown"
    return UpVote(up, direction, share, DIRECTIONS[second], following, count, float(own.mean()), sure)


def places_that_vote(count: int, most: int = LOOKED_AT) -> np.ndarray:
    """Places of the shapes that vote, of ``count``: all, or ``most`` spread evenly over them."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).round().astype(np.int64))


def voters(shapes: Any, *, show: bool = False) -> list[Any]:
    """Of all shapes those that vote; ``show`` says on standard error how many files are looked at."""
    asked = [shapes[place] for place in places_that_vote(len(shapes))]
    if show:
        say(f"up axis: {plural(len(asked), 'file')} of {len(shapes)} are looked at first", file=sys.stderr)
    return asked


def who_tells(settings: Mapping[str, Any]) -> str:
    """Who tells the up axis of an import's shapes, as a fact of them."""
    return "estimated" if settings["up_estimated"] else "user"


def take_vote(settings: dict[str, Any], report: ImportReport, shapes: Sequence[Any]) -> None:
    """Put the axis that shapes agree on into an import's settings, and its words into the report.

    Shapes are points (N, 3), or what reading a file gave: a cloud, or why there is none. Where the formats of
    all shapes prescribe one axis, it is that one, and nothing is estimated.
    """
    shapes = [shape for shape in shapes if not isinstance(shape, str)]
    told = {getattr(shape, "facts", {}).get("up", "") for shape in shapes}
    if len(told) == 1 and "" not in told:
        settings["up"] = told.pop()
        report.up_words = f"{settings['up']}, as the format prescribes"
        return
    vote = up_vote(up_probabilities([getattr(shape, "points", shape) for shape in shapes]))
    settings["up"], settings["up_estimated"] = vote.up, vote.up != "unknown"
    report.up_words = vote.words()


def _sure(share: float, following: float, count: int) -> bool:
    """Whether the share is far ahead, and above `_SHARE` among many more such shapes too (Wilson's lower bound)."""
    square = _DOUBT**2 / count
    middle, spread = share + square / 2, np.sqrt(square * (share * (1 - share) + square / 4))
    return bool((middle - spread) / (1 + square) >= _SHARE and share >= _AHEAD * following)


def _scores(hints: np.ndarray) -> np.ndarray:
    weights = _weights()
    inputs = np.clip((hints - weights["mean"]) / weights["scale"], -_CLIP, _CLIP)
    return np.tanh(inputs @ weights["hidden"].T + weights["bias"]) @ weights["out"]


@cache
def _weights() -> dict[str, np.ndarray]:
    import yaml

    text = files("pointrecon.shapes.importers").joinpath("up_weights.yaml").read_text("utf-8")
    return {name: np.array(values) for name, values in yaml.safe_load(text).items()}
