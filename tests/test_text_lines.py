"""Lines of data files end where their formats say, not where Unicode sees a line separator."""

import re
from pathlib import Path

import pointrecon
from pointrecon.files import text_lines
from pointrecon.progress import plural


def test_only_line_feed_and_carriage_return_end_a_line() -> None:
    odd = "\x0b \x0c \x1c \x85 \u2028 \u2029"
    assert text_lines(f"a\r\n{odd}\rb\n\nc\n") == ["a", odd, "b", "", "c"]
    assert text_lines("") == []
    assert text_lines("a") == ["a"]


def test_no_data_file_is_split_by_what_unicode_calls_a_line() -> None:
    """Messages of programs may be: files that are read in UTF-8 hold what people wrote."""
    root = Path(pointrecon.__file__).parent
    sources = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.py")}
    read = re.compile(r"encoding=\"utf-8[^\n]*\.splitlines\(")
    assert [n for n, s in sources.items() if read.search(s) or (n.startswith("shapes/") and ".splitlines(" in s)] == []


def test_counts_are_said_as_one_says_them() -> None:
    assert [plural(count, "shape") for count in (0, 1, 2)] == ["0 shapes", "1 shape", "2 shapes"]
    assert (plural(3, "process"), plural(2, "category")) == ("3 processes", "2 categories")
