"""Reading STL: which of its two forms a file has is told by its size and content, not by its first word."""

import codecs
import re

from pointrecon.errors import InputError
from pointrecon.shapes.readers.source_file import SourceFile
from pointrecon.shapes.readers.stl_ascii import stl_of_text
from pointrecon.shapes.readers.stl_binary import fits_exactly, stl_of_bytes
from pointrecon.shapes.readers.surface import Surface

_CORNER = re.compile(rb"\bvertex[ \t]+[-+.\dni]", re.IGNORECASE)


def read_stl(source: SourceFile) -> Surface:
    """All solids of a file as one surface.

    Binary files often begin with "solid", and names of solids may be any text: where the count of triangles gives just
    the file's size, it is binary; else text with corners is text. InputError for what is neither, or cut short.
    """
    path, content = source.path, source.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content = source.read_text().encode()
    if fits_exactly(content):
        return stl_of_bytes(content, path)
    start = content.rstrip(b"\0\x1a")[:1000]  # some systems fill up or end text with these
    if b"\0" not in start and _CORNER.search(content):
        return stl_of_text(content, path)
    if not any(byte < 9 for byte in start):
        raise InputError(f"{path} is no STL: it is text without any corner of a facet, check what it is")
    return stl_of_bytes(content, path)
