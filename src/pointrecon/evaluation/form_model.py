"""The form of clouds, which no rotation changes, in the place of a model: there is nothing to train."""

import hashlib
import json

import torch
from torch import Tensor, nn

from pointrecon.evaluation.views_model import ViewsConfig
from pointrecon.geometry import form
from pointrecon.geometry.form_spectra import DEGREE, NEXT, SHELLS, WIDTH
from pointrecon.models.facts import ModelFacts

FORM = "form"  # its only feature
_VERSION = 1  # of what is computed: another one is another maker


class FormModel(nn.Module):
    """Clouds to `pointrecon.geometry.form`."""

    uncaptured = True  # in single precision
    only_feature = FORM

    def __init__(self) -> None:
        super().__init__()
        self.config = ViewsConfig(WIDTH, up="unknown", size=FORM)  # whatever is up
        self.facts = ModelFacts()
        about = json.dumps([_VERSION, SHELLS, DEGREE, NEXT])
        mark = bytearray(hashlib.sha256(about.encode()).digest())
        self.register_buffer("mark", torch.frombuffer(mark, dtype=torch.uint8))  # in the place of weights

    def encode(self, points: Tensor) -> Tensor:
        """Clouds (B, N, 3) to vectors (B, D)."""
        with torch.autocast(points.device.type, enabled=False):
            return form(points)

    def pool(self, encoding: Tensor, feature: str = FORM) -> Tensor:
        """The vectors themselves, whatever they are called."""
        return encoding
