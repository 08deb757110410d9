"""``pointrecon pretrain``: pre-train on shape tables, or go on with a run."""

RESUMES = True
EXAMPLES = """  pointrecon pretrain parts.lance -o runs/parts
  pointrecon pretrain parts.lance -o runs/small --recipe nano --train.epochs 100 --optim.learning_rate 5e-4
  pointrecon pretrain parts.lance -o runs/mae --objective.paradigm reconstruct
  pointrecon pretrain parts.lance -o runs/random --recipe nano --init none     # not from made-nano, however few
  pointrecon pretrain parts.lance -o runs/tuned --init recon.pth --model.size base
  pointrecon pretrain parts.lance -o runs/plus --recipe plus-nano              # ReCon++
  pointrecon pretrain -o runs/parts --resume
  pointrecon pretrain -o runs/parts --resume --data moved/parts.lance
  torchrun --nproc-per-node 2 -m pointrecon pretrain parts.lance -o runs/two"""


def main(argv: list[str]) -> None:
    """Run the command."""
    from pointrecon.recipe import recipe_names
    from pointrecon.settings import given, settings_parser
    from pointrecon.training.pretrain_config import PretrainConfig

    parser = settings_parser(
        PretrainConfig, "pretrain", "Pre-train a ReCon or ReCon++ model on shape tables, or resume a run.", EXAMPLES,
        skip=("data", "out"),
    )  # fmt: skip
    parser.add_argument("tables", nargs="*", default=[], help="shape tables (.lance, .npz) or folders of files")
    parser.add_argument("--data", type=str, nargs="+", help="the same by name, for a run whose tables moved")
    parser.out("the run folder to write", "")
    parser.add_argument("--recipe", type=str, help=f"settings by name ({', '.join(recipe_names())}) or a YAML file")
    parser.flag("--resume", "go on with the run in --out, with its settings and its tables")
    parser.flag("--overwrite", "start afresh where a run is already")
    asked = given(parser, argv)

    from pointrecon.training.pretraining import pretrain

    data = asked.pop("data", []) + asked.pop("tables", [])
    pretrain(data or None, **asked)
