"""``pointrecon segment``: turn a pre-trained model into one that tells parts, or go on with such a run."""

from collections.abc import Sequence

EXAMPLES = """  pointrecon segment runs/parts/model chairs.lance -o runs/chair-parts
  pointrecon segment runs/parts/model chairs.lance -o runs/chair-parts --votes 10
  pointrecon segment runs/parts/model chairs.lance -o runs/scratch --from-scratch
  pointrecon segment nano chairs.lance -o runs/scratch --from-scratch --segment.loss_points 512
  pointrecon segment recon.pth shapenetpart.lance -o runs/paper --protocol paper --optim.learning_rate 1e-4 \\
      --train.epochs 300
  pointrecon segment --resume runs/chair-parts
  pointrecon label-parts runs/chair-parts/model scan.ply --category Chair -o labeled.ply    then label other shapes"""


def main(argv: Sequence[str]) -> int:
    """Parse, run, and return 0 when the run is finished or was stopped in good order."""
    from pointrecon.recipe import unfold
    from pointrecon.transfer.segment_config import SegmentConfig
    from pointrecon.transfer.transfer_config import add_places, check_resume, from_namespace, settings_parser

    parser = settings_parser(
        SegmentConfig,
        "segment",
        "Fine-tune a model to tell the parts of the shapes of a table with part labels. Validation shapes choose the "
        "epoch, test shapes are seen once, at the end.",
        EXAMPLES,
    )
    add_places(parser, "a shape table with part labels")
    values = parser.parse_args(unfold(argv, "segment"))

    from pointrecon.transfer.part_segmentation import segment

    if values.resume:
        check_resume(argv, values.resume)
        segment(resume=values.resume)
        return 0
    config = from_namespace(SegmentConfig, parser, values, model=values.model, data=values.data, out=values.out)
    segment(config=config, overwrite=values.overwrite)
    return 0
