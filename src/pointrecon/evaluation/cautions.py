"""Sentences a reader of a number should know: shapes seen before, points repeated."""

from collections.abc import Iterable
from pathlib import Path

from pointrecon.training.run_folder import CONFIG, MODELS, RunFolder


def cautions(model: str, table: str, tested: Iterable[str], *, have: int, wanted: int) -> list[str]:
    """What to say beside a result, or nothing.

    Args:
        model: path of the model, or what else it is called.
        table: path of the table, or what else it is called.
        tested: the splits of the shapes measured on ("" for shapes of none).
        have: points a shape of the table has.
        wanted: points the model is given.
    """
    return [*seen_before(model, table, tested), *repeated(have, wanted)]


def seen_before(model: str, table: str, tested: Iterable[str]) -> list[str]:
    """A note where the pre-training run around a model folder learned from the shapes measured on."""
    folder = Path(model).absolute()
    run = folder.parent.parent if folder.parent.name == MODELS else folder.parent  # RUN/models/epoch-0100, RUN/model
    if not (folder / "config.json").is_file() or not (run / CONFIG).is_file():
        return []
    config = RunFolder(run).config()
    if not isinstance(config.get("data"), list):
        return []  # no pre-training
    place = table if "://" in table else str(Path(table).absolute())
    if place not in config["data"] or not set(tested) & set(config.get("splits", [])):
        return []
    return ["the model was pre-trained on the test shapes too: its run learned from their split"]


def repeated(have: int, wanted: int) -> list[str]:
    """A note where clouds have fewer points than a model is given."""
    return [f"the table has {have} points a shape: they were repeated up to {wanted}"] if have < wanted else []
