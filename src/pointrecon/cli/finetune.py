"""``pointrecon finetune``: turn a pre-trained model into a classifier, or go on with such a run."""

from collections.abc import Sequence

from pointrecon.errors import InputError

EXAMPLES = """  pointrecon finetune runs/parts/model parts.lance -o runs/parts-classes
  pointrecon finetune runs/parts/model parts.lance -o runs/linear --mode linear --seeds 3
  pointrecon finetune runs/parts/model parts.lance -o runs/scratch --from-scratch --seeds 3
  pointrecon finetune nano parts.lance -o runs/scratch --from-scratch
  pointrecon finetune runs/parts/model parts.lance -o runs/few --labels 0.1 --classify.class_weights balanced
  pointrecon finetune recon.pth modelnet40.lance -o runs/paper --protocol paper --votes 10 --classify.draw farthest \\
      --optim.learning_rate 1e-5 --train.epochs 300
  pointrecon finetune --resume runs/parts-classes"""


def main(argv: Sequence[str]) -> int:
    """Parse, run, and return 0 when the run is finished or was stopped in good order."""
    from pointrecon.jobs.finetune_config import from_namespace, settings_parser

    parser = settings_parser(
        "finetune",
        "Fine-tune a model to classify the shapes of a labelled table. Validation shapes choose the epoch, test "
        "shapes are seen once, at the end.",
        EXAMPLES,
    )
    parser.add_argument(
        "model", nargs="?", default="", help="model folder, released .pth, or with --from-scratch a size"
    )
    parser.add_argument("data", nargs="?", default="", help="a shape table with labels")
    parser.add_argument("-o", "--out", default="", help="the run folder to write")
    parser.add_argument("--resume", help="go on with this run folder; nothing else is needed")
    parser.add_argument("--overwrite", action="store_true", help="start afresh where a run is already")
    values = parser.parse_args(list(argv))

    from pointrecon.jobs.finetune import finetune

    if values.resume:
        if [word for word in argv if word.split("=")[0] != "--resume"] not in ([], [values.resume]):
            raise InputError("--resume takes only the run folder: its settings are in its config.yaml")
        finetune(resume=values.resume)
        return 0
    config = from_namespace(parser, values, model=values.model, data=values.data, out=values.out)
    finetune(config=config, overwrite=values.overwrite)
    return 0
