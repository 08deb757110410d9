"""What slicers note in a 3MF file beside the model: volumes that only tell how to print, and are no part of a shape."""

from xml.parsers import expat

# PrusaSlicer and its kin; Bambu Studio and Orca
CONFIGS = ("metadata/slic3r_pe_model.config", "metadata/slic3r_model.config", "metadata/model_settings.config")
_SOLID = ("ModelPart", "normal_part")


class SlicerNotes:
    """Of both kinds of notes.

    Attributes:
        parts: (object, component) that are modifiers, negative volumes, support blockers and the like. ranges: object
            -> first and last triangle of such ones.
    """

    def __init__(self, content: bytes) -> None:
        """Read the XML; ExpatError, KeyError or ValueError for damage."""
        self.parts: set[tuple[int, int]] = set()
        self.ranges: dict[int, list[tuple[int, int]]] = {}
        self._object = -1
        self._range = (0, -1)
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.Parse(content, True)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "object":
            self._object = int(given["id"])
        elif tag == "part":
            if given.get("subtype", "normal_part") not in _SOLID:
                self.parts.add((self._object, int(given["id"])))
        elif tag == "volume":
            self._range = int(given["firstid"]), int(given["lastid"])
        elif tag == "metadata" and given.get("type") == "volume":
            key, value = given.get("key"), given.get("value")
            if (key == "volume_type" and value not in _SOLID) or (key == "modifier" and value == "1"):
                found = self.ranges.setdefault(self._object, [])
                if self._range not in found:
                    found.append(self._range)
