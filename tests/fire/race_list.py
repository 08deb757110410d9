"""The races: two command lines for one place, and what is right of what they leave."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fire.race_checks import (
    BALLS,
    BOXES,
    Right,
    added_to,
    all_labeled,
    all_named,
    both,
    both_probed,
    either,
    hits_found,
    holds,
    holds_count,
    holds_features,
    one_made,
    only_one,
    up_to_date,
    whole_ablation,
    whole_export,
    whole_folds,
    whole_model,
    whole_page,
    whole_parquet,
    whole_run,
    whole_vectors,
)


@dataclass(frozen=True)
class Race:
    """Two command lines for one place.

    Attributes:
        first, second: what the two call, in a folder of their own.
        right: what is wrong with what they leave.
        needs: inputs, of `fire.writing_commands` or of `SOURCES`.
        before: command lines that make what is there already.
    """

    first: str
    second: str
    right: Right
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


def _clouds(count: int, kind: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        rng = np.random.default_rng(count)
        folder = folder / "parts"
        (folder / kind).mkdir(parents=True)
        for number in range(count):
            np.savetxt(folder / kind / f"{kind}{number:02d}.xyz", rng.normal(size=(24, 3)), "%.4f")

    return write


SOURCES = {"a": _clouds(12, "ball"), "b": _clouds(9, "box")}


_IMPORT = "shapes import {}/parts -o {} --points 16 --workers 1 --labels-from first"
_RESUME = "shapes import {}/parts -o {} --workers 1 --resume"
_UPDATE = "shapes import a/parts --workers 1 --labels-from first --update -o {}"
_EMBED = "embed made-nano {} --device cpu"
_DUPLICATES = "duplicates t.lance --kinds same-file,identical --csv d.csv --overwrite"
_PARTS = "shapes import parts -o {} --points 16 --workers 1 --labels-from none"
_LABEL = "label {} --from told.csv --who {}"
_SEARCH = "search parts --like box/00 --model model --csv s.csv --overwrite"
_NAME = "name parts --names names.txt --model named -o n.csv"
_BY_NAMES = "label t.lance --names names.txt --model named --threshold 0"
_CLUSTERS = "clusters parts --model model -o c.csv"
_PRETRAIN = "pretrain shapes.npz -o run --recipe small.yaml"
_FEW = "few-shot model shapes.npz -o few --way 2 --shot 2 --queries 4 --folds 2 --overwrite"
_ABLATE = "ablate two.yaml shapes.npz -o abl --recipe small.yaml --seeds 1 --compare-untrained false --resume"
_TUNE = "finetune model shapes.npz -o run --train.epochs 2 --train.batch_size 12 --train.compile off --seeds 1"
_TEACH = "shapes teach {} --image multiview --views 2 --workers 1"
_PROBE = "probe run shapes.npz --probes {}"
_RUN = ("shapes.npz", "small.yaml")

RACES: dict[str, Race] = {
    "import-same": Race(
        _IMPORT.format("a", "t.lance"), _IMPORT.format("a", "t.lance"), one_made("t.lance", BALLS, BALLS), ("a",)
    ),
    "import-different": Race(
        _IMPORT.format("a", "t.lance"), _IMPORT.format("b", "t.lance"), one_made("t.lance", BALLS, BOXES), ("a", "b")
    ),
    "import-npz": Race(
        _IMPORT.format("a", "t.npz"), _IMPORT.format("b", "t.npz"), one_made("t.npz", BALLS, BOXES), ("a", "b")
    ),
    "resume-same": Race(
        _RESUME.format("a", "t.lance"), _RESUME.format("a", "t.lance"), lambda *fine: holds("t.lance", BALLS, BOXES),
        ("a", "b"), (_IMPORT.format("b", "t.lance"),),
    ),
    "resume-different": Race(
        _RESUME.format("a", "t.lance"), _RESUME.format("b", "t.lance"), added_to("t.lance", {"cone": 3}),
        ("a", "b", "c"), (_IMPORT.format("c", "t.lance"),),
    ),
    "resume-npz": Race(
        _RESUME.format("a", "t.npz"), _RESUME.format("b", "t.npz"), added_to("t.npz", {"cone": 3}),
        ("a", "b", "c"), (_IMPORT.format("c", "t.npz"),),
    ),
    "update-new": Race(
        _UPDATE.format("t.lance --points 16"), _UPDATE.format("t.lance --points 16"),
        lambda *fine: holds("t.lance", BALLS), ("a",),
    ),
    "update-same": Race(
        _UPDATE.format("t.lance"), _UPDATE.format("t.lance --prune"), lambda *fine: up_to_date("t.lance"),
        ("a",), (_IMPORT.format("a", "t.lance"), _EMBED.format("t.lance"), "+changed-a"),
    ),
    "update-npz": Race(
        _UPDATE.format("t.npz"), _UPDATE.format("t.npz"), lambda *fine: up_to_date("t.npz"),
        ("a",), (_IMPORT.format("a", "t.npz"), _EMBED.format("t.npz"), "+changed-a"),
    ),
    "update-embed": Race(
        _UPDATE.format("t.lance"), _EMBED.format("t.lance"), lambda *fine: up_to_date("t.lance"),
        ("a",), (_IMPORT.format("a", "t.lance"), _EMBED.format("t.lance"), "+changed-a"),
    ),
    "embed-import": Race(
        _EMBED.format("t.lance"), _RESUME.format("a", "t.lance"),
        holds_features("t.lance", "embedding/made-nano", lambda e, i: [BOXES, BALLS if i else {}], 9),
        ("a", "b"), (_IMPORT.format("b", "t.lance"),),
    ),
    "embed-import-npz": Race(
        _EMBED.format("t.npz"), _RESUME.format("a", "t.npz"),
        holds_features("t.npz", "embedding/made-nano", lambda e, i: [BOXES, BALLS if i else {}], 9),
        ("a", "b"), (_IMPORT.format("b", "t.npz"),),
    ),
    "embed-teach-npz": Race(
        _EMBED.format("t.npz"), _TEACH.format("t.npz"),
        holds_features("t.npz", "embedding/made-nano", lambda *fine: [BOXES]),
        ("b",), (_IMPORT.format("b", "t.npz"),),
    ),
    "embed-twice": Race(
        _EMBED.format("t.lance"), _EMBED.format("t.lance"),
        lambda *fine: holds_features("t.lance", "embedding/made-nano", lambda *fine: [BOXES])(True, True),
        ("b",), (_IMPORT.format("b", "t.lance"),),
    ),
    "embed-overwrite": Race(
        _EMBED.format("t.lance --overwrite"), _EMBED.format("t.lance --overwrite"),
        lambda *fine: holds_features("t.lance", "embedding/made-nano", lambda *fine: [BOXES])(True, True),
        ("b",), (_IMPORT.format("b", "t.lance"), _EMBED.format("t.lance")),
    ),
    "embed-file": Race(
        _EMBED.format("a/parts -o v.npz"), _EMBED.format("a/parts -o v.npz"), only_one(whole_vectors), ("a",)
    ),
    "teach-twice": Race(
        _TEACH.format("t.lance"), _TEACH.format("t.lance"),
        lambda *fine: holds_features("t.lance", "image/multiview", lambda *fine: [BOXES])(True, True),
        ("b",), (_IMPORT.format("b", "t.lance"),),
    ),
    "overwrite-read": Race(
        _IMPORT.format("a", "t.lance --overwrite"), "embed made-nano t.lance -o v.npz --in-table false",
        lambda over, read: holds("t.lance", BALLS if over else BOXES), ("a", "b"), (_IMPORT.format("b", "t.lance"),)
    ),
    "overwrite-embed": Race(
        _IMPORT.format("a", "t.lance --overwrite"), _EMBED.format("t.lance"),
        lambda over, embed: holds("t.lance", BALLS if over else BOXES), ("a", "b"), (_IMPORT.format("b", "t.lance"),)
    ),
    "overwrite-twice": Race(
        _IMPORT.format("a", "t.lance --overwrite"), _IMPORT.format("b", "t.lance --overwrite"),
        either(lambda: holds("t.lance", BALLS), lambda: holds("t.lance", BOXES)), ("a", "b"),
        (_IMPORT.format("b", "t.lance"),),
    ),
    "make-twice": Race(
        "shapes make t.lance --count 300 --points 16 --workers 1",
        "shapes make t.lance --count 300 --points 16 --workers 1 --seed 4",
        only_one(lambda: holds_count("t.lance", 300)),
    ),
    "make-overwrite": Race(
        "shapes make t.lance --count 300 --points 16 --workers 1 --overwrite",
        "shapes make t.lance --count 300 --points 16 --workers 1 --seed 4 --overwrite",
        both(lambda: holds_count("t.lance", 300)), before=("shapes make t.lance --count 4 --points 8",),
    ),
    "label-twice": Race(
        _LABEL.format("t.lance", "A"), _LABEL.format("t.lance", "B"), both(lambda: all_labeled("t.lance")),
        ("parts", "told.csv"), (_PARTS.format("t.lance"),),
    ),
    "label-twice-npz": Race(
        _LABEL.format("t.npz", "A"), _LABEL.format("t.npz", "B"), both(lambda: all_labeled("t.npz")),
        ("parts", "told.csv"), (_PARTS.format("t.npz"),),
    ),
    "label-embed": Race(
        _LABEL.format("t.npz", "A"), _EMBED.format("t.npz"), either(lambda: all_labeled("t.npz"), lambda: ""),
        ("parts", "told.csv"), (_PARTS.format("t.npz"),),
    ),
    "duplicates": Race(
        _DUPLICATES, _DUPLICATES, both(whole_page("d.csv", "group,proposal")), ("a",), (_IMPORT.format("a", "t.lance"),)
    ),
    "search-first": Race(_SEARCH, _SEARCH, both(lambda: hits_found("parts.lance")), ("parts", "model")),
    "search-update": Race(
        _SEARCH, "shapes import parts -o parts.lance --workers 1 --update", both(lambda: hits_found("parts.lance", 50)),
        ("parts", "model"), (_SEARCH, "+more"),
    ),
    "search-map": Race(
        _SEARCH, "map parts --model model -o m.html --pictures 0",
        either(lambda: hits_found("parts.lance"), whole_page("m.html", "</html>")), ("parts", "model"),
    ),
    "search-label": Race(
        _SEARCH.replace("parts", "parts.lance"), _LABEL.format("parts.lance", "A"),
        either(lambda: hits_found("parts.lance"), lambda: all_labeled("parts.lance")),
        ("parts", "told.csv", "model"), (_PARTS.format("parts.lance"),),
    ),
    "name": Race(_NAME, _NAME, both(whole_page("n.csv", "\nbox/38,")), ("parts", "named", "names.txt")),
    "label-names": Race(
        _BY_NAMES, _BY_NAMES, both(lambda: all_named("t.lance")), ("parts", "named", "names.txt"),
        (_PARTS.format("t.lance"),),
    ),
    "clusters": Race(_CLUSTERS, _CLUSTERS, both(whole_page("c.csv", "box/38")), ("parts", "model")),
    "export": Race(
        "shapes export t.lance -o ex", "shapes export t.lance -o ex", both(whole_export), ("a",),
        (_IMPORT.format("a", "t.lance"),),
    ),
    "export-overwrite": Race(
        "shapes export t.lance -o ex --overwrite", "shapes export t.lance -o ex --overwrite", both(whole_export),
        ("a",), (_IMPORT.format("a", "t.lance"), "shapes export t.lance -o ex"),
    ),
    "embed-with": Race(
        _EMBED.format("t.lance -o v.parquet --with neighbors,map --in-table false"),
        _EMBED.format("t.lance -o v.parquet --with neighbors,map --in-table false"), both(whole_parquet), ("a",),
        (_IMPORT.format("a", "t.lance"),),
    ),
    "pretrain": Race(_PRETRAIN, _PRETRAIN, only_one(whole_run), _RUN),
    "pretrain-overwrite": Race(
        _PRETRAIN + " --overwrite", _PRETRAIN + " --overwrite --train.epochs 3", both(whole_run), _RUN
    ),
    "pretrain-resume": Race(
        "pretrain -o run --resume --train.stop_after 0", _PRETRAIN + " --overwrite", both(whole_run), _RUN,
        (_PRETRAIN + " --train.stop_after 2",),
    ),
    "finetune": Race(_TUNE + " --overwrite", _TUNE + " --overwrite", both(whole_run), ("shapes.npz", "model")),
    "convert": Race("convert recon.pth out", "convert recon.pth out", only_one(whole_model), ("recon.pth",)),
    "convert-overwrite": Race(
        "convert recon.pth out --overwrite", "convert recon.pth out --overwrite", both(whole_model), ("recon.pth",),
        ("convert recon.pth out",),
    ),
    "few-shot": Race(
        _FEW + " --method linear --epochs 1", _FEW + " --method svm", both(whole_folds), ("shapes.npz", "model")
    ),
    "ablate": Race(_ABLATE, _ABLATE, both(whole_ablation), (*_RUN, "two.yaml")),
    "probe": Race(
        _PROBE.format("knn"), _PROBE.format("svm"), lambda *fine: both_probed(), _RUN, (_PRETRAIN,)
    ),
    "report": Race("report run", "report run", both(whole_page("run/report.html", "</html>")), _RUN, (_PRETRAIN,)),
    "results": Race(
        "results run -o tables", "results run -o tables", both(whole_page("tables/results.json", "]")), _RUN,
        (_PRETRAIN, _PROBE.format("knn")),
    ),
}  # fmt: skip
SOURCES["c"] = _clouds(3, "cone")


def _changed(place: Path) -> None:
    balls = place.with_name("a") / "parts" / "ball"
    np.savetxt(balls / "ball00.xyz", np.full((9, 3), 5.0) + np.eye(9, 3), "%.4f")
    np.savetxt(balls / "ball12.xyz", np.random.default_rng(7).normal(size=(9, 3)), "%.4f")
    (balls / "ball01.xyz").rename(balls / "ball13.xyz")


SOURCES["changed-a"] = _changed
