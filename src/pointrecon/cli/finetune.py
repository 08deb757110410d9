"""``pointrecon finetune``: turn a pre-trained model into a classifier, or go on with such a run."""

EXAMPLES = """  pointrecon finetune runs/parts parts.lance -o runs/parts-classes
  pointrecon finetune parts.lance -o runs/classes          # from the model that comes along, made-nano
  pointrecon finetune runs/parts parts.lance -o runs/linear --mode linear
  pointrecon finetune runs/parts parts.lance -o runs/scratch --from-scratch
  pointrecon finetune nano parts.lance -o runs/scratch --from-scratch
  pointrecon finetune runs/plus parts.lance -o runs/plus-classes --classify.rebuild_weight 0
  pointrecon finetune runs/parts parts.lance -o runs/few --labels 0.1 --classify.class_weights balanced
  pointrecon finetune runs/parts parts.lance -o runs/all --protocol all --train.epochs 34 --keep.epoch last
      # validation shapes too, for as many epochs as the run before chose
  pointrecon finetune recon.pth modelnet40.lance -o runs/paper --protocol paper --votes 10 --classify.draw farthest \\
      --optim.learning_rate 1e-5 --train.epochs 300
  pointrecon finetune -o runs/parts-classes --resume"""
RESUMES = True


def main(argv: list[str]) -> None:
    """Run the command."""
    from pointrecon.transfer.transfer_config import FinetuneConfig, given_settings

    values = given_settings(
        FinetuneConfig,
        "finetune",
        "Fine-tune a model to classify labeled shapes. Validation shapes choose the epoch, test shapes are seen once, "
        "at the end.",
        EXAMPLES,
        "shapes with labels: a table, or a folder of meshes in a folder per class",
        argv,
    )

    from pointrecon.transfer.finetuning import finetune

    finetune(**values)
