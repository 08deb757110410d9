"""``pointrecon ablate``: the same pre-training with one thing changed at a time, over seeds, measured and drawn."""

RESUMES = True
EXAMPLES = """  pointrecon ablate paradigm parts.lance -o runs/paradigm
  pointrecon ablate paradigm,stop-gradient,mask-ratio parts.lance -o runs/ablations --seeds 3 --jobs 2
  pointrecon ablate mask-ratio parts.lance -o runs/ablations --resume
  pointrecon ablate mask-ratio parts.lance -o runs/ablations --list
  pointrecon ablate data-fraction shapes.lance -o runs/fraction --evaluate modelnet40.lance --train.epochs 20
  pointrecon ablate mine.yaml parts.lance -o runs/mine --recipe nano --optim.learning_rate 5e-4

With --resume the same command goes on where it was stopped, and another experiment is added to the folder.
An experiment of your own is a YAML file:
  {title: Learning rate, axis: rate, figure: curve, log: true, variants: [
    {label: low, value: 1e-4, settings: {optim: {learning_rate: 1e-4}}},
    {label: high, value: 1e-3, settings: {optim: {learning_rate: 1e-3}}}]}"""


def main(argv: list[str]) -> int:
    """Run the command; 1 when a run failed."""
    from pointrecon.experiments.experiment_recipes import load_experiments
    from pointrecon.recipe import recipe_names
    from pointrecon.settings import given, settings_parser
    from pointrecon.training.pretrain_config import PretrainConfig

    parser = settings_parser(
        PretrainConfig,
        "ablate",
        "Pre-train every variant of an experiment with several seeds, probe the models, and write table and figure. "
        "Runs already done are not done again.",
        EXAMPLES,
        skip=("data", "out"),
    )
    parser.add_argument(
        "experiment", type=str, help=f"{', '.join(recipe_names('ablate'))}, or a YAML file; several with commas"
    )
    parser.add_argument("data", nargs="*", default=[], help="shape tables to learn from (.lance folders or .npz files)")
    parser.out("the folder to write", "")
    parser.option("--seeds", 3, "runs of each variant, from train.seed on")
    parser.option("--evaluate", None, "labeled tables to probe on (those learned from)", str, nargs="+")
    parser.option("--jobs", 1, "runs at a time, which share the processor's cores")
    parser.option("--recipe", "nano", f"what the variants share: {', '.join(recipe_names())}, or a file")
    parser.option("--compare-untrained", True, "measure random weights beside each model")
    parser.flag("--resume", "go on with what is in --out, or add an experiment to it")
    parser.flag("--list", "tell which runs there are and which are done; do none")
    asked = {"data": [], "out": "", **given(parser, argv)}
    load_experiments(asked["experiment"])  # a misspelt name is told at once

    from pointrecon.experiments.ablation import ablate

    return 1 if ablate(only_list=asked.pop("list", False), **asked).failed else 0
