"""An image teacher in the place of a model: it draws clouds and gives one vector each, pooled over the views."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from pointrecon.devices import one_thread
from pointrecon.errors import InputError
from pointrecon.evaluation.families import PICTURES
from pointrecon.models.facts import ModelFacts
from pointrecon.models.model_config import Teacher
from pointrecon.teachers.loading import load_image_teacher
from pointrecon.teachers.views import drawn, pooled, views_of

if TYPE_CHECKING:
    from pointrecon.teachers.protocol import ImageTeacher

VIEWS = "views"  # its only feature
_AT_ONCE = 8  # clouds a thread draws at once: their pictures stay in a processor's cache


def weights_of(model: nn.Module) -> str:
    """What a record says of its weights; "untrained" where training for a task began with random ones."""
    if isinstance(model, ViewsModel):
        return PICTURES
    facts = getattr(model, "facts", None)
    begun = facts is not None and facts.method.split("/")[0] in ("finetune", "segment") and not facts.origin
    return "untrained" if begun else "pre-trained"


@dataclass(frozen=True)
class ViewsConfig:
    """What functions that run a model ask for."""

    width: int  # numbers of a vector
    teachers: Mapping[str, Teacher] = field(default_factory=dict)
    points: int = 0  # as many as there are: they are drawn, however many
    up: str = "y"
    size: str = VIEWS
    head: None = None


class ViewsModel(nn.Module):
    """Clouds to the teacher's features of their pictures, as `pointrecon.teach` draws them (without normals), pooled.

    Vectors are raw: compare them around their mean, which nearly all of a feature's length goes to. It is no
    `ReconModel`: there is nothing to train, and nothing it was untrained.
    """

    uncaptured = True  # it goes by way of the host, and in single precision: no CUDA graph, no autocast
    only_feature = VIEWS

    def __init__(self, teacher: "str | Path | ImageTeacher", views: int | None = None) -> None:
        """Load the teacher where it is a name; ``views`` are its own when left out. InputError as for the loading."""
        super().__init__()
        self._spec = teacher if isinstance(teacher, str | Path) else None
        found = load_image_teacher(teacher, device="cpu") if isinstance(teacher, str | Path) else teacher
        self._places = {torch.device("cpu"): found}
        self.views = views or views_of(found)
        own = Teacher(found.name, found.width, str(self._spec or ""), str(found.info.get("sha256", "")))
        self.config = ViewsConfig(found.width, {"image": own})
        self.facts = ModelFacts()
        about = json.dumps([found.info, self.views, found.size, found.shading], sort_keys=True)
        digest = bytearray(hashlib.sha256(about.encode()).digest())
        # in the place of weights: which teacher it is, and how it sees
        self.register_buffer("mark", torch.frombuffer(digest, dtype=torch.uint8))

    @property
    def teacher(self) -> "ImageTeacher":
        """Who looks, on the processor."""
        return self._places[torch.device("cpu")]

    @torch.no_grad()
    def encode(self, points: Tensor) -> Tensor:
        """Clouds (B, N, 3) with y up to their mean features (B, D) on the same device."""
        teacher, parts = self._at(points.device), points.float().split(_AT_ONCE)
        with torch.autocast(points.device.type, enabled=False):
            if points.device.type != "cpu" or not getattr(teacher, "parallel", False):
                return torch.cat([self._seen(part, teacher) for part in parts]).to(points.device)
            threads = torch.get_num_threads()
            with one_thread(), ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
                return torch.cat(list(pool.map(lambda part: self._seen(part, teacher), parts)))

    def pool(self, encoding: Tensor, feature: str = VIEWS) -> Tensor:
        """The vectors themselves; InputError for another feature."""
        if feature != VIEWS:
            raise InputError(f"an image teacher has one vector, its pooled views: leave the feature '{feature}' out")
        return encoding

    def project(self, encoding: Tensor, feature: str = "image") -> Tensor:
        """The vectors are in their teacher's space as they are; InputError for another query than "image"."""
        if feature != "image":
            raise InputError(f"an image teacher answers with pictures alone, not with the query '{feature}'")
        return encoding

    def _seen(self, points: Tensor, teacher: "ImageTeacher") -> Tensor:
        seen = drawn(points, teacher, self.views, up=self.config.up)
        if teacher.together:
            return teacher.encode(seen)
        found = teacher.encode(seen.flatten(0, 1)).view(len(points), self.views, -1)
        return pooled(found, getattr(teacher, "pooling", "mean"))

    def _at(self, device: torch.device) -> "ImageTeacher":
        if device not in self._places:
            if self._spec is None:
                return self._places[torch.device("cpu")]
            self._places[device] = load_image_teacher(self._spec, device=str(device))
        return self._places[device]
