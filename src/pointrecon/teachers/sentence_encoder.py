"""MiniLM's six layers in plain torch: the same sentences' features as by `transformers`, whose import takes seconds."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import embedding, gelu, layer_norm, linear, normalize, scaled_dot_product_attention

from pointrecon.errors import InputError, require
from pointrecon.teachers.hub import Source, read_json

_HEADS, _LAYERS, _EPS = 12, 6, 1e-12


class SentenceEncoder:
    """The frozen BERT of all-MiniLM-L6-v2 (Wang et al. 2020); features as `TransformersText` describes them.

    Its weights are known by their hash (see `load_minilm`), so their shapes are not asked for.
    """

    def __init__(self, source: Source, device: str | torch.device = "cpu") -> None:
        from safetensors.torch import load_file

        self.name, self.device = source.name, torch.device(device)
        weights = load_file(source.folder / "model.safetensors")
        self._weights = {key: value.to(self.device).float() for key, value in weights.items() if "_ids" not in key}
        length = int(read_json(source.folder / "sentence_bert_config.json").get("max_seq_length") or 512)
        self._tokenizer = require("tokenizers", "offline-text").Tokenizer.from_file(
            str(source.folder / "tokenizer.json")
        )
        self._tokenizer.enable_truncation(length)
        self._tokenizer.enable_padding()
        self.width = self._weights["embeddings.word_embeddings.weight"].shape[1]
        self.info = source.info(self.width)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> Tensor:
        """Sentences to features (B, D) float32 on the CPU; longer ones than 256 tokens are cut.

        Raises:
            InputError: no texts, or a lone string instead of a sequence.
        """
        if isinstance(texts, str) or not len(texts):
            raise InputError("a text teacher wants a list of at least one sentence")
        tokens = self._tokenizer.encode_batch(list(texts))
        ids = torch.tensor([one.ids for one in tokens], device=self.device)
        mask = torch.tensor([one.attention_mask for one in tokens], device=self.device).bool()
        place = torch.arange(ids.shape[1], device=self.device)
        words, places, kind = (
            self._weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        )
        x = self._norm("embeddings", embedding(ids, words) + embedding(place, places) + kind[0])
        for layer in range(_LAYERS):
            x = self._layer(f"encoder.layer.{layer}", x, mask[:, None, None])
        weight = mask[..., None].to(x.dtype)
        pooled = (x * weight).sum(1) / weight.sum(1)
        return normalize(pooled, dim=1).mul(self.width**0.5).cpu()

    def _layer(self, name: str, x: Tensor, mask: Tensor) -> Tensor:
        """(B, T, D) → (B, T, D); ``mask`` (B, 1, 1, T) is true where there are words."""
        parts = (self._linear(f"{name}.attention.self.{part}", x) for part in ("query", "key", "value"))
        q, k, v = (part.unflatten(-1, (_HEADS, -1)).transpose(1, 2) for part in parts)
        read = scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2)
        x = self._norm(f"{name}.attention.output", self._linear(f"{name}.attention.output.dense", read) + x)
        wide = gelu(self._linear(f"{name}.intermediate.dense", x))
        return self._norm(f"{name}.output", self._linear(f"{name}.output.dense", wide) + x)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, x: Tensor) -> Tensor:
        own = f"{name}.LayerNorm"
        return layer_norm(x, x.shape[-1:], self._weights[f"{own}.weight"], self._weights[f"{own}.bias"], _EPS)
