"""``python -m tests.fire``: readers and commands under fire, as long as one likes; a small share is in the suite."""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that this runs as a module and its files as the tests' do

from fire.coverage_fuzz import fuzz
from fire.good_files import good_files
from fire.other_kinds import OTHERS

EXAMPLES = """examples:
  python -m tests.fire files --count 3000                mutated files over all formats and other kinds
  python -m tests.fire files --formats obj,ply --count 100000 --seconds 600
  python -m tests.fire fuzz obj --seconds 600            guided by coverage (pip install atheris)
  python -m tests.fire kills --trials 1000               commands killed at any moment, and called again
  python -m tests.fire kills --commands import,make --seed 7
  python -m tests.fire races --trials 50                 two processes at once
  python -m tests.fire disk --trials 5                   full and read-only disks (as root)
  python -m tests.fire flips --trials 200                one bit flipped in each kind of file"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fire", epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    files = commands.add_parser("files", help="read files mutated at random")
    files.add_argument("--count", type=int, default=3000, help="files over all kinds")
    files.add_argument("--formats", default="", help="such as obj,ply,recipe,checkpoint; all if left out")
    files.add_argument("--seconds", type=float, default=np.inf, help="at most, for each format")
    files.add_argument("--seed", type=int, default=0)
    files.add_argument("--keep", type=Path, help="the folder for files that break a promise")
    guided = commands.add_parser("fuzz", help="let atheris look for inputs that break a reader")
    guided.add_argument("format")
    guided.add_argument("--seconds", type=int, default=600)
    guided.add_argument("--keep", type=Path, help="the folder for the corpus and what it found")
    kills = commands.add_parser("kills", help="kill commands that write, and call them again")
    kills.add_argument("--trials", type=int, default=1000)
    kills.add_argument("--commands", default="", help="such as make,import-overwrite; all if left out")
    kills.add_argument("--seconds", type=float, default=np.inf, help="at most, all together")
    kills.add_argument("--seed", type=int, default=0)
    kills.add_argument("--keep", type=Path, help="the folder to work in")
    for name, what in (
        ("races", "two commands at once for one place"),
        ("disk", "writing commands on a disk that is full at some moment, or read-only (as root, on Linux)"),
        ("flips", "one bit flipped in what is written"),
    ):
        tried = commands.add_parser(name, help=what)
        tried.add_argument("--trials", type=int, default=50, help="of each")
        tried.add_argument("--only", default="", help="names with commas; all if left out")
        tried.add_argument("--seed", type=int, default=0)
        tried.add_argument("--keep", type=Path, help="the folder to work in")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp(prefix="fire-"))
    folder.mkdir(parents=True, exist_ok=True)
    if args.command == "fuzz":
        return fuzz("." + args.format.lstrip("."), folder, args.seconds)
    if args.command == "kills":
        from fire.kills import kill_trials
        from fire.writing_commands import WRITING

        outcome = kill_trials(
            _asked(args.commands, WRITING), args.trials, folder, args.seed, seconds=args.seconds, tell=True
        )
        print(f"{outcome}" + (f", in {folder}" if outcome.broken else ""))
        return 1 if outcome.broken else 0
    if args.command in ("races", "disk", "flips"):
        return each(args.command, args.only, args.trials, folder, args.seed)
    from fire.file_trials import trials

    formats = ",".join(one if one in OTHERS else "." + one.lstrip(".") for one in args.formats.split(",") if one)
    kinds = _asked(formats, [*good_files(), *OTHERS])
    broken = 0
    for kind in kinds:
        findings = trials(kind, folder, -(-args.count // len(kinds)), args.seed, args.seconds)
        broken += len(findings.broken)
        print(f"{kind.lstrip('.'):14} {findings}", flush=True)
        for told in findings.broken[:20]:
            print(f"      {told}")
    print(f"{broken} findings" + (f", the files are in {folder}" if broken else ""))
    return 1 if broken else 0


def each(command: str, only: str, count: int, folder: Path, seed: int) -> int:
    """So many trials of each race, writing command or kind of file; a line each."""
    from fire.flips import KINDS, flips
    from fire.full_disk import fill
    from fire.race_list import RACES
    from fire.races import race
    from fire.writing_commands import WRITING

    way, names = {"races": (race, RACES), "disk": (fill, WRITING), "flips": (flips, KINDS)}[command]
    broken = 0
    for name in _asked(only, names):
        outcome = way(name, count, folder, seed)
        broken += len(outcome.broken)
        print(f"{name:20} {outcome}", flush=True)
        for told in outcome.broken[:20]:
            print(f"      {told}")
    print(f"{broken} findings")
    return 1 if broken else 0


def _asked(only: str, names: Iterable[str]) -> list[str]:
    """The names with commas between them; all where none is given. Ends the program where one is unknown."""
    asked, known = [one for one in only.split(",") if one], list(names)
    if unknown := [one for one in asked if one not in known]:
        print(f"'{unknown[0]}' is none of {', '.join(known)}", file=sys.stderr)
        sys.exit(2)
    return asked or known


if __name__ == "__main__":
    sys.exit(main())
