"""ShapeNet-55 as Point-BERT, ReCon and ULIP hand it around: ``.npy`` clouds, pictures, class names, lists."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pointrecon.documents import read_json
from pointrecon.errors import InputError
from pointrecon.shapes.importers.benchmarks.official_names import SHAPENET55
from pointrecon.shapes.importers.benchmarks.picture_folders import FOLDERS, PicturedEntry, find_pictures
from pointrecon.shapes.importers.benchmarks.plan import Plan, inside, not_here, plain_name, read_list

_LISTS = "take it from Point-BERT's repository (data/ShapeNet55-34/ShapeNet-55), or ReCon's with its pictures"
_COUNTS = {"train": 41952, "test": 10518}


def read_shapenet55(folder: Path, layout: str = "") -> Plan:
    """ShapeNet-55: the shapes of ``train.txt`` and ``test.txt``, labeled by the WordNet id before the dash."""
    folder = inside(folder, "ShapeNet55-34", "shapenet-55")
    lists = inside(folder, "ShapeNet-55")
    clouds, pictures = folder / "shapenet_pc", inside(folder, *FOLDERS)
    if not clouds.is_dir():
        what = "has no folder 'shapenet_pc' with the clouds"
        raise not_here(folder, what, "shapenet_pc", remedy="give the folder that holds it")
    names, captions = _names(folder / "shapenet55.json", folder / "taxonomy.json")
    entries = []
    for split in _COUNTS:
        path = lists / f"{split}.txt"
        for line in read_list(path, _LISTS):
            stem = plain_name(line, path).removesuffix(".npy")
            synset = stem.partition("-")[0]
            if synset not in names:
                raise InputError(f"{path} lists '{line}', whose class '{synset}' is unknown: get the list anew")
            words = list(captions.get(synset, []))
            entries.append(PicturedEntry(clouds / f"{stem}.npy", stem, names[synset], split, words))
    found = find_pictures(pictures, {entry.id for entry in entries}) if pictures != folder else {}
    for entry in entries:
        entry.pictures = found.get(entry.id, [])
    plan = Plan("npy", list(names.values()), 8192, files=entries, expected=_COUNTS)
    bare = sum(not entry.pictures for entry in entries)
    if pictures != folder and bare:
        plan.warnings.append((pictures.name, f"{bare} of {len(entries)} shapes have no picture"))
    return plan


def _names(path: Path, taxonomy: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """WordNet id → class name, and → captions, in the order of the labels; the usual names without the first file."""
    if not path.is_file():
        return dict(SHAPENET55), _synonyms(taxonomy) if taxonomy.is_file() else {}
    wrong = InputError(f"{path} is no list of classes with 'catalog' and 'describe': get it anew")
    try:
        described = dict(_records(read_json(path)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise wrong from error
    if not described or not all(text for text in described.values()):
        raise wrong
    first = {synset: text.partition(",")[0].strip() for synset, text in described.items()}
    names = first if len(set(first.values())) == len(first) else described
    if len(set(names.values())) < len(names):
        names = {synset: f"{text} {synset}" for synset, text in described.items()}
    return names, {synset: [text] for synset, text in described.items()}


def _synonyms(path: Path) -> dict[str, list[str]]:
    """WordNet id → names, each a caption, of ShapeNet's ``taxonomy.json``, which ULIP keeps beside the lists."""
    try:
        content = read_json(path)
        names = {str(record["synsetId"]).zfill(8): str(record["name"]).split(",") for record in content}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{path} is no list of classes with 'synsetId' and 'name': get it anew") from error
    return {synset: [" ".join(text.split()) for text in some if text.strip()] for synset, some in names.items()}


def _records(content: Any) -> Iterable[tuple[str, str]]:
    """A list of records, columns as pandas writes them, or a plain map."""
    if isinstance(content, list):
        pairs: Iterable[tuple[Any, Any]] = [(record["catalog"], record["describe"]) for record in content]
    elif "catalog" in content:
        columns = [content[key] for key in ("catalog", "describe")]
        numbers, texts = [column.values() if isinstance(column, dict) else column for column in columns]
        pairs = zip(numbers, texts, strict=True)
    else:
        pairs = content.items()
    for number, text in pairs:
        yield str(number).zfill(8), " ".join(str(text).replace("_", " ").split())  # numbers lose their leading zero
