"""``pointrecon segment``: turn a pre-trained model into one that tells parts, or go on with such a run."""

EXAMPLES = """  pointrecon segment runs/parts chairs.lance -o runs/chair-parts
  pointrecon segment runs/parts chairs.lance -o runs/chair-parts --votes 10
  pointrecon segment runs/parts chairs.lance -o runs/scratch --from-scratch
  pointrecon segment nano chairs.lance -o runs/scratch --from-scratch --segment.loss_points 512
  pointrecon segment recon.pth shapenetpart.lance -o runs/paper --protocol paper --optim.learning_rate 1e-4 \\
      --train.epochs 300
  pointrecon segment -o runs/chair-parts --resume
  pointrecon label-parts runs/chair-parts scan.ply -o labeled.ply --category Chair    # then label other shapes"""
RESUMES = True


def main(argv: list[str]) -> None:
    """Run the command."""
    from pointrecon.transfer.transfer_config import SegmentConfig, given_settings

    values = given_settings(
        SegmentConfig,
        "segment",
        "Fine-tune a model to tell the parts of shapes with part labels. Validation shapes choose the epoch, test "
        "shapes are seen once, at the end.",
        EXAMPLES,
        "a shape table with part labels",
        argv,
    )

    from pointrecon.transfer.part_segmentation import segment

    segment(**values)
