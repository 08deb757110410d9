"""Image teachers from `transformers`: CLIP, SigLIP 2, ViT-B/16 in21k, DINOv2, or a folder of such a model."""

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pointrecon.errors import InputError
from pointrecon.teachers.hub import Source, load_weights, read_json
from pointrecon.teachers.pictures import Preprocess

if TYPE_CHECKING:
    from pointrecon.teachers.protocol import Pictures, Shading


class TransformersImage:
    """A frozen vision model; one feature a picture.

    The feature, raw: of CLIP the projected image embedding; of SigLIP the pooled embedding; of ViT and DINO
    the class token after the final LayerNorm (not the tanh "pooler" that the in21k checkpoint also carries).

    Raises:
        InputError: no weights, unsafe or damaged ones, or not a vision model.
    """

    together = False
    shading: "Shading" = "light"  # closest to the photographs these models know

    def __init__(self, source: Source, device: str | torch.device = "cpu") -> None:
        self.name = source.name
        self.device = torch.device(device)
        config = read_json(source.folder / "config.json")
        vision = {**config, **config.get("vision_config", {})}
        if "patch_size" not in vision and "vision_config" not in config:
            raise InputError(f"'{source.model}' is no vision model: it cannot be an image teacher")
        self._network = load_weights(source.folder, source.model).to(self.device)
        self._packed = config.get("model_type") == "siglip2"  # the variant that takes a sequence of patches
        self._patch = int(getattr(_vision_config(self._network), "patch_size", 16))
        prepare = read_json(source.folder / "preprocessor_config.json")
        prepare = prepare or read_json(source.folder / "processor_config.json")
        self._prepare = Preprocess.from_config(prepare, self._default_size())
        self.size = max(self._prepare.size)
        self.width = int(self.encode(torch.zeros(1, 3, 32, 32)).shape[1])
        self.info = source.info(self.width)

    @torch.inference_mode()
    def encode(self, images: "Pictures") -> Tensor:
        """Pictures (B, 1 or 3, H, W) float in 0..1, or B of PIL, to features (B, D) float32 on the CPU."""
        there = images.to(self.device) if isinstance(images, Tensor) else images
        pixels = self._prepare(there).to(self.device)
        inputs = self._pack(pixels) if self._packed else {"pixel_values": pixels}
        if hasattr(self._network, "get_image_features"):
            out = self._network.get_image_features(**inputs)
            # a tensor before transformers 5, an output record since
            features = out if isinstance(out, Tensor) else out.pooler_output
        else:
            features = self._network(**inputs).last_hidden_state[:, 0]
        return features.float().cpu()

    def _pack(self, pixels: Tensor) -> dict[str, Tensor]:
        # (B, 3, H, W) to patches in reading order, each as rows of pixels with the channels last
        batch, _, height, width = pixels.shape
        rows, columns = height // self._patch, width // self._patch
        patches = F.unfold(pixels, self._patch, stride=self._patch)
        patches = patches.view(batch, 3, self._patch**2, rows * columns).permute(0, 3, 2, 1).flatten(2)
        return {
            "pixel_values": patches,
            "pixel_attention_mask": patches.new_ones(batch, rows * columns, dtype=torch.long),
            "spatial_shapes": torch.tensor([[rows, columns]], device=pixels.device).expand(batch, 2),
        }

    def _default_size(self) -> int:
        config = _vision_config(self._network)
        if self._packed:
            return int(int(config.num_patches) ** 0.5) * self._patch
        size = getattr(config, "image_size", 224)
        return int(size if isinstance(size, int) else size[0])


def _vision_config(network: Any) -> Any:
    config = network.config
    return getattr(config, "vision_config", None) or config
