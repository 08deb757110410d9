"""E57: scans where they stood, whatever way their numbers are packed; damage is told by the checksums."""

import struct
from pathlib import Path

import numpy as np
import pytest

from e57_samples import e57_logical, paged
from fire.mutators import mutated
from pointrecon.errors import InputError
from pointrecon.shapes.readers.clouds import Cloud
from pointrecon.shapes.readers.read import read_file
from pointrecon.shapes.readers.source_file import SourceFile

RNG = np.random.default_rng(0)
XYZ = RNG.normal(size=(90, 3))
NAMES = ("cartesianX", "cartesianY", "cartesianZ")
DOUBLES = [(name, 'type="Float"', XYZ[:, i], 0) for i, name in enumerate(NAMES)]
POSE = (
    '<pose type="Structure"><rotation type="Structure"><w type="Float">7.07106781186547573e-01</w><x type="Float"/>'
    '<y type="Float"/><z type="Float">7.07106781186547573e-01</z></rotation><translation type="Structure">'
    '<x type="Float">100</x><y type="Float"/><z type="Float">5</z></translation></pose>'
)


def read(path: Path, content: bytes) -> Cloud:
    path.write_bytes(content)
    cloud = read_file(SourceFile(path))
    assert isinstance(cloud, Cloud)
    return cloud


@pytest.mark.parametrize("packet", [7, 640])
def test_scans_stand_where_their_poses_say(tmp_path: Path, packet: int) -> None:
    cloud = read(tmp_path / "a.e57", paged(e57_logical([(DOUBLES, ""), (DOUBLES, POSE)], packet)))
    np.testing.assert_allclose(cloud.points[:90], XYZ)
    np.testing.assert_allclose(cloud.points[90:], np.stack([100 - XYZ[:, 1], XYZ[:, 0], 5 + XYZ[:, 2]], 1), atol=1e-12)
    assert (cloud.color, cloud.note, cloud.facts["unit"]) == (None, "2 scans joined", "m")


@pytest.mark.parametrize("bits", [1, 7, 8, 11, 16, 23, 31, 32, 45])
def test_numbers_of_any_width(tmp_path: Path, bits: int) -> None:
    raw = RNG.integers(0, 2**bits, (90, 3))
    told = f'type="ScaledInteger" minimum="-5" maximum="{2**bits - 6}" scale="0.25" offset="10"'
    columns = [(name, told, raw[:, i], bits) for i, name in enumerate(NAMES)]
    np.testing.assert_allclose(
        read(tmp_path / "a.e57", paged(e57_logical([(columns, "")]))).points, (raw - 5) * 0.25 + 10
    )


def test_a_constant_takes_no_bits_and_singles_are_floats(tmp_path: Path) -> None:
    columns = [
        ("cartesianX", 'type="Float" precision="single"', XYZ[:, 0].astype("<f4"), 0),
        ("cartesianY", 'type="Float"', XYZ[:, 1], 0),
        ("cartesianZ", 'type="ScaledInteger" minimum="4" maximum="4" scale="0.5"', np.zeros(0, "<f4"), 0),
    ]
    points = read(tmp_path / "a.e57", paged(e57_logical([(columns, "")]))).points
    np.testing.assert_allclose(points[:, :2], XYZ[:, :2], rtol=1e-6)
    assert (points[:, 2] == 2).all()


def test_round_coordinates_colors_and_invalid_points(tmp_path: Path) -> None:
    range_, azimuth, elevation = np.full(90, 2.0), np.linspace(0, 3, 90), np.linspace(-1, 1, 90)
    state = np.arange(90) % 3
    rgb = RNG.integers(0, 1024, (90, 3))
    whole = 'type="Integer" minimum="0" maximum="1023"'
    columns = [
        ("sphericalRange", 'type="Float"', range_, 0),
        ("sphericalAzimuth", 'type="Float"', azimuth, 0),
        ("sphericalElevation", 'type="Float"', elevation, 0),
        ("sphericalInvalidState", 'type="Integer" minimum="0" maximum="2"', state, 2),
        *((f"color{name}", whole, rgb[:, i], 10) for i, name in enumerate(("Red", "Green", "Blue"))),
        ("intensity", 'type="Float" precision="single"', np.zeros(90, "<f4"), 0),
    ]  # fmt: skip
    cloud = read(tmp_path / "a.e57", paged(e57_logical([(columns, ""), (DOUBLES, "")])))
    kept = state == 0
    wanted = np.stack([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)], 1)
    np.testing.assert_allclose(cloud.points[:30], 2 * wanted[kept])
    assert cloud.note == "2 scans joined; 60 points dropped that the scanner marks as invalid"
    assert cloud.color is not None
    np.testing.assert_array_equal(cloud.color[:30], np.rint(rgb[kept] / 1023 * 255))
    assert (cloud.color[30:] == 128).all()
    limits = "".join(f'<color{c}Maximum type="Integer">2046</color{c}Maximum>' for c in ("Red", "Green", "Blue"))
    cloud = read(tmp_path / "a.e57", paged(e57_logical([(columns, f"<colorLimits>{limits}</colorLimits>")])))
    assert cloud.color is not None
    np.testing.assert_array_equal(cloud.color, np.rint(rgb[kept] / 2046 * 255))


def test_intensities_and_pictures_are_told(tmp_path: Path) -> None:
    bright = ("intensity", 'type="Float" precision="single"', np.ones(len(DOUBLES[0][2]), "<f4"), 0)
    logical = e57_logical([([*DOUBLES, bright], ""), (DOUBLES, "")])
    assert read(tmp_path / "a.e57", paged(logical)).note == "2 scans joined; left out: intensity"
    images = b'<images2D type="Vector"><vectorChild/><vectorChild/></images2D></e57Root>'
    shown = logical.replace(b"</e57Root>", images)
    (size,) = struct.unpack_from("<Q", shown, 32)
    shown = shown[:32] + struct.pack("<Q", size + len(images) - len(b"</e57Root>")) + shown[40:]
    assert read(tmp_path / "a.e57", paged(shown)).note == "2 scans joined; left out: intensity, 2 pictures"


def test_damage_is_told(tmp_path: Path) -> None:
    good = paged(e57_logical([(DOUBLES, "")]))
    path = tmp_path / "a.e57"
    for content, why in (
        (good[:1500], f"cut short, 1500 of {len(good)} bytes"),
        (good[:1500] + b"?" + good[1501:], f"damaged, 1 page of {len(good) // 1024} do not fit their checksums"),
        (b"?" + good[1:], "does not begin with ASTM-E57"),
        (paged(e57_logical([(DOUBLES, "")]).replace(b'="90"', b'="99"')), "cut short, 90 of 99 points"),
        (paged(e57_logical([])), "has no scans"),
        (paged(e57_logical([(DOUBLES[:2], "")])), "it lacks 'sphericalRange'"),
        (paged(e57_logical([(DOUBLES, "")]).replace(b"<e57Root ", b"<!DOCTYPE")), "a DTD"),
    ):
        with pytest.raises(InputError, match=why):
            read(path, content)


def test_mutated_files_are_read_or_refused(tmp_path: Path) -> None:
    """Behind checksums that fit."""
    flags = ("cartesianZ", 'type="Integer" minimum="0" maximum="1"', XYZ[:, 2] > 0, 1)
    good = e57_logical([([*DOUBLES[:2], flags], POSE)])
    refused = 0
    for number in range(50):
        try:
            read(
                tmp_path / "a.e57",
                paged(mutated(good, [good], np.random.default_rng([3, number]))[:4080].ljust(48, b"?")),
            )
        except InputError:
            refused += 1
    assert 10 < refused < 50
