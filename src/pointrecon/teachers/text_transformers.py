"""Text teachers from `transformers`: CLIP, SigLIP 2, or any sentence encoder's folder."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pointrecon.errors import InputError
from pointrecon.teachers.hub import Source, load_tokenizer, load_weights, read_json


class TransformersText:
    """A frozen text model; one feature a sentence.

    The feature: of CLIP the projected text embedding, of SigLIP the pooled one, both raw. Of a sentence
    encoder (BERT and its kin) the mean of the tokens' outputs, or the first token's where the folder's
    ``1_Pooling`` says so, brought to length 1 as sentence-transformers does and then multiplied by sqrt(D):
    cosines stay as they were, and a number is about 1 in size, as the smooth L1 loss on raw features needs
    (at length 1 its gradients would vanish beside the others).

    Raises:
        InputError: no weights or tokenizer, unsafe or damaged ones, or a model without text.
    """

    def __init__(self, source: Source, device: str | torch.device = "cpu") -> None:
        self.name = source.name
        self.device = torch.device(device)
        config = read_json(source.folder / "config.json")
        if "vocab_size" not in config and "text_config" not in config:
            raise InputError(f"'{source.model}' is no text model: it cannot be a text teacher")
        self._network = load_weights(source.folder, source.model).to(self.device)
        self._tokenizer = load_tokenizer(source.folder, source.model)
        self._siglip = str(config.get("model_type", "")).startswith("siglip")
        self._contrastive = hasattr(self._network, "get_text_features")
        self._first_token = bool(read_json(source.folder / "1_Pooling" / "config.json").get("pooling_mode_cls_token"))
        self._length = self._longest(read_json(source.folder / "sentence_bert_config.json"))
        self.width = int(self.encode(["a"]).shape[1])
        self.info = source.info(self.width)

    @torch.inference_mode()
    def encode(self, texts: Sequence[str]) -> Tensor:
        """Sentences to features (B, D) float32 on the CPU; longer ones than the model reads are cut.

        Raises:
            InputError: no texts, or a lone string instead of a sequence.
        """
        if isinstance(texts, str) or not len(texts):
            raise InputError("a text teacher wants a list of at least one sentence")
        # SigLIP was trained on lower case, always padded to the full length, without a mask
        tokens = self._tokenizer(
            [text.lower() for text in texts] if self._siglip else list(texts),
            padding="max_length" if self._siglip else True,
            truncation=True,
            max_length=self._length,
            return_tensors="pt",
        ).to(self.device)
        ids, mask = tokens["input_ids"], tokens.get("attention_mask")
        if self._contrastive:
            out = self._network.get_text_features(input_ids=ids, attention_mask=None if self._siglip else mask)
            return (out if isinstance(out, Tensor) else out.pooler_output).float().cpu()
        hidden = self._network(input_ids=ids, attention_mask=mask).last_hidden_state
        weight = mask[..., None].to(hidden.dtype)
        pooled = hidden[:, 0] if self._first_token else (hidden * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, dim=1).mul(pooled.shape[1] ** 0.5).float().cpu()

    def _longest(self, sentence_config: dict) -> int:
        config = getattr(self._network.config, "text_config", None) or self._network.config
        limits = [getattr(config, "max_position_embeddings", 512), self._tokenizer.model_max_length]
        return int(min(*limits, sentence_config.get("max_seq_length") or limits[0]))
