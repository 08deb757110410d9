"""Many small pictures in few files: sheets of so many across and down, to be cut up by a page's script."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np

from pointrecon.errors import require

ACROSS = 16  # pictures a row, and rows a sheet
_QUALITY = 60  # of WebP: at these sizes nobody sees more


def sprite_sheets(pictures: Iterable[np.ndarray], size: int) -> Iterator[bytes]:
    """Sheets of `ACROSS` × `ACROSS` pictures, (size, size, 2 or 4) uint8 as `drawn` gives them, as files of `kind`.

    In order, row by row; the last sheet may have fewer rows.
    """
    image = require("PIL.Image", "pictures")
    rest = iter(pictures)
    while some := list(islice(rest, ACROSS * ACROSS)):  # itertools.batched is not in Python 3.11
        rows = -(-len(some) // ACROSS)
        sheet = np.zeros((rows * size, ACROSS * size, 4), np.uint8)
        for number, picture in enumerate(some):
            row, column = divmod(number, ACROSS)
            cell = sheet[row * size : (row + 1) * size, column * size : (column + 1) * size]
            cell[...] = picture if picture.shape[-1] == 4 else picture[..., [0, 0, 0, 1]]
        file = BytesIO()
        how: dict[str, Any] = {"quality": _QUALITY, "method": 2} if kind() == "webp" else {"optimize": True}
        image.fromarray(sheet).save(file, kind().upper(), **how)
        yield file.getvalue()


def kind() -> str:
    """What sheets are: "webp", or "png" where Pillow was built without."""
    return "webp" if require("PIL.features", "pictures").check("webp") else "png"
