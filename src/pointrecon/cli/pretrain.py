"""``pointrecon pretrain``: pre-train on shape tables, or go on with a run."""

from collections.abc import Sequence

from pointrecon.errors import InputError

EXAMPLES = """  pointrecon pretrain parts.lance -o runs/parts
  pointrecon pretrain parts.lance -o runs/small --recipe nano --train.epochs 100 --optim.learning_rate 5e-4
  pointrecon pretrain parts.lance -o runs/mae --objective.paradigm reconstruct
  pointrecon pretrain parts.lance -o runs/tuned --init recon.pth --model.size base
  pointrecon pretrain --resume runs/parts
  torchrun --nproc-per-node 2 -m pointrecon pretrain parts.lance -o runs/two"""


def main(argv: Sequence[str]) -> int:
    """Parse, run, and return 0 when the run is finished or was stopped in good order."""
    from pointrecon.recipe import unfold
    from pointrecon.training.pretrain_config import from_namespace, recipe_names, settings_parser

    parser = settings_parser("pretrain", "Pre-train a ReCon model on shape tables, or resume a run.", EXAMPLES)
    parser.add_argument("tables", nargs="*", help="shape tables (.lance folders or .npz files)")
    parser.add_argument("-o", "--out", default="", help="the run folder to write")
    parser.add_argument("--recipe", help=f"settings by name ({', '.join(recipe_names())}) or a YAML file")
    parser.add_argument("--resume", help="go on with this run folder; nothing else is needed")
    parser.add_argument("--overwrite", action="store_true", help="start afresh where a run is already")
    values = parser.parse_args(unfold(argv, "pretrain"))

    from pointrecon.training.pretraining import pretrain

    if values.resume:
        if [word for word in argv if word.split("=")[0] != "--resume"] not in ([], [values.resume]):
            raise InputError("--resume takes only the run folder: its settings are in its config.yaml")
        pretrain(resume=values.resume)
        return 0
    config = from_namespace(parser, values, data=values.tables, out=values.out)
    pretrain(config=config, data=None, overwrite=values.overwrite)
    return 0
