"""Lists of names: synonyms, comments, and what would make two names one."""

import pytest

from pointrecon.errors import InputError
from pointrecon.evaluation.name_list import name_list


def test_names_synonyms_and_comments(tmp_path) -> None:
    file = tmp_path / "names.txt"
    file.write_bytes("\ufeff# ours\r\nhex bolt | bolt |screw| Bolt\r\n\r\n  nut\r\nhexBolt M6\n".encode())
    found = name_list(file)
    assert found.names == ["hex bolt", "nut", "hexBolt M6"]
    assert found.phrases == [["hex bolt", "bolt", "screw"], ["nut"], ["hexBolt M6"]]
    assert name_list(["hex bolt | bolt", "nut"]).phrases == [["hex bolt", "bolt"], ["nut"]]
    assert name_list({"hex bolt": ["bolt"], "nut": []}).phrases == [["hex bolt", "bolt"], ["nut"]]
    assert len(name_list([f"part {i}" for i in range(10_000)]).names) == 10_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no names"),
        ("# only this\n\n", "has no names"),
        ("nut\nbolt\n nut \n", r"line 3: 'nut' stands there twice \(line 1\)"),
        ("hex_bolt\nHexBolt\n", r"line 2: 'HexBolt' stands there twice \(line 1\)"),
        ("nut | screw\nbolt | screw\n", r"line 2: 'screw' is of 'nut' too \(line 1\)"),
        ("nut\nbolt | nut\n", r"line 2: 'nut' is of 'nut' too \(line 1\)"),
        ("nut\n | \n", "line 2: there is no word in it"),
        ("nut\nUnknown\n", "line 2: 'unknown' is what shapes are called that no name fits"),
    ],
)
def test_what_would_name_nothing_or_two_things_is_refused(tmp_path, text, reason) -> None:
    file = tmp_path / "names.txt"
    file.write_text(text)
    with pytest.raises(InputError, match=reason) as error:
        name_list(file)
    assert str(file) in str(error.value)


def test_a_file_that_is_none(tmp_path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        name_list(tmp_path / "names.txt")
    with pytest.raises(InputError, match="there is no file"):
        name_list(tmp_path)
    (tmp_path / "names.txt").write_bytes("Möbel".encode("latin-1"))
    with pytest.raises(InputError, match="not a text file in UTF-8"):
        name_list(tmp_path / "names.txt")
