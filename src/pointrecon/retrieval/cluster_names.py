"""What a group of shapes may be called: by its labels, its files' names, its captions, or words the model knows."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from pointrecon.errors import InputError
from pointrecon.evaluation.name_list import NameList
from pointrecon.readable import readable
from pointrecon.retrieval.vectors import Vectors

SHARE = 0.5  # of a group must agree on a name
CLEAR = 0.9  # and is a name, however frequent it is in the collection
WORDS_SHARE = 2 / 3  # where the model names: it is wrong more often than labels and files are
TOGETHER = 2  # classes that may be named together, where no one has so many
READ = 200  # members of a group whose captions are read, the most typical ones
ASKED = 32  # members of a group that words are asked of, the most typical ones
# words that say what a file is, not what it shows
_EMPTY = {
    *("mesh", "model", "part", "shape", "object", "obj", "stl", "ply", "off", "step", "stp", "iges", "igs"),
    *("glb", "image", "picture", "rendering", "view", "copy", "final", "new", "old", "scan", "file", "version"),
    *("rev", "the", "and", "train", "test", "val"),
}

# words that stand before what a caption speaks of, or after it
_BETWEEN = {
    *("a", "an", "the", "this", "that", "its", "of", "with", "without", "and", "or", "in", "on", "at", "to"),
    *("from", "for", "by", "as", "is", "are", "has", "have", "having", "which", "showing", "featuring", "made"),
    *("into", "near", "no"),
}


class Proposed(NamedTuple):
    """A name, the share of members that have it, and who says so.

    That is "labels", "guesses" (labels by a model), "file names", "captions", "words" or "".
    """

    name: str
    share: float
    by: str


NOBODY = Proposed("", 0.0, "")


def by_labels(label: np.ndarray, classes: Sequence[str], common: np.ndarray) -> Proposed | None:
    """The class of most of the members, -1 of those without, or the two that most are of.

    None where fewer than a share of `SHARE` have labels, or as many of the others are of these classes: folders of
    suppliers tell nothing of what lies in them. Nobody's where they are of too many classes.

    Args:
        common: (K,) what share of the collection is of each class.
    """
    given = label[label >= 0]
    if len(given) < SHARE * len(label) or not len(given):
        return None
    count = np.bincount(given, minlength=len(classes))
    order = np.argsort(-count, kind="stable")[:TOGETHER]
    for most in range(1, len(order) + 1):
        share, usual = float(count[order[:most]].sum()) / len(label), float(common[order[:most]].sum())
        if share >= max(SHARE, min(2 * usual, CLEAR)) and share > usual:
            return Proposed(" / ".join(classes[one] for one in order[:most].tolist()), share, "labels")
    return NOBODY if share < SHARE else None


def by_file_names(names: Iterable[str], elsewhere: Counter[str], count: int) -> Proposed:
    """The words that most of the members' files have in their names, and other files have far less.

    ``elsewhere``: of the words of all files, in how many of the ``count`` names each occurs.
    """
    told = [words_of(name) for name in names]
    here = Counter(word for own in told for word in set(own))
    telling = {word for word, own in here.items() if own / len(told) >= max(SHARE, 2 * elsewhere[word] / count)}
    if not telling:
        return NOBODY
    phrases = Counter(phrase for own in told if (phrase := " ".join(dict.fromkeys(w for w in own if w in telling))))
    phrase, times = min(phrases.items(), key=lambda item: (-item[1], item[0]))
    return Proposed(phrase, times / len(told), "file names") if times >= SHARE * len(told) else NOBODY


def words_of(name: str) -> list[str]:
    """The words of a file's or folder's name that may say what it shows: no numbers, no types of files."""
    path = PurePosixPath(name.replace("\\", "/"))
    words = re.findall(r"[^\W\d_]{3,}", readable(path.stem))
    return [word for word in words if word not in _EMPTY]


def by_captions(captions: Sequence[Sequence[str]], groups: Sequence[np.ndarray]) -> list[Proposed]:
    """Of each group the word, or up to three in a row, that most members' captions begin with, and others' far less.

    ``captions``: of every shape those it has. ``groups``: places of members, the most typical ones first; the first
    `READ` of each are read.
    """
    told = [[_kinds(captions[place]) for place in group[:READ].tolist()] for group in groups]
    every = Counter(phrase for group in told for own in group for phrase in own)
    count = sum(map(len, told))
    found = []
    for group in told:
        here = Counter(phrase for own in group for phrase in own)
        said = sum(group, Counter())
        telling = [one for one, own in here.items() if own / len(group) >= max(SHARE, 2 * every[one] / count)]
        best = min(telling, key=lambda one: (-here[one], -one.count(" "), -said[one], one), default="")
        found.append(Proposed(best, here[best] / len(group), "captions") if best else NOBODY)
    return found


def _kinds(captions: Sequence[str]) -> Counter[str]:
    """What captions begin with, before a word as "with", up to three words of it in a row; and how many captions do."""
    found: Counter[str] = Counter()
    for caption in captions:
        parts = re.split(rf"\b(?:{'|'.join(_BETWEEN)})\b|[^\w\s'-]", caption.lower())
        telling = ([word for word in re.findall(r"[^\W\d_]{3,}", part) if word not in _EMPTY] for part in parts)
        words = next(filter(None, telling), [])
        found.update({" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)})
    return found


def by_words(vectors: Vectors, groups: Sequence[np.ndarray], names: NameList | None) -> list[Proposed]:
    """Of each group the name that two thirds of its members, each asked alone, fit best by the model's text query.

    Args:
        groups: places of members, the most typical ones first; the first `ASKED` are asked.
        names: what they may be called, by any of their phrases; None for the kinds that the model was taught the names
            of, or all kinds of made shapes where it does not tell.

    Raises:
        InputError: for a model that no text teacher taught, or where its teacher is not installed.
    """
    from pointrecon.evaluation.inputs import resolve_model
    from pointrecon.evaluation.naming import word_scores
    from pointrecon.teachers.loading import load_text_teacher
    from pointrecon.teachers.templates import text_class_matrix

    module, called = resolve_model(vectors.makers[0])
    config: Any = module.config
    own = config.teachers.get("text")
    if own is None:
        raise InputError(f"the model '{called}' names nothing by words, as no text teacher taught it")
    wanted = names or _taught(module)
    phrases = [phrase for several in wanted.phrases for phrase in several]
    starts = np.cumsum([0, *map(len, wanted.phrases)])[:-1]
    teacher = load_text_teacher(own.spec or own.name, device="cpu")
    words = text_class_matrix(teacher, phrases, list(own.templates) or "released").cpu().numpy()
    asked = [group[:ASKED] for group in groups]
    scores = word_scores(module, vectors.shapes, words, index=np.concatenate(asked), progress=False)
    fits = np.maximum.reduceat(scores, starts, axis=1).argmax(1)
    found = []
    for mine in np.split(fits, np.cumsum([len(group) for group in asked])[:-1]):
        votes = np.bincount(mine, minlength=len(wanted.names))
        best = int(votes.argmax())
        share = int(votes[best]) / len(mine)
        found.append(Proposed(wanted.names[best], share, "words") if share >= WORDS_SHARE else NOBODY)
    return found


def _taught(module: Any) -> NameList:
    from pointrecon.shapes.made.parametric.catalog import CATEGORIES

    own = getattr(getattr(module, "facts", None), "categories", []) or list(CATEGORIES)
    return NameList(own, [[one] for one in own])
