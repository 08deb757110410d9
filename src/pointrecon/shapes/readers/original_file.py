"""The file that a shape of a table came from: itself, in an archive, or a part of an assembly; read again, exactly."""

import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pointrecon.errors import InputError
from pointrecon.shapes.readers.assembly_parts import parts_of
from pointrecon.shapes.readers.packed_file import unpacked
from pointrecon.shapes.readers.read import corners_in, read_file
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.surface import Surface


@dataclass(frozen=True)
class OriginalFile:
    """Where a shape's geometry lies.

    Attributes:
        path: a file, or a ZIP archive. root: the folder that other files must lie in that it names.
        member: what it is called in the archive, or "". part: of the assembly in it, or "".
    """

    path: Path
    root: Path
    member: str = ""
    part: str = ""

    def corners(self, columns: tuple[str, ...] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3) float64 and triangles (F, 3) int64, none of a cloud; InputError as `read_file`."""
        apart = bool(self.part)
        with tempfile.TemporaryDirectory(prefix="pointrecon-", ignore_cleanup_errors=True) as scratch:
            lying = nullcontext(SourceFile(self.path, self.root, columns, apart=apart))
            packed = unpacked(self.path, self.member, Path(scratch), columns, apart=apart)
            with packed if self.member else lying as source:
                shape = read_file(source)
        if apart:
            parts = parts_of(shape) if isinstance(shape, Surface) else []
            found = [part.surface for part in parts if part.name == self.part]
            if not found:
                raise InputError(f"{self.path} has no part '{self.part}' any more: bring the table up to date")
            shape = found[0]
        return corners_in(shape)
