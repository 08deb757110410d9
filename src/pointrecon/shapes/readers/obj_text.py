"""The lines of an OBJ file, sorted by what they state, and the numbers in them."""

import re
from pathlib import Path

import numpy as np

from pointrecon.shapes.readers.number_text import numbers_of

_CONTINUED = re.compile(rb"\\[ \t]*\n")
_COMMENTS = re.compile(rb"^([ \t]*(?:(?:[vflp]|v[tnp])[ \t][^#\n]*)?)#.*$", re.MULTILINE)
_COMMENT = re.compile(rb"(?<!\.)#[^\n]*")  # but "1.#QNAN" is how some write NaN
_BLOCKS = 64  # of lines of one kind, taken each as a whole
_MOST_COLUMNS = 8  # numbers of a line that are looked at


class ObjText:
    """An OBJ file by lines: continued ones joined, empty ones left out.

    Specification: "Object Files (.obj)", Wavefront Advanced Visualizer, appendix B1.
    """

    def __init__(self, text: str, path: Path) -> None:
        raw = text.encode("utf-8", "replace") + b"\n"
        if b"\r" in raw:
            raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\\" in raw:  # a comment is not continued
            raw = _CONTINUED.sub(b" ", _COMMENTS.sub(rb"\1", raw))
        self.path, self.notes = path, list[str]()
        self.letters = np.frombuffer(raw + b"\n\n", np.uint8)  # so that each line has three letters
        ends = np.flatnonzero(self.letters == 10)
        starts = np.append(0, ends[:-1] + 1)
        first = self.letters[starts]
        if ((first == 32) | (first == 9)).any():  # indented
            inked = np.append(np.flatnonzero(self.letters > 32), len(self.letters))
            starts = np.minimum(inked[np.searchsorted(inked, starts)], ends)
        full = ends > starts
        self.starts, self.ends = starts[full], ends[full]
        self._head = [self.letters[self.starts + i] for i in range(3)]
        self._there = set(np.flatnonzero(np.bincount(self._head[0])).tolist())

    def lines(self, word: str) -> np.ndarray:
        """The numbers of the lines that begin with this word of one or two letters."""
        if ord(word[0]) not in self._there:
            return np.zeros(0, np.int64)
        found = self._head[len(word)] <= 32
        for letter, head in zip(word.encode(), self._head, strict=False):
            found &= head == letter
        return np.flatnonzero(found)

    def said(self, letters: str) -> list[tuple[int, str, str]]:
        """Of the lines that begin with one of these letters: number, first word, and the rest."""
        if self._there.isdisjoint(letters.encode()):
            return []
        found = np.flatnonzero(np.isin(self._head[0], list(letters.encode())))
        whole = self.letters.tobytes() if len(found) else b""
        pieces = (
            whole[a:b].decode("utf-8", "replace") for a, b in zip(self.starts[found], self.ends[found], strict=True)
        )
        split = [piece.split(None, 1) for piece in pieces]
        return [
            (int(n), words[0], words[1].strip() if len(words) > 1 else "")
            for n, words in zip(found, split, strict=True)
        ]

    def after_word(self, lines: np.ndarray, length: int) -> np.ndarray:
        """The letters of these lines behind a word of so many, which is left out or blank, without comments."""
        gaps = np.flatnonzero(self.starts[lines[1:]] != self.ends[lines[:-1]] + 1) + 1
        if len(gaps) <= _BLOCKS and len(lines):  # they stand together, as in most files
            firsts, lasts = lines[np.append(0, gaps)], lines[np.append(gaps, len(lines)) - 1]
            pairs = zip(self.starts[firsts], self.ends[lasts], strict=True)
            letters = np.concatenate([self.letters[start : end + 1] for start, end in pairs])
            moved = np.cumsum(self.ends[lines] + 1 - self.starts[lines])
            begins = np.append(0, moved[:-1])
            for i in range(length):
                letters[begins + i] = 32
        else:
            edges = np.zeros(len(self.letters) + 1, np.int8)
            edges[self.starts[lines] + length] = 1
            edges[self.ends[lines] + 1] -= 1
            letters = self.letters[np.cumsum(edges[:-1], dtype=np.int8).view(bool)]
        if (letters == ord("#")).any():
            letters = np.frombuffer(_COMMENT.sub(b"", letters.tobytes()), np.uint8)
        return letters

    def numbers(self, word: str) -> tuple[np.ndarray, np.ndarray]:
        """The table (L, 8) of the lines with this word, NaN where one has fewer, and how many each has (L,).

        InputError for what is no number.
        """
        letters = self.after_word(self.lines(word), len(word))
        if (letters == ord(",")).any():
            text = re.sub(rb",(?=\s)", b" ", letters.tobytes())
            if b"," in text:
                self.notes.append("decimal commas read as points")
            letters = np.frombuffer(text.replace(b",", b"."), np.uint8)
        begins, ends = words_begin(letters), np.flatnonzero(letters == 10)
        last = np.searchsorted(begins, ends)
        counts = np.diff(last, prepend=0)
        values = numbers_of(letters.tobytes(), len(begins), self.path)
        width = min(int(counts.max(initial=0)), _MOST_COLUMNS)
        table = np.full((len(counts), _MOST_COLUMNS), np.nan)
        if (counts == width).all():
            table[:, :width] = values.reshape(len(counts), width)
        else:
            for column in range(width):
                has = counts > column
                table[has, column] = values[(last - counts)[has] + column]
        return table, counts


def words_begin(letters: np.ndarray) -> np.ndarray:
    """Where the words between blanks begin."""
    inked = letters > 32
    begins = inked.copy()
    begins[1:] &= ~inked[:-1]
    return np.flatnonzero(begins)
