"""Where the folders of a source name splits and classes: decided once for all its files, from the folders alone."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from pointrecon.errors import InputError, did_you_mean

SPLIT_NAMES = {
    "train": "train", "training": "train", "test": "test", "testing": "test",
    "val": "val", "valid": "val", "validation": "val",
}  # fmt: skip
_LIKE_SPLITS = re.compile(  # train_set, split_test, val2
    r"(?:^|[\W_])(train|test|val)(?:ing|id|idation)?(?:[\W_]*(?:set|data|split|\d+))?(?:$|[\W_])", re.IGNORECASE
)
LABELS_FROM = ("auto", "first", "parent", "none")
_IN_NAMES = ("{class}_#", "{class}-#", "{class} #", "{class}.#", "{class}#", "#_{class}")  # chair_0001.off
SPLITS_FROM = ("auto", "folders", "none")
# folders named after what files are, not after what they show
_KINDS = {
    "obj",
    "off",
    "stl",
    "ply",
    "glb",
    "3mf",
    "step",
    "stp",
    "iges",
    "igs",
    "gltf",
    "xyz",
    "txt",
    "csv",
    "pts",
    "npy",
    "npz",
    "pcd",
    "e57",
    "las",
    "laz",
    "h5",
}


@dataclass(frozen=True)
class Layout:
    """What the folders on the way to a file say.

    Attributes:
        labels: "first" or "parent", the folder that names the class, "none", or a pattern (see `check_labels_from`).
        around: how many folders around everything name no class.
        split: level of the folders that name splits, 0 those directly in the source; None where none do.
    """

    labels: str = "first"
    around: int = 0
    split: int | None = None

    def split_level(self, folders: Sequence[str]) -> int | None:
        """Which of a file's folders names its split, None where none does.

        Where the one at the usual level does not, or is called train, any other with a split's name does: what lies in
        a folder called test is never trained on because of where that one lies.
        """
        if self.split is None:
            return None
        levels = [level for level, name in enumerate(folders) if _is_split(name)]
        if self.split in levels:
            held_out = [
                level for level in levels if level > self.split and SPLIT_NAMES[folders[level].lower()] != "train"
            ]
            return held_out[0] if held_out and SPLIT_NAMES[folders[self.split].lower()] == "train" else self.split
        return levels[0] if levels else None

    def split_of(self, folders: Sequence[str]) -> str | None:
        """ "train", "val" or "test", or None where the folders do not tell."""
        level = self.split_level(folders)
        return None if level is None else SPLIT_NAMES[folders[level].lower()]

    def class_of(self, path: PurePath) -> str:
        """The class of a file, its path given from the source on; "" for none."""
        if "{class}" in self.labels:
            parts = [*path.parts[:-1], path.stem][-len(self.labels.split("/")) :]
            match = re.fullmatch(_expression(self.labels), "/".join(parts), flags=re.DOTALL)
            return match["name"] if match else ""
        folders = list(path.parts[:-1])
        level = self.split_level(folders)
        splits = {level, self.split if level is not None else None}
        named = [name for i, name in enumerate(folders) if i >= self.around and not (i in splits and _is_split(name))]
        if self.labels == "none" or not named:
            return ""
        return named[0] if self.labels == "first" else named[-1]


def check_labels_from(labels_from: str) -> None:
    """Raise InputError for neither a word of `LABELS_FROM` nor a pattern.

    A pattern is a file's name without suffix, or the end of its path, with {class} for the class (as short as it can
    be), * for any text and # for a number: ``{class}_#`` finds night_stand in night_stand_0012.off.
    """
    if labels_from in LABELS_FROM or labels_from == "folder":  # "folder": what tables before this say
        return
    if labels_from.count("{class}") != 1 or labels_from.startswith("/"):
        hint = did_you_mean(labels_from, LABELS_FROM, "a pattern has {class} in it once, such as '{class}_#'")
        raise InputError(f"labels cannot come from '{labels_from}': use {', '.join(LABELS_FROM)} or a pattern; {hint}")


def decide(files: Sequence[PurePath], labels_from: str = "auto", splits_from: str = "auto") -> tuple[Layout, list[str]]:
    """The layout of a source, and what is doubtful about it, a sentence each with the option that settles it.

    Args:
        files: their paths from the source on; only the folders count.
        labels_from: where classes come from; "auto" takes the first sub-folder, unless that makes no sense.
        splits_from: "auto" takes folders for splits that stand side by side as splits do, "folders" every folder with a
            split's name, "none" takes none.
    """
    chains = [path.parts[:-1] for path in files]
    automatic = labels_from == "auto"
    around = _around(chains, splits=splits_from != "none") if automatic else 0
    split, doubts = _split_level(chains, around, splits_from)
    layout = Layout("first" if labels_from in ("auto", "folder") else labels_from, around, split)
    if split is not None:
        doubts += _outside(files, layout)
    if splits_from != "none":
        doubts += _like_splits(chains)
    if around:
        shown = "/".join(chains[0][:around])
        doubts.append(f"all lies in {shown}, which is taken for no class: --labels-from first takes it for one")
    if automatic and (reason := _no_classes(files, layout)):
        layout = Layout("none", around, split)
        doubts.append(f"{reason}, so classes are not taken from folders: --labels-from first takes them")
    if "{class}" in labels_from:
        unfit = [path.as_posix() for path in files if not layout.class_of(path)]
        if len(unfit) == len(files):
            raise InputError(f"no file fits the pattern '{labels_from}', such as {unfit[0]}: see --help for patterns")
        if unfit:
            doubts.append(f"{_of(unfit, files)} do not fit '{labels_from}', such as {unfit[0]}, and get no class")
    counts = Counter(name for path in files if (name := layout.class_of(path)))
    if automatic and not counts:
        doubts += _classes_in_names(files)
    if automatic and split is not None and len(counts) == 1:
        doubts.append(f"there is one class only, {next(iter(counts))}: --labels-from none leaves it out")
    if len(counts) > 2 and max(counts.values()) == 1:
        doubts.append("each class has one shape: --labels-from none leaves out names that are not of classes")
    return layout, doubts


def _is_split(name: str) -> bool:
    return name.lower() in SPLIT_NAMES


def _like_splits(chains: Sequence[tuple[str, ...]]) -> list[str]:
    """A doubt about folders that are called much as splits are, and are taken for none."""
    like = {name: found[1].lower() for chain in set(chains) for name in chain if (found := _LIKE_SPLITS.search(name))}
    other = sorted(name for name in like if not _is_split(name))
    if not other or "train" not in like.values() or len(set(like.values())) < 2:
        return []
    return [f"the folders {', '.join(other[:4])} are taken for no splits: rename them train, val and test if they are"]


def _around(chains: Sequence[tuple[str, ...]], *, splits: bool) -> int:
    """How many folders lie around everything, and name nothing, as those below name classes of several shapes."""
    common = 0
    while all(len(chain) > common and chain[common] == chains[0][common] for chain in chains):
        if _is_split(chains[0][common]):
            break
        common += 1
    for depth in range(common + 1):
        rest = [[name for name in chain[depth:] if not (splits and _is_split(name))] for chain in chains]
        counts = Counter(names[0] for names in rest if names)
        if len(counts) > 1 and counts.total() * 2 > len(chains) and max(counts.values()) > 1:
            return depth
    return 0


def _split_level(chains: Sequence[tuple[str, ...]], start: int, splits_from: str) -> tuple[int | None, list[str]]:
    """The level whose folders are splits, and doubts about it. "Train" among "Bus" and "Ship" is a class."""
    if splits_from == "none" or not any(_is_split(name) for chain in chains for name in chain):
        return None, []
    if splits_from == "folders":
        return start, []
    doubts = []
    for level in range(start, max(map(len, chains))):
        siblings: dict[tuple[str, ...], set[str]] = {}
        for chain in chains:
            if len(chain) > level:
                siblings.setdefault(chain[:level], set()).add(chain[level])
        names = set().union(*siblings.values())
        ours = {name for name in names if _is_split(name)}
        if not ours:
            continue
        both = any(len({SPLIT_NAMES[name.lower()] for name in own & ours}) > 1 for own in siblings.values())
        held_out = any(SPLIT_NAMES[name.lower()] != "train" for name in ours)
        # far below the classes a lone folder called "test" may be anything
        if both or (level <= start + 1 and (held_out or ours == names)):
            return level, []
        beside = _several(sorted(names - ours))
        doubts.append(
            f"the folder {_several(sorted(ours))} is taken for no split"
            + (f", as it stands beside {beside}" if beside else "")
            + ": --splits-from folders takes it for one"
        )
    return None, doubts[:1]


def _outside(files: Sequence[PurePath], layout: Layout) -> list[str]:
    """What is said of files that lie in no split's folder, or in one at another depth than the others'."""
    levels = [layout.split_level(path.parts[:-1]) for path in files]
    outside = [path.as_posix() for path, level in zip(files, levels, strict=True) if level is None]
    said = []
    if outside:
        said.append(
            f"{_of(outside, files)} lie in no train, val or test folder, such as {outside[0]}, and get no split "
            "(pre-training learns from them): --split names theirs, --splits-from none takes such folders for classes"
        )
    if any(level not in (None, layout.split) for level in levels):
        said.append("train, val and test folders lie at different depths: --splits-from none takes them for no splits")
    return said


def _no_classes(files: Sequence[PurePath], layout: Layout) -> str:
    """Why the first sub-folder is no class here, or ""."""
    names = [layout.class_of(path) for path in files]
    counts = Counter(names)
    without = counts.pop("", 0)
    if not counts:
        return ""
    if 2 * without >= len(files):
        return f"{without} of {len(files)} files lie in no sub-folder that could name one ({_several(sorted(counts))})"
    if len(counts) == 1 and layout.split is None:
        return f"there is one sub-folder only, {next(iter(counts))}"
    if all(name.lower().strip("._- ") in _KINDS for name in counts):
        return f"the sub-folders are named after formats ({_several(sorted(counts))})"
    return ""


def _classes_in_names(files: Sequence[PurePath]) -> list[str]:
    """A hint where the names of files seem to tell what folders do not."""
    for pattern in _IN_NAMES:
        found = {
            path: name for path in files if (name := Layout(pattern).class_of(path)) and re.search(r"[^\W\d]", name)
        }
        counts = Counter(found.values())
        if len(counts) > 1 and max(counts.values()) > 1 and 3 * len(found) >= 2 * len(files):
            path, name = next((path, name) for path, name in found.items() if counts[name] > 1)
            return [f"names of files may tell the class: --labels-from '{pattern}' makes {path.name} a {name}"]
    return []


def _of(some: Sequence[object], every: Sequence[object]) -> str:
    return f"{len(some)} of {len(every)} files"


def _several(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _expression(pattern: str) -> str:
    """A pattern as a regular expression."""
    pieces = {"{class}": "(?P<name>[^/]+?)", "*": "[^/]*", "#": r"\d+"}
    return "".join(pieces.get(piece, re.escape(piece)) for piece in re.split(r"(\{class\}|\*|#)", pattern))
