"""A new ReCon++ model: its weights drawn by PyTorch's rules, or as the released code draws them."""

import torch
from torch import nn

from pointrecon.models.plus.plus_config import PlusConfig
from pointrecon.models.plus.plus_model import ReconPlusModel

MEAN, DEVIATION = 0.02, 0.01  # of the released weights of linear layers


def new_plus(config: PlusConfig, *, seed: int, start: str = "usual") -> ReconPlusModel:
    """A model with random weights.

    Args:
        config: its configuration.
        seed: of the weights.
        start: "usual": PyTorch's rules, and tokens from a normal distribution of deviation 0.02. "released": linear
            layers N(0.02, 0.01²) with biases of 0, queries and mask token 0 (METHOD-PLUS section 4, "Start"). Queries
            that begin equal part only as they are matched to different features.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ReconPlusModel(config)
        if start == "released":
            _as_released(model)
    return model


@torch.no_grad()
def _as_released(model: ReconPlusModel) -> None:
    for name, module in model.named_modules():
        # its patch embedding and the last layer of its decoder are convolutions, which PyTorch draws
        if isinstance(module, nn.Linear) and not name.startswith(("encoder.embed", "decoder.predict")):
            module.weight.normal_(MEAN, DEVIATION)
            if module.bias is not None:
                module.bias.zero_()
    for name, token in model.named_parameters():
        if name.endswith(("queries", "mask_token")):
            token.zero_()
