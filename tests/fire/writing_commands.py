"""Every command that writes, as small as can be, for calls that are killed and made again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Writing:
    """A command line, and what must hold of it.

    Attributes:
        words: the command line. again: what is added to call it again after it was killed.
        needs: inputs, as `make_input` makes them. before: command lines that make what is there already, and +inputs.
        keeps: beginnings of names in a digest that are as before or as after it at any moment.
    """

    words: str
    again: str = "--resume"
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


_MAKE = "shapes make {} --count 24 --points 32 --categories chair table mug --workers 1"
_OLD = "shapes make {} --count 9 --points 16 --seed 5 --categories stool bench --workers 1"
_IMPORT = "shapes import parts -o {} --points 32 --workers 1"
_RENDER = "shapes render {} --views 1 --size 16 --device cpu"
_BARE = _IMPORT + " --labels-from none"
_PRETRAIN = "pretrain shapes.npz -o run --recipe small.yaml"
_FINETUNE = "finetune model shapes.npz -o run --train.epochs 2 --train.batch_size 12 --train.checkpoint_minutes 0"
_FINETUNE += " --train.probe_every 1 --train.precision 32 --train.compile off"
_SEGMENT = "segment model parted.npz -o run --points 48 --patches 8 --train.epochs 2 --train.batch_size 8 --votes 1"
_SEGMENT += " --train.checkpoint_minutes 0 --train.probe_every 1 --train.precision 32 --train.compile off"
_FEW = "few-shot model shapes.npz -o few --way 2 --shot 2 --queries 4 --folds 2"
_EMBED = "embed model --name own "
_ABLATE = "ablate two.yaml shapes.npz -o abl --recipe small.yaml --seeds 1 --jobs {} --compare-untrained false"
_SEARCH = "search {} --like box/00 ball/03 --model model"
_NAME = "name parts --names names.txt --model named -o n.csv"
_ROBUST = "robustness model shapes.npz -o damage --corruptions noise --severities 1,3 --seeds 2"

WRITING: dict[str, Writing] = {
    "make": Writing(_MAKE.format("t.lance")),
    "make-npz": Writing(_MAKE.format("t.npz")),
    "make-overwrite": Writing(
        _MAKE.format("t.lance") + " --overwrite", "", before=(_OLD.format("t.lance"),), keeps=("t.lance",)
    ),
    "make-overwrite-npz": Writing(
        _MAKE.format("t.npz") + " --overwrite", "", before=(_OLD.format("t.npz"),), keeps=("t.npz",)
    ),
    "make-resume": Writing(
        _MAKE.format("t.lance").replace("24", "400") + " --resume", "", before=(_MAKE.format("t.lance"),)
    ),
    "import": Writing(_IMPORT.format("t.lance"), needs=("parts",)),
    "import-npz": Writing(_IMPORT.format("t.npz"), needs=("parts",)),
    "import-overwrite": Writing(
        _IMPORT.format("t.lance") + " --overwrite", "", ("parts",), (_OLD.format("t.lance"),), ("t.lance",)
    ),
    "import-overwrite-npz": Writing(
        _IMPORT.format("t.npz") + " --overwrite", "", ("parts",), (_OLD.format("t.npz"),), ("t.npz",)
    ),
    "import-resume": Writing(
        "shapes import parts -o t.lance --workers 1 --resume", "", ("parts",),
        ("shapes import parts -o t.lance --points 32 --workers 1", "+more"),
    ),
    "import-update": Writing(
        "shapes import parts -o t.lance --workers 1 --update --prune", "", ("parts", "model"),
        (_IMPORT.format("t.lance"), _EMBED + "t.lance", _RENDER.format("t.lance"), "+changed"),
    ),
    "import-update-npz": Writing(
        "shapes import parts -o t.npz --workers 1 --update --prune", "", ("parts", "model"),
        (_IMPORT.format("t.npz"), _EMBED + "t.npz", _RENDER.format("t.npz"), "+changed"),
    ),
    "teach": Writing(
        "shapes teach t.lance --image multiview --text minilm --workers 1 --views 2", "",
        before=(_MAKE.format("t.lance"),), keeps=("t.lance:shapes",),
    ),
    "teach-npz": Writing(
        "shapes teach t.npz --image multiview --text minilm --workers 1 --views 2", "",
        before=(_MAKE.format("t.npz"),), keeps=("t.npz:shapes",),
    ),
    "render": Writing(
        "shapes render t.lance --views 2 --size 24 --device cpu", "", before=(_MAKE.format("t.lance"),),
        keeps=("t.lance:shapes",),
    ),
    "render-overwrite": Writing(
        "shapes render t.lance --views 2 --size 24 --device cpu --overwrite", "",
        before=(_MAKE.format("t.lance") + " --pictures 1",), keeps=("t.lance:shapes", "t.lance:pictures"),
    ),
    "pretrain": Writing(_PRETRAIN, needs=("shapes.npz", "small.yaml")),
    "pretrain-overwrite": Writing(
        _PRETRAIN + " --overwrite", "", ("shapes.npz", "small.yaml"),
        (_PRETRAIN + " --train.seed 3 --train.keep_every 0",), ("run/model/model.safetensors",),
    ),
    "pretrain-resume": Writing(
        "pretrain -o run --resume --train.stop_after 0", "", ("shapes.npz", "small.yaml"),
        (_PRETRAIN + " --train.stop_after 2",),
    ),
    "finetune": Writing(_FINETUNE, needs=("shapes.npz", "model")),
    "finetune-seeds": Writing(_FINETUNE + " --seeds 2", needs=("shapes.npz", "model")),
    "finetune-overwrite": Writing(
        _FINETUNE + " --seeds 2 --overwrite", "", ("shapes.npz", "model"), (_FINETUNE + " --train.seed 4",),
        ("run/model/model.safetensors",),
    ),
    "segment": Writing(_SEGMENT, needs=("parted.npz", "model")),
    "label-parts": Writing("label-parts told parted.npz -o l.lance", "", ("parted.npz", "told")),
    "label-parts-overwrite": Writing(
        "label-parts told parted.npz -o l.lance --overwrite", "", ("parted.npz", "told"), (_OLD.format("l.lance"),),
        ("l.lance",),
    ),
    "label-parts-folder": Writing(
        "label-parts told parted.npz -o plys --overwrite", "", ("parted.npz", "told"),
        ("label-parts told parted.npz -o plys --split val",), ("plys/",),
    ),
    "few-shot": Writing(_FEW + " --method linear --epochs 2", needs=("shapes.npz", "model")),
    "few-shot-svm": Writing(_FEW + " --method svm", needs=("shapes.npz", "model")),
    "few-shot-overwrite": Writing(
        _FEW + " --method linear --epochs 2 --overwrite", "", ("shapes.npz", "model"), (_FEW + " --method svm",),
        ("few/results/fold-00.json",),
    ),
    "few-shot-nowhere": Writing(
        _FEW.replace("-o few ", "") + " --method linear --epochs 1", "", ("shapes.npz", "model"),
    ),
    "embed-table": Writing(_EMBED + "t.lance", "", ("model",), (_MAKE.format("t.lance"),), ("t.lance:shapes",)),
    "embed-npz": Writing(_EMBED + "t.npz", "", ("model",), (_MAKE.format("t.npz"),), ("t.npz:shapes",)),
    "embed-overwrite": Writing(
        _EMBED + "t.lance --overwrite", "", ("model",),
        (_MAKE.format("t.lance"), _EMBED + "t.lance --feature patches"),
        ("t.lance:shapes", "t.lance:embedding/own"),
    ),
    "embed-file": Writing(_EMBED + "t.npz -o v.npz --in-table false", "", ("model",), (_MAKE.format("t.npz"),)),
    "embed-file-overwrite": Writing(
        _EMBED + "t.npz -o v.parquet --in-table false --overwrite", "", ("model",),
        (_MAKE.format("t.npz"), _EMBED + "t.npz -o v.parquet --in-table false --feature patches"), ("v.parquet",),
    ),
    "probe": Writing("probe model shapes.npz --out rec --probes svm,knn", "", ("shapes.npz", "model")),
    "convert": Writing("convert recon.pth out", "--overwrite", ("recon.pth",)),
    "convert-overwrite": Writing(
        "convert recon.pth model --overwrite", "", ("recon.pth", "model"), keeps=("model/model.safetensors",)
    ),
    "zero-shot": Writing("zero-shot named t.npz -o rec", "", ("named",), (_MAKE.format("t.npz") + " --count 60",)),
    "robustness": Writing(_ROBUST, "", ("shapes.npz", "model")),
    "robustness-overwrite": Writing(
        _ROBUST + " --overwrite", "", ("shapes.npz", "model"), (_ROBUST + " --probe knn",),
        ("damage/results/robustness-model-seed0.json",),
    ),
    "ablate": Writing(_ABLATE.format(1), needs=("shapes.npz", "small.yaml", "two.yaml")),
    "ablate-jobs": Writing(_ABLATE.format(2), needs=("shapes.npz", "small.yaml", "two.yaml")),
    "results": Writing("results rec -o tables", "", ("shapes.npz", "model"), ("probe model shapes.npz --out rec",)),
    "attention": Writing("attention model shapes.npz -o att", "--overwrite", ("shapes.npz", "model")),
    "attention-overwrite": Writing(
        "attention model shapes.npz -o att --overwrite", "", ("shapes.npz", "model"),
        ("attention model shapes.npz -o att --split val",), ("att/attention.npz",),
    ),
    "label-from": Writing(
        "label t.lance --from told.csv", "", ("parts", "told.csv"), (_BARE.format("t.lance"),), ("t.lance:shapes",)
    ),
    "label-from-npz": Writing(
        "label t.npz --from told.csv", "", ("parts", "told.csv"), (_BARE.format("t.npz"),), ("t.npz:shapes",)
    ),
    "label-examples": Writing(
        "label t.lance --examples --model model --threshold 0.1", "", ("parts", "told.csv", "model"),
        (_BARE.format("t.lance"), "label t.lance --from told.csv"), ("t.lance:shapes",),
    ),
    "label-export": Writing(
        "label t.lance --export l.csv --overwrite", "", ("parts", "told.csv"),
        (_BARE.format("t.lance"), "label t.lance --export l.csv", "label t.lance --from told.csv"), ("l.csv",),
    ),
    "show": Writing("show 0001 0002 --model model --data shapes.npz -o s.png s.html", "--overwrite",
                    ("shapes.npz", "model")),
    "duplicates": Writing(
        "duplicates t.lance --kinds same-file,identical,remeshed --csv d.csv --html d.html", "--overwrite", ("parts",),
        (_IMPORT.format("t.lance"),), ("t.lance",),
    ),
    "duplicates-folder": Writing(
        "duplicates parts --model model --json --csv d.csv --html d.html", "--overwrite", ("parts", "copies", "model")
    ),
    "search-folder": Writing(_SEARCH.format("parts") + " --json --csv s.csv", "--overwrite", ("parts", "model")),
    "search-folder-changed": Writing(
        _SEARCH.format("parts") + " --prune", "", ("parts", "model"), (_SEARCH.format("parts"), "+changed")
    ),
    "search-npz": Writing(
        _SEARCH.format("t.npz") + " --html s.html --csv s.csv --overwrite", "", ("parts", "model"),
        (_IMPORT.format("t.npz"), _SEARCH.format("t.npz") + " --csv s.csv --top 3"), ("t.npz:shapes", "s.csv"),
    ),
    "name": Writing(_NAME, "--overwrite", ("parts", "named", "names.txt"), keeps=("parts/",)),
    "name-overwrite": Writing(
        _NAME + " --overwrite --threshold 0.9", "", ("parts", "named", "names.txt"), (_NAME,), ("n.csv",)
    ),
    "label-names": Writing(
        "label t.lance --names names.txt --model named --threshold 0", "", ("parts", "named", "names.txt"),
        (_BARE.format("t.lance"),), ("t.lance:shapes",),
    ),
    "label-suggest": Writing(
        "label t.npz --suggest 5 --model model -o l.html", "--overwrite", ("parts", "model"), (_BARE.format("t.npz"),),
        ("t.npz:shapes",),
    ),
    "label-check": Writing(
        "label t.lance --check --model model -o l.csv", "--overwrite", ("parts", "told.csv", "model"),
        (_BARE.format("t.lance"), "label t.lance --from told.csv"), ("t.lance:shapes", "t.lance:labels"),
    ),
    "classify": Writing(
        "classify run shapes.npz -o c.json", "--overwrite", ("shapes.npz", "model"),
        (_FINETUNE,), ("run/model/model.safetensors",),
    ),
    "map": Writing("map parts --model model -o m.html", "--overwrite", ("parts", "model")),
    "map-overwrite": Writing(
        "map t.lance --model model -o m.html --overwrite", "", ("parts", "model"),
        (_IMPORT.format("t.lance"), "map t.lance --model model -o m.html --pictures 0"), ("t.lance:shapes", "m.html"),
    ),
    "clusters": Writing("clusters parts --model model -o c.csv", "--overwrite", ("parts", "model")),
    "clusters-overwrite": Writing(
        "clusters t.npz --model model -o c.json --count 3 --overwrite", "", ("parts", "model"),
        (_IMPORT.format("t.npz"), "clusters t.npz --model model -o c.json --count 2"), ("t.npz:shapes", "c.json"),
    ),
    "export": Writing("shapes export t.lance -o ex", "--overwrite", ("parts",), (_IMPORT.format("t.lance"),)),
    "export-overwrite": Writing(
        "shapes export t.npz -o ex --overwrite", "", ("parts",),
        (_OLD.format("o.npz"), "shapes export o.npz -o ex", _IMPORT.format("t.npz")), ("ex/",),
    ),
    "embed-with": Writing(
        "embed model t.npz -o v.parquet --with thumbnails,neighbors,map --in-table false", "", ("parts", "model"),
        (_IMPORT.format("t.npz"),), ("t.npz:shapes",),
    ),
    "embed-with-overwrite": Writing(
        _EMBED + "t.lance -o v.parquet --with thumbnails,neighbors,map --overwrite", "", ("parts", "model"),
        (_IMPORT.format("t.lance"), _EMBED + "t.lance -o v.parquet --feature patches"),
        ("t.lance:shapes", "t.lance:embedding/own", "v.parquet"),
    ),
    "report": Writing("report run", "", ("shapes.npz", "small.yaml"), (_PRETRAIN,)),
}  # fmt: skip
