"""What pre-training begins with: random weights, or another model's."""

from pointrecon.documents import read_json
from pointrecon.errors import InputError
from pointrecon.models.deepened import deepened
from pointrecon.models.facts import weights_hash
from pointrecon.models.files.folder import CONFIG, load_model
from pointrecon.models.files.ready import READY, ready_folder
from pointrecon.models.model import ReconModel, create_model
from pointrecon.models.model_config import ModelConfig
from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_model import ReconPlusModel
from pointrecon.training.image_blocks import begin_with_blocks
from pointrecon.training.objective import PARADIGMS
from pointrecon.training.plus_start import new_plus
from pointrecon.training.pretrain_config import PretrainConfig

FEW = 3000  # shapes, below which pre-training may leave neighbors no better than random weights do
_OF_WEIGHTS = ("width", "heads", "depth", "stem", "patch_size", "up")


def begins_with(config: PretrainConfig, count: int) -> str:
    """What `start_from` is to take for so many shapes to learn from; "" for random weights.

    Where the settings leave it open ("auto"): a model that comes along, for fewer than ``FEW`` shapes and a model
    that has its size and up axis and takes the patches by themselves as it does.
    """
    if config.init != "auto":
        return config.init
    if config.model.plus:
        return ""
    own, streams = config.model.resolve(), PARADIGMS[config.objective.paradigm][0]
    for name in READY if count < FEW else ():
        ready = read_json(ready_folder(name) / CONFIG)["model"]
        if ready["streams"] == streams and all(ready[key] == getattr(own, key) for key in _OF_WEIGHTS):
            return name
    return ""


def first_model(config: PretrainConfig, model_config: ModelConfig | PlusConfig) -> ReconModel | ReconPlusModel:
    """A new model with the weights that a run draws."""
    seed = config.train.seed
    if isinstance(model_config, PlusConfig):
        return new_plus(model_config, seed=seed, start=config.start)
    return create_model(model_config, seed=seed)


def begin(model: ReconModel | ReconPlusModel, config: PretrainConfig) -> None:
    """Give a new model the weights it begins with: another model's, an image model's blocks, or both.

    Raises:
        InputError: as :func:`start_from` and :func:`pointrecon.training.image_blocks.begin_with_blocks`.
    """
    if config.init:
        start_from(model, config.init)
    if config.blocks != "none" and isinstance(model, ReconPlusModel):
        begin_with_blocks(model, config.blocks, queries_only=bool(config.init))


def start_from(model: ReconModel | ReconPlusModel, path: str) -> None:
    """Start a model's weights from another model's: every tensor of the same name and shape is taken, and its facts.

    A deeper model takes all of its blocks, with others between them (:func:`pointrecon.models.deepened.deepened`).

    Raises:
        InputError: when the encoders do not fit, or this model has fewer blocks.
    """
    source = load_model(path)
    if type(source) is not type(model):
        family, other = ("ReCon", "ReCon++") if isinstance(model, ReconModel) else ("ReCon++", "ReCon")
        raise InputError(
            f"'{path}' is a {other} model, and this run makes one of {family} ('{model.config.size}'): take another "
            "--model.size, or --init none"
        )
    state, own = source.state_dict(), model.state_dict()
    depth, deeper = source.config.depth, model.config.depth
    if deeper < depth:
        raise InputError(
            f"'{path}' has {depth} encoder blocks, more than this model's {deeper}: give --model.depth {depth}"
        )
    if deeper > depth:
        state = deepened(state, depth, deeper)
    missing = [n for n in own if n.startswith("encoder.") and (n not in state or state[n].shape != own[n].shape)]
    if missing:
        raise InputError(f"the encoder of '{path}' does not fit this model (first difference: {missing[0]})")
    own.update({name: value for name, value in state.items() if name in own and own[name].shape == value.shape})
    model.load_state_dict(own)
    begun, facts = source.facts, model.facts
    facts.origin, facts.data = weights_hash(source), [*begun.data, *facts.data]
    known = begun.categories or "text" not in source.config.teachers  # else it was taught names that it does not tell
    facts.categories = [*dict.fromkeys([*begun.categories, *facts.categories])] if known else []
