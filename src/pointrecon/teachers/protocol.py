"""What every teacher offers: one protocol for pictures, one for text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

Shading: TypeAlias = Literal["depth", "normal", "light"]
# (B, C, H, W) float in 0..1 (C = 1 or 3), or B pictures of any size
Pictures: TypeAlias = "Tensor | Sequence[Image]"


class ImageTeacher(Protocol):
    """A frozen model that turns pictures into feature vectors.

    It may have ``parallel = True``: on a processor it works with one thread, and `teach` sends copies of it to several
    processes; ``views``, how many pictures a shape it looks at where nobody says (else 6); ``rings = True``: it looks
    from two heights, not one; and ``pooling = "max"``: a shape's vector is the maximum over its views, not the mean.
    The last two belong in ``info`` too.
    """

    name: str  # short, letters, digits and "._-"; the features are stored as "image/<name>"
    width: int  # D, numbers in a feature
    # small, JSON-able, says exactly which model this is: "model" (its id), "sha256" of the weights where it has some,
    # settings; features of the same name with other ones do not mix
    info: dict
    # False: one feature a picture. True: `encode` also takes all views of a shape at once, (B, V, C, H, W), and gives
    # one feature a shape; `teach` then does that
    together: bool
    size: int  # pixels a side of the pictures it works on; others are resized
    shading: Shading  # how clouds are drawn for it, as in `pointrecon.shapes.pictures.splat.render_clouds`

    def encode(self, images: Pictures) -> "Tensor":
        """Raw features (B, D), float32 on the CPU, not normalized: that is what the losses take."""
        ...


class TextTeacher(Protocol):
    """A frozen model that turns sentences into feature vectors, stored as ``text/<name>``; see `ImageTeacher`."""

    name: str
    width: int
    info: dict

    def encode(self, texts: Sequence[str]) -> "Tensor":
        """Raw features (B, D), float32 on the CPU; a text's feature does not depend on its neighbors."""
        ...
