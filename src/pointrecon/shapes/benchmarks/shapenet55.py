"""ShapeNet-55 as Point-BERT and ReCon hand it around: ``.npy`` clouds, pictures, class names, lists."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pointrecon.errors import InputError
from pointrecon.shapes.benchmarks.names import SHAPENET55
from pointrecon.shapes.benchmarks.plan import PicturedEntry, Plan, inside, plain_name, read_list
from pointrecon.shapes.manifest import Entry

_COUNTS = {"train": 41952, "test": 10518}


def read_shapenet55(folder: Path, layout: str = "") -> Plan:
    """ShapeNet-55: the shapes of ``train.txt`` and ``test.txt``, labelled by the WordNet id before the dash."""
    folder = inside(folder, "ShapeNet55-34")
    lists = inside(folder, "ShapeNet-55")
    clouds, pictures = folder / "shapenet_pc", folder / "shapenet_img"
    if not clouds.is_dir():
        raise InputError(f"{folder} has no folder 'shapenet_pc' with the clouds: give the folder that holds it")
    names, captions = _names(folder / "shapenet55.json")
    with_picture = {path.stem: path for path in pictures.iterdir()} if pictures.is_dir() else {}
    entries: list[Entry] = []
    for split in ("train", "test"):
        path = lists / f"{split}.txt"
        for line in read_list(path):
            name = plain_name(line, path)
            stem = name.removesuffix(".npy")
            synset = stem.partition("-")[0]
            if synset not in names:
                raise InputError(f"{path} lists '{line}', whose class '{synset}' is unknown: get the list anew")
            seen = [with_picture[stem]] if stem in with_picture else []
            words = [captions[synset]] if synset in captions else []
            entries.append(PicturedEntry(clouds / f"{stem}.npy", stem, names[synset], split, words, seen))
    plan = Plan("npy", list(names.values()), 8192, files=entries, expected=_COUNTS)
    bare = sum(1 for entry in entries if entry.id not in with_picture)
    if with_picture and bare:
        plan.warnings.append((pictures.name, f"{bare} of {len(entries)} shapes have no picture"))
    return plan


def _names(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """WordNet id → class name, and → caption, in the order of the labels; the usual names without the file."""
    if not path.is_file():
        return dict(SHAPENET55), {}
    wrong = InputError(f"{path} is no list of classes with 'catalogue' and 'describe': get it anew")
    try:
        described = dict(_records(json.loads(path.read_text(encoding="utf-8-sig"))))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise wrong from error
    if not described or not all(text for text in described.values()):
        raise wrong
    first = {synset: text.partition(",")[0].strip() for synset, text in described.items()}
    names = first if len(set(first.values())) == len(first) else described
    if len(set(names.values())) < len(names):
        names = {synset: f"{text} {synset}" for synset, text in described.items()}
    return names, described


def _records(content: Any) -> Iterable[tuple[str, str]]:
    """A list of records, columns as pandas writes them, or a plain map."""
    if isinstance(content, list):
        pairs: Iterable[tuple[Any, Any]] = [(record["catalogue"], record["describe"]) for record in content]
    elif "catalogue" in content:
        columns = [content[key] for key in ("catalogue", "describe")]
        numbers, texts = [column.values() if isinstance(column, dict) else column for column in columns]
        pairs = zip(numbers, texts, strict=True)
    else:
        pairs = content.items()
    for number, text in pairs:
        yield str(number).zfill(8), " ".join(str(text).replace("_", " ").split())  # numbers lose their leading zero
