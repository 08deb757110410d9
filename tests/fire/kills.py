"""Commands killed at any moment and called again: nothing is lost, in the way or left over, and no result differs."""

import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fire.command_inputs import make_input
from fire.forked_calls import Ended, call, compute, import_everything
from fire.scene_digest import digest_of, leftover
from fire.writing_commands import WRITING, Writing

_SCENE = "scene"  # some commands name what they write after a model's folder
_TIMED = 0.4  # share of the kills that come after a time; the others come before a file operation
_TWICE = 0.2  # share of the trials whose second call is killed, too


class Reference(NamedTuple):
    """A command as it goes when nothing disturbs it."""

    scene: Path  # the folder that it is called in
    before: dict[str, str]  # digests
    after: dict[str, str]
    operations: int
    seconds: float


@dataclass
class Kills:
    """What came of trials: how many, the calls that were killed before their end, and what broke a promise."""

    trials: Counter = field(default_factory=Counter)
    killed: Counter = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{name:24} {self.trials[name]:5} trials, {self.killed[name]:5} kills" for name in self.trials]
        total = f"{self.trials.total()} trials, {self.killed.total()} kills, {len(self.broken)} findings"
        return "\n".join([*lines, total])


def kill_trials(
    names: Sequence[str], count: int, folder: Path, seed: int = 0, *, seconds: float = np.inf, tell: bool = False
) -> Kills:
    """So many trials, commands by turns, until the time is over; folders of those that broke a promise stay."""
    import_everything()
    found, began = Kills(), time.monotonic()
    references: dict[str, Reference] = {}
    for number in range(count):
        if time.monotonic() - began > seconds:
            break
        name = names[number % len(names)]
        if name not in references:
            references[name] = reference(name, folder)
        findings = _trial(name, references[name], folder, seed, number, found)
        told = [f"{name}, seed {seed}, trial {number}: {what}" for what in findings]
        found.broken += told
        if tell:
            for line in told:
                print(line, file=sys.stderr, flush=True)
            if number % 100 == 99:
                print(f"{number + 1} trials, {len(found.broken)} findings", file=sys.stderr, flush=True)
    return found


def reference(name: str, folder: Path) -> Reference:
    """Make what a command needs, and call it undisturbed; RuntimeError where that already fails."""
    one, scene, done = WRITING[name], folder / name / _SCENE, folder / f"{name}-done" / _SCENE
    scene.mkdir(parents=True)
    for needed in one.needs:
        compute(scene, partial(make_input, needed, scene))
    for words in one.before:
        if words.startswith("+"):
            compute(scene, partial(make_input, words[1:], scene))
            continue
        _good(call(scene, words.split()), words)
    shutil.copytree(scene, done)
    ended = _good(call(done, one.words.split()), one.words)
    (_, before), (_, after) = (compute(place, partial(digest_of, place)) for place in (scene, done))
    return Reference(scene, before, after, ended.operations, ended.seconds)


def _good(ended: Ended, words: str) -> Ended:
    if ended.status:
        raise RuntimeError(f"'{words}' fails undisturbed, with status {ended.status}: {ended.words}")
    return ended


def _trial(name: str, known: Reference, folder: Path, seed: int, number: int, found: Kills) -> Iterable[str]:
    """Kill a command, call it again; what breaks a promise."""
    one, rng = WRITING[name], np.random.default_rng([seed, number])
    place = folder / f"{name}-{number}" / _SCENE
    shutil.copytree(known.scene, place)
    first = one.words.split()
    again = [*first, *one.again.split()]
    findings: list[str] = []
    moments = []
    for turn in range(1 + (rng.random() < _TWICE)):
        if rng.random() < _TIMED:
            moment = {"seconds": float(rng.uniform(0.0, 1.1 * known.seconds))}
        else:
            moment = {"operation": int(rng.integers(1, known.operations + 1))}
        moments.append(" ".join(f"{key} {value:.4g}" for key, value in moment.items()))
        ended = call(place, again if turn else first, **moment)  # type: ignore[arg-type]
        found.killed[name] += ended.status == -9
        if ended.orphans:
            findings.append(f"{ended.orphans} processes went on without it")
        if ended.status not in (-9, 0, 2):
            findings.append(f"status {ended.status}: {ended.words[-400:]}")
        if ended.status != -9:
            break
        if one.keeps:
            findings += _lost(one, known, compute(place, partial(digest_of, place))[1])
    found.trials[name] += 1
    last, have = compute(place, partial(digest_of, place), again)
    if last.status and have != known.after:
        findings.append(f"the next call ends with status {last.status}: {last.words[-500:]}")
    else:
        findings += _differences(known.after, have)
    if not findings:
        shutil.rmtree(place.parent)
    return [f"({', then '.join(moments)}) {what}" for what in findings]


def _lost(one: Writing, known: Reference, have: dict[str, str]) -> list[str]:
    """What a kill took away of what is to stay until the new is whole."""
    findings = []
    for kept in one.keeps:
        right = [_below(kept, some) for some in (known.before, known.after)]
        mine = _below(kept, have)
        if mine not in right and _below(kept, _set_aside(have)) not in right:
            findings.append(f"lost: {kept} is neither as before nor as after: {mine}")
    return findings


def _below(start: str, digest: dict[str, str]) -> dict[str, str]:
    starts = (start if start.endswith("/") else start + ":",)
    return {key: mark for key, mark in digest.items() if key == start or key.startswith(starts)}


def _set_aside(have: dict[str, str]) -> dict[str, str]:
    """What was moved out of the way of something new, by the names it had."""
    aside = {key.replace(".replaced/", ""): mark for key, mark in have.items() if ".replaced/" in key}
    # while it is moved, some of it is still in its place; the next call takes back what is not
    moving = {key.replace(".replacing/", ""): mark for key, mark in have.items()}
    return aside or moving


def _differences(right: dict[str, str], have: dict[str, str]) -> list[str]:
    more = {re.sub(r"(\.part|\.old|\.parts|\.replaced)/.*", r"\1", key) for key in have.keys() - right.keys()}
    findings = [f"left over: {key}" if leftover(key) else f"too much: {key}" for key in sorted(more)]
    findings += [f"missing: {key}" for key in right.keys() - have.keys()]
    both = right.keys() & have.keys()
    return findings + [f"differs: {key}: {right[key]}, {have[key]}" for key in both if right[key] != have[key]]
