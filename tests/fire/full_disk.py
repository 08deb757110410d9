"""Every writing command on a disk that is full at some moment, or read-only; then there is room, and it goes on."""

import shutil
import subprocess
from pathlib import Path

import numpy as np

from fire.findings import Findings
from fire.forked_calls import Ended, call, compute, import_everything
from fire.kills import reference
from fire.scene_digest import digest_of, leftover
from fire.writing_commands import WRITING, Writing

_PAGE, _ROOM = 4096, 256 << 20
_REFUSED = ("No space left on device", "Read-only file system", "cannot be written")


def fill(name: str, trials: int, folder: Path, seed: int) -> Findings:
    """Calls of one command on disks with room for a seeded share of what it writes, then one on a read-only disk."""
    import_everything()
    this, found, rng = WRITING[name], Findings(), np.random.default_rng([seed, *name.encode()])
    start, before, after, *_ = reference(name, folder)
    (start / "tmp").mkdir(exist_ok=True)
    small, grown = (_size(place) for place in (start, folder / f"{name}-done" / start.name))
    for number in range(trials + 1):
        place, read_only = folder / f"{name}-{number}" / start.name, number == trials
        place.mkdir(parents=True)
        room = _ROOM if read_only else small + int(rng.integers(0, max(grown - small, 8 * _PAGE))) // _PAGE * _PAGE
        _run("mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "fire", str(place))
        try:
            shutil.copytree(start, place, dirs_exist_ok=True)
            _run("mount", "-o", "remount,ro" if read_only else f"remount,size={room}", str(place))
            ended = call(place, this.words.split())
            _run("mount", "-o", f"remount,rw,size={_ROOM}", str(place))
            if fault := _fault(this, ended, place, before, after):
                found.broken.append(f"{'read-only' if read_only else f'room for {room - small} bytes'}: {fault}")
            found.counts["refused" if ended.status else "done"] += 1
        finally:
            _run("umount", str(place))
        shutil.rmtree(place.parent)
    return found


def _fault(this: Writing, ended: Ended, place: Path, before: dict[str, str], after: dict[str, str]) -> str:
    """What is wrong with how a call ended, with what is there then, or with what the next call makes of it."""
    last = (ended.words.strip().splitlines() or [""])[-1]
    if "Traceback" in ended.words or "panicked" in ended.words or ended.status not in (0, 1, 2):
        return f"status {ended.status}: {ended.words[-1200:]}"
    if ended.status == 2 and not (last.startswith("pointrecon: ") and any(word in last for word in _REFUSED)):
        return f"another sentence: {ended.words[-500:]}"
    if ended.status == 2 and not any(mark in last for mark in "('"):
        return f"no path: {last}"
    if ended.orphans:
        return f"{ended.orphans} processes left"
    _, now = compute(place, lambda: digest_of(place))
    wanted = after if ended.status == 0 else None
    if wanted is None:
        lost = [key for key in before if key.startswith(this.keeps or ("none",)) and now.get(key) not in (before[key],)]
        lost = [key for key in lost if now.get(key) != after.get(key)]
        if lost and not any(".replaced" in key or key.startswith(".new-") for key in now):
            return f"lost: {lost[:4]}"
        more = f" {this.again}" if this.again else ""
        ended = call(place, (this.words + more).split())
        if ended.status:
            return f"the next call fails: {ended.words[-800:]}"
        _, now = compute(place, lambda: digest_of(place))
    other = sorted(key for key in now.keys() | after.keys() if now.get(key) != after.get(key) and not leftover(key))
    if wanted is not None:  # what is kept for the next search may be missing where there was no room for it
        other = [key for key in other if ".search/" not in key]
    if other:
        return f"other than of an uninterrupted call: {other[:6]}"
    left = [key for key in now if leftover(key) and key not in after]
    return f"left over: {left[:5]}" if left else ""


def _size(folder: Path) -> int:
    """Bytes that a folder takes on a disk of pages."""
    return sum(-(-path.lstat().st_size // _PAGE) * _PAGE for path in folder.rglob("*") if path.is_file())


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
