"""The two frozen teachers the released step runs every time: ViT-B/16 on a picture, CLIP's text tower on a caption.

Built from their configurations with random weights, which cost the same; nothing is downloaded. Attention is
whatever `transformers` does on its own (fused), which favors the reference.
"""

import torch
from torch import Tensor, nn

from pointrecon.errors import require

PIXELS, WORDS = 224, 77


class Teachers(nn.Module):
    """Picture and caption -> what the student is to imitate, (B, 768) and (B, 512); no gradient."""

    def __init__(self, layers: int = 12) -> None:
        super().__init__()
        library = require("transformers", "teachers")
        self.image = library.ViTModel(library.ViTConfig(num_hidden_layers=layers), add_pooling_layer=False)
        self.text = library.CLIPTextModelWithProjection(library.CLIPTextConfig(num_hidden_layers=layers))
        self.words = int(self.text.config.vocab_size)
        self.eval()

    @torch.no_grad()
    def forward(self, pictures: Tensor, captions: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, 3, 224, 224), captions (B, 77) int64."""
        return self.image(pixel_values=pictures).last_hidden_state[:, 0], self.text(input_ids=captions).text_embeds
