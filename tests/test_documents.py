"""JSON and YAML of any kind of damage are one kind of error."""

from pathlib import Path

import pytest

from pointrecon.cli.main import main
from pointrecon.documents import parse_json, parse_yaml, read_json, read_yaml

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("content", [b'{"a": "\xe9"}', b"{", b"[" * 200_000, b'{"a":' * 200_000, b"\xff\xfe{}"])
def test_json(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize(
    "content", [b"a: \xe9", b"a: [", b"[" * 100_000, BOMB.encode(), b"&a [*a]", b"!!python/name:os.system"]
)
def test_yaml(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(ValueError) as caught:
        read_yaml(tmp_path / "a.yaml")
    assert "\n" not in str(caught.value)


def test_what_is_well_is_read() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": [1]}') == {"a": [1]}
    assert parse_yaml("a: &x [1, 2]\nb: *x") == {"a": [1, 2], "b": [1, 2]}
    assert parse_yaml("") is None


@pytest.mark.parametrize("content", [b"train: {epochs: 1} # \xe9", b"[" * 50_000, BOMB.encode()])
def test_a_recipe_is_one_sentence(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "r.yaml").write_bytes(content)
    assert (
        main(["pretrain", "--recipe", str(tmp_path / "r.yaml"), "--data", "none.npz", "--out", str(tmp_path / "o")])
        == 2
    )
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "r.yaml" in told
