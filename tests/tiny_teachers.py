"""Tiny random models saved to disk as the hub would hold them, and teachers that only count."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    CLIPConfig,
    CLIPModel,
    Dinov2Config,
    Dinov2Model,
    PreTrainedTokenizerFast,
    Siglip2Config,
    Siglip2Model,
    SiglipConfig,
    SiglipModel,
    ViTConfig,
    ViTModel,
)

WORDS = [  # the place is the number
    *("[PAD]", "[UNK]", "<s>", "</s>", "a", "chair", "table", "red", "model", "of", "."),
    *(",", "point", "cloud", "with", "two", "legs", "A"),
]
SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
VISION = {**SMALL, "image_size": 32, "patch_size": 8}
TEXT = {
    **SMALL,
    "vocab_size": len(WORDS),
    "max_position_embeddings": 12,
    "pad_token_id": 0,
    "bos_token_id": 2,
    "eos_token_id": 3,
}


def save_model(kind: str, folder: Path) -> Path:
    """A random model of the kind "clip", "siglip", "siglip2", "vit", "dinov2" or "bert" in a new folder."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        if kind == "clip":
            model = CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=10))
        elif kind == "siglip":
            model = SiglipModel(SiglipConfig(text_config={**TEXT, "projection_size": 16}, vision_config=VISION))
        elif kind == "siglip2":
            vision = {**SMALL, "num_patches": 16, "patch_size": 8}
            model = Siglip2Model(Siglip2Config(text_config={**TEXT, "projection_size": 16}, vision_config=vision))
        elif kind == "vit":
            model = ViTModel(ViTConfig(**VISION))
        elif kind == "dinov2":
            model = Dinov2Model(Dinov2Config(**{k: v for k, v in VISION.items() if k != "intermediate_size"}))
        else:
            model = BertModel(BertConfig(**TEXT))
    model.save_pretrained(folder)
    if kind in ("clip", "siglip", "siglip2", "bert"):
        save_tokenizer(folder)
    if kind != "siglip2":
        config = {
            "do_resize": True,
            "size": {"shortest_edge": 36},
            "do_center_crop": True,
            "crop_size": {"height": 32, "width": 32},
            "image_mean": [0.4, 0.5, 0.6],
            "image_std": [0.2, 0.25, 0.3],
            "resample": 3,
        }
        (folder / "preprocessor_config.json").write_text(json.dumps(config))
    return folder


def save_tokenizer(folder: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", bos_token="<s>", eos_token="</s>"
    ).save_pretrained(folder)


class CountingText:
    """A text teacher of two numbers that remembers what it was asked, and may fail after some batches."""

    name = "counting"
    width = 2

    def __init__(self, fail_after: int | None = None) -> None:
        self.info = {"model": "counting", "sha256": "0", "width": 2}
        self.asked: list[str] = []
        self.batches = 0
        self.fail_after = fail_after

    def encode(self, texts: Sequence[str]) -> torch.Tensor:
        if self.fail_after is not None and self.batches >= self.fail_after:
            raise KeyboardInterrupt
        self.batches += 1
        self.asked += texts
        return torch.tensor([[len(t), sum(map(ord, t)) % 100] for t in texts], dtype=torch.float32)


class CountingImage:
    """An image teacher that gives mean and spread of a picture, and may fail after some batches."""

    name = "counting"
    width = 2
    together = False
    size = 16
    shading = "depth"

    def __init__(self, fail_after: int | None = None) -> None:
        self.info = {"model": "counting", "sha256": "0", "width": 2}
        self.batches = 0
        self.fail_after = fail_after

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        if self.fail_after is not None and self.batches >= self.fail_after:
            raise KeyboardInterrupt
        self.batches += 1
        return torch.stack([images.mean((1, 2, 3)), images.std((1, 2, 3))], 1)
