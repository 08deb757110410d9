"""Pictures of ShapeNet-55 are found in every layout they are handed around in, and only whole ones are brought."""

from collections.abc import Callable
from pathlib import Path

import pytest

import layouts
from pointrecon.cli.main import main
from pointrecon.shapes import import_benchmark, open_table
from pointrecon.shapes.importers.benchmarks.picture_folders import find_pictures

FIRST, SECOND = layouts.SHAPENET["train"]
SYNSET, _, MODEL = FIRST.partition("-")


def picture(number: int) -> bytes:
    """One of several that can be told apart: text behind the header is allowed in a PNG."""
    return layouts.PNG[:33] + number.to_bytes(3, "big") + layouts.PNG[33:]


def write(paths: list[Path]) -> None:
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number))


def recon(folder: Path) -> None:
    write([folder / "shapenet_img" / f"{FIRST}.png"])


def vpp(folder: Path) -> None:
    write([folder / "shapenet_img" / SYNSET / f"{MODEL}-{view}.png" for view in range(4)])


def ulip(folder: Path) -> None:
    inside = folder / "rendered_images" / FIRST
    write([inside / f"{FIRST}_r_{angle:03d}.png" for angle in range(0, 48, 12)])
    write([inside / f"{FIRST}_r_{angle:03d}_depth0001.png" for angle in range(0, 48, 12)])


def ulip_flat(folder: Path) -> None:
    inside = folder / "only_rgb_depth_images"
    write([inside / f"{FIRST}_r_{angle:03d}.png" for angle in range(0, 48, 12)])
    write([inside / f"{FIRST}_r_{angle:03d}_depth0001.png" for angle in range(0, 48, 12)])


def r2n2(folder: Path) -> None:
    inside = folder / "ShapeNetRendering" / SYNSET / MODEL / "rendering"
    write([inside / f"{view:02d}.png" for view in range(4)])
    (inside / "renderings.txt").write_text("00.png\n")


@pytest.mark.parametrize("layout", [recon, vpp, ulip, ulip_flat, r2n2])
def test_pictures_are_found_in_every_layout(tmp_path: Path, layout: Callable[[Path], None]) -> None:
    folder = layouts.shapenet55(tmp_path)
    for path in (folder / "shapenet_img").iterdir():
        path.unlink()
    (folder / "shapenet_img").rmdir()
    layout(folder)
    views = 1 if layout is recon else 4
    for wanted, expected in ((1, [0]), (2, [0, 2]), (9, [0, 1, 2, 3])):
        out = tmp_path / f"{wanted}.npz"
        report = import_benchmark("shapenet55", folder, out, points=8, workers=1, views=wanted)
        pictures = open_table(out).load(pictures=True).pictures
        assert pictures == [[picture(number) for number in expected if number < views], [], []]
        assert any("2 of 3 shapes have no picture" in sentence for _, sentence in report.warnings)


def test_names_that_end_like_views_are_whole_names(tmp_path: Path) -> None:
    write([tmp_path / f"{name}.png" for name in ("02691156-1", "02691156-1-0", "02691156-ab_r_012")])
    found = find_pictures(tmp_path, ["02691156-1", "02691156-ab", "02691156-c"])
    assert {name: [path.name for path in paths] for name, paths in found.items()} == {
        "02691156-1": ["02691156-1-0.png", "02691156-1.png"],
        "02691156-ab": ["02691156-ab_r_012.png"],
    }


def test_a_damaged_picture_is_left_out_and_told(tmp_path: Path) -> None:
    folder = layouts.shapenet55(tmp_path)
    images = folder / "shapenet_img"
    (images / f"{FIRST}.png").write_bytes(layouts.PNG[:-20])
    (images / SECOND).mkdir()
    report = import_benchmark("shapenet55", folder, tmp_path / "t.npz", points=8, workers=1)
    assert report.shapes == 3
    notes = " ".join(sentence for _, sentence in report.warnings)
    assert f"{FIRST}.png is cut short, left out" in notes
    assert f"{SECOND} holds no PNG or JPEG picture" in notes
    assert open_table(tmp_path / "t.npz").load(pictures=True).pictures is None


def test_views_are_at_least_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["shapes", "benchmark", "shapenet55", str(layouts.shapenet55(tmp_path)), "-o", str(tmp_path / "t.lance")]
    assert main([*words, "--views", "0"]) == 2
    assert "there cannot be 0 pictures of a shape" in capsys.readouterr().err
    assert not (tmp_path / "t.lance").exists()
