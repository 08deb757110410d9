"""A pre-trained backbone under a new head."""

from dataclasses import replace
from typing import Any

from pointrecon.errors import InputError
from pointrecon.models.model import ReconModel, create_model
from pointrecon.models.model_config import Head, ModelConfig
from pointrecon.training.batches import steps_per_epoch

_BACKBONE = ("encoder.", "query_encoder.")


def with_head(
    source: ReconModel, head: Head, *, seed: int = 0, from_scratch: bool = False, **overrides: Any
) -> ReconModel:
    """A model with this head and the backbone of ``source``.

    Decoder and projections are left out, and the stop-gradient is taken away, as in the released fine-tuning.

    Args:
        source: the pre-trained model.
        head: what goes on it.
        seed: of the head's weights, and of all weights from scratch.
        from_scratch: random weights instead of the source's.
        **overrides: settings of :class:`ModelConfig` that do not change the weights: drop_path, points, patches.

    Raises:
        InputError: for settings that do not fit.
    """
    plain: dict[str, Any] = {"decoder_depth": 0, "teachers": {}, "self_contrast": False, "stop_gradient": False}
    config: ModelConfig = replace(source.config, head=head, **{**plain, **overrides})
    model = create_model(config, seed=seed)
    if not from_scratch:
        state = model.state_dict()
        state |= {name: value for name, value in source.state_dict().items() if name.startswith(_BACKBONE)}
        model.load_state_dict(state)
    return model


def check_batches(head: str, shapes: int, batch_size: int, world: int = 1) -> None:
    """Raise InputError where a head that normalizes over the batch would get a batch of one shape.

    Args:
        head: kind of head. shapes: in an epoch. batch_size: shapes a step. world: processes.
    """
    name = {"mlp3": "mlp3", "parts": "part"}.get(head)
    smallest = shapes // steps_per_epoch(shapes, batch_size) // world
    if name and smallest < 2:
        raise InputError(
            f"the {name} head normalizes over the batch and needs 2 shapes in each; {shapes} training shapes in "
            f"batches of {batch_size} leave {smallest} in some: change train.batch_size"
        )
