"""Models: configuration and sizes, the encoder, the decoder, heads, model folders and released checkpoints."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pointrecon.models.config import Head, ModelConfig, Teacher, model_config, size_names
    from pointrecon.models.encoder import Encoding
    from pointrecon.models.folder import convert, load_model, save_model
    from pointrecon.models.model import ReconModel, create_model

_HOME = {
    "Encoding": "encoder",
    "Head": "config",
    "ModelConfig": "config",
    "ReconModel": "model",
    "Teacher": "config",
    "convert": "folder",
    "create_model": "model",
    "load_model": "folder",
    "model_config": "config",
    "save_model": "folder",
    "size_names": "config",
}
__all__ = [
    "Encoding",
    "Head",
    "ModelConfig",
    "ReconModel",
    "Teacher",
    "convert",
    "create_model",
    "load_model",
    "model_config",
    "save_model",
    "size_names",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"pointrecon.models.{_HOME[name]}"), name)
    raise AttributeError(f"module 'pointrecon.models' has no attribute {name!r}")
