"""What sets one way of fine-tuning apart from the others, and how shapes are divided under a protocol."""

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from torch import nn

from pointrecon.evaluation.splits import Splits, hold_out, probe_splits, without_choices
from pointrecon.models.files.released import seeded_model
from pointrecon.models.model_config import Head
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_model import EitherModel
from pointrecon.shapes.table.collection import Shapes
from pointrecon.transfer.transfer_config import TransferConfig

C = TypeVar("C", bound=TransferConfig)
Found = list[tuple[int, dict[str, Any]]]  # number of votes, and a record's metrics, per_class, classes, ...


_BACKBONE = ("encoder.", "query_encoder.", "decoder.")


class Transfer(ABC, Generic[C]):
    """One way of fine-tuning on some shapes: a subclass says what sets it apart, the functions below do the rest."""

    command: ClassVar[str]  # of the command line; also the file of records
    settings: ClassVar[type]  # of its configuration
    mark: ClassVar[str]  # a setting that no other way's runs have
    measures: ClassVar[tuple[str, ...]]  # what is measured where epochs are compared; the first decides
    needs: ClassVar[str]  # what its shapes must be, for messages
    parts: ClassVar[bool] = False  # whether training needs the points' part labels

    def __init__(
        self, config: C, source: EitherModel, shapes: Shapes, splits: Splits, head: Head, task_name: str
    ) -> None:
        """The shapes are labeled with what the head tells apart; records have the task's name, "finetune/full"."""
        self.config, self.source, self.shapes, self.splits = config, source, shapes, splits
        self.head, self.task_name = head, task_name
        self.counts: dict[str, int] = {}  # for the records, besides those of shapes

    @classmethod
    @abstractmethod
    def on(cls, config: C, source: EitherModel, shapes: Shapes) -> "Transfer[C]":
        """This way on these shapes; settings that were left open are settled in its ``config``."""

    @abstractmethod
    def task(self, model: EitherModel, seen: Shapes) -> nn.Module:
        """What is optimized on the training shapes, for `fit`."""

    def drawn(self, model: EitherModel, seen: Shapes) -> int:
        """Points a training batch must have."""
        return model.config.points

    @abstractmethod
    def scores(self, model: nn.Module, shapes: Shapes, **how: Any) -> Found:
        """How well a model does, once as it is and where ``votes`` are above 1 again with them.

        ``how`` has votes, seed, device, and advance, which is called with the number of clouds done.
        """

    def test(self, model: nn.Module, shapes: Shapes, results: Path, **how: Any) -> Found:
        """`scores` of the test shapes, and what is to be drawn of them into the folder of results."""
        return self.scores(model, shapes, **how)

    def settings_of_model(self) -> dict[str, Any]:
        """What the model to train has besides, as settings of its configuration."""
        return {}

    def build(self, seed: int) -> EitherModel:
        """The model to train."""
        sizes = {name: getattr(self.config, name) for name in ("drop_path", "points", "patches")}
        given = {name: value for name, value in sizes.items() if value is not None} | self.settings_of_model()
        return with_head(self.source, self.head, seed=seed, from_scratch=self.config.from_scratch, **given)


def with_head(
    source: EitherModel, head: Head, *, seed: int = 0, from_scratch: bool = False, **overrides: Any
) -> EitherModel:
    """A model with this head and the backbone of ``source``; ``seed`` draws the head, and from scratch all weights.

    Projections and, unless asked for, the decoder are left out, and the stop-gradient is taken away, as in the released
    fine-tuning. A ReCon++ model gets a class query for a head over classes, drawn too where the source has none; the
    number of its queries, its masking and its LayerScale are the source's. The ``overrides`` are settings of its
    configuration: drop_path, points, patches; of ReCon++ also decoder_depth and layer_scale, to keep the one and to
    leave out the other. InputError for settings that do not fit.
    """
    plain: dict[str, Any] = {"decoder_depth": 0, "teachers": {}, "stop_gradient": False}
    if isinstance(source.config, PlusConfig):
        plain["class_query"] = head.kind != "parts"
    else:
        plain["self_contrast"] = False
    model = seeded_model(replace(source.config, head=head, **{**plain, **overrides}), seed)
    if not from_scratch:
        state = model.state_dict()
        kept = (name for name in state if name.startswith(_BACKBONE))
        own = source.state_dict()
        model.load_state_dict(state | {name: own[name] for name in kept if name in own})
    return model


def protocol_splits(shapes: Shapes, config: TransferConfig, **how: Any) -> Splits:
    """Which shapes are learned from, chosen on and tested on, under the protocol; ``how`` as for `probe_splits`."""
    splits = probe_splits(shapes, split=config.split, seed=config.split_seed, **how)
    if config.protocol == "paper":
        splits.train, splits.val = np.concatenate([splits.train, splits.val]), splits.test
        chosen = "the epoch was chosen on the test split" if config.keep.chooses else "the last epoch was kept"
        told = f"protocol 'paper': validation shapes were trained on too, and {chosen}"
        splits.notes = [*without_choices(splits.notes), told]
    elif config.protocol == "all":
        splits.train, splits.val = np.concatenate([splits.train, splits.val]), splits.val[:0]
        told = f"the number of epochs, {config.train.epochs}, was set before"
        splits.notes = [
            *without_choices(splits.notes),
            f"protocol 'all': validation shapes were trained on too; {told}",
        ]
    elif not config.keep.chooses:
        splits.notes = [*without_choices(splits.notes), "validation shapes were held out and decided nothing"]
    return splits


def label_share(index: np.ndarray, label: np.ndarray, share: float, seed: int) -> np.ndarray:
    """A seeded share of every class among the shapes ``index``, at least one of each."""
    if share == 1:
        return index
    return np.sort(index[hold_out(label[index], share, seed, least=1)])
