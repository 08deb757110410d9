"""``pointrecon finetune``: turn a pre-trained model into a classifier, or go on with such a run."""

from collections.abc import Sequence

EXAMPLES = """  pointrecon finetune runs/parts/model parts.lance -o runs/parts-classes
  pointrecon finetune runs/parts/model parts.lance -o runs/linear --mode linear
  pointrecon finetune runs/parts/model parts.lance -o runs/scratch --from-scratch
  pointrecon finetune nano parts.lance -o runs/scratch --from-scratch
  pointrecon finetune runs/parts/model parts.lance -o runs/few --labels 0.1 --classify.class_weights balanced
  pointrecon finetune recon.pth modelnet40.lance -o runs/paper --protocol paper --votes 10 --classify.draw farthest \\
      --optim.learning_rate 1e-5 --train.epochs 300
  pointrecon finetune --resume runs/parts-classes"""


def main(argv: Sequence[str]) -> int:
    """Parse, run, and return 0 when the run is finished or was stopped in good order."""
    from pointrecon.recipe import unfold
    from pointrecon.transfer.finetune_config import FinetuneConfig
    from pointrecon.transfer.transfer_config import add_places, check_resume, from_namespace, settings_parser

    parser = settings_parser(
        FinetuneConfig,
        "finetune",
        "Fine-tune a model to classify the shapes of a labeled table. Validation shapes choose the epoch, test "
        "shapes are seen once, at the end.",
        EXAMPLES,
    )
    add_places(parser, "a shape table with labels")
    values = parser.parse_args(unfold(argv, "finetune"))

    from pointrecon.transfer.finetuning import finetune

    if values.resume:
        check_resume(argv, values.resume)
        finetune(resume=values.resume)
        return 0
    config = from_namespace(FinetuneConfig, parser, values, model=values.model, data=values.data, out=values.out)
    finetune(config=config, overwrite=values.overwrite)
    return 0
