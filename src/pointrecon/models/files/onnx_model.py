"""A model in an ONNX file, used with NumPy and ONNX Runtime alone. No torch here."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pointrecon.errors import InputError, did_you_mean, first_line, require
from pointrecon.models.files.onnx_clouds import check_given, colored, prepared

KEY, SUM_KEY = "pointrecon", "pointrecon_sha256"
FORMAT = 1
UNSUMMED = b"0" * 64
# Both are in the file as a name and a text, as protobuf writes them.
_SUM = re.compile(re.escape(SUM_KEY.encode()) + rb"\x12\x40([0-9a-f]{64})")
_AGAIN = "export it again with 'pointrecon export'"


def sum_of(content: bytes) -> tuple[str, str]:
    """SHA-256 of a file's bytes, those of the sum in it as zeros; and the one that it tells, "" where it tells none."""
    told = _SUM.search(content)
    if told is None:
        return "", ""
    digest = hashlib.sha256(content[: told.start(1)])
    digest.update(UNSUMMED)
    digest.update(memoryview(content)[told.end(1) :])
    return digest.hexdigest(), told[1].decode()


class OnnxModel:
    """A model that `pointrecon.export` wrote: clouds in, features and scores out, with neither torch nor a network.

    ``facts`` is all that travels with it, as in a model folder's ``config.json``; ``points`` and ``channels`` are what
    its clouds have, ``outputs`` the names and widths of what it gives, ``classes`` those that a head tells apart.
    """

    def __init__(self, path: str | Path, *, threads: int | None = None, providers: list[str] | None = None) -> None:
        """Read the file whole, and look whether it is.

        Args:
            path: the ``.onnx`` file.
            threads: of the processor; ONNX Runtime's own choice when left out.
            providers: where it is computed, as ONNX Runtime names them; the processor when left out.

        Raises:
            InputError: for a file that is missing, damaged, changed, or that `pointrecon.export` did not write.
        """
        runtime = require("onnxruntime", "onnx")
        self.path = str(path)
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError:
            raise InputError(f"there is no file '{path}'; 'pointrecon export MODEL -o {path}' writes one") from None
        except IsADirectoryError:
            raise InputError(f"'{path}' is a folder: give an .onnx file that 'pointrecon export' wrote") from None
        found, told = sum_of(content)
        if not told:
            raise InputError(f"'{path}' is no ONNX file that 'pointrecon export' wrote, or it lost its end: {_AGAIN}")
        if found != told:
            raise InputError(f"'{path}' is damaged, or was changed since it was written: {_AGAIN}")
        self.session = session_of(runtime, content, threads, providers, self.path)
        self.facts: dict[str, Any] = json.loads(self.session.get_modelmeta().custom_metadata_map[KEY])
        if self.facts["format"] != FORMAT:
            raise InputError(f"'{path}' is of a newer pointrecon: use that, or {_AGAIN}")
        given = self.facts["input"]
        self.points: int = given["points"]
        self.channels: int = given["channels"]
        self.up: str = given["up"]
        self.outputs: dict[str, int] = self.facts["outputs"]
        head = self.facts["model"].get("head")
        self.classes: list[str] = head["classes"] if head else []

    def __repr__(self) -> str:
        gives = ", ".join(f"{name} ({width})" for name, width in self.outputs.items())
        return f"OnnxModel('{self.path}', {self.points} points, gives {gives})"

    def prepare(self, points: Any, colors: Any = None, up: str | None = None) -> np.ndarray:
        """Whatever clouds there are, as this model wants them: the same numbers as a loaded model's ``prepare``.

        Args:
            points: (N, 3) or (B, N, 3), or a list of clouds of different sizes; with colors, six channels will do.
            colors: of each point, in the same form, for a model that looks at them: 0 to 255 or 0 to 1.
            up: the axis that points up in them, x, y or z; left out, the model's own.

        Returns:
            (B, points, channels) float32.

        Raises:
            InputError: for another shape or axis, numbers that are not finite, or colors for a model without.
        """
        up = up or self.up
        if self.channels == 6:
            return colored(points, colors, self.points, up_from=up, up_to=self.up)
        if colors is not None:
            raise InputError("this model knows no colors; leave them out")
        return prepared(points, self.points, up_from=up, up_to=self.up)

    def features(self, clouds: np.ndarray, feature: str | None = None, *, batch_size: int = 32) -> np.ndarray:
        """A vector of each cloud, (B, D) float32: the feature of this name, the file's first one when left out.

        ``clouds`` are as `prepare` makes them; so many at once are encoded. InputError for other clouds, or a feature
        that is not in the file.
        """
        there = [name for name in self.outputs if name != "scores"]
        if feature is not None and feature not in there:
            hint = did_you_mean(feature, there, f"it has {', '.join(there)}")
            raise InputError(f"'{self.path}' has no feature '{feature}'; {hint}, and 'pointrecon export' writes others")
        return self._answer(feature or there[0], clouds, None, batch_size)

    def __call__(self, clouds: np.ndarray, category: Any = None, *, batch_size: int = 32) -> np.ndarray:
        """Class scores (B, classes); of a model of parts the log-probabilities of each point's, (B, N, classes).

        ``category``, (B,) whole numbers, is for a model of parts that is told it. InputError without a head.
        """
        if "scores" not in self.outputs:
            raise InputError(f"'{self.path}' has no head that gives scores: export a fine-tuned model, or use features")
        return self._answer("scores", clouds, category, batch_size)

    def _answer(self, output: str, clouds: np.ndarray, category: Any, batch_size: int) -> np.ndarray:
        clouds = np.asarray(clouds, np.float32)
        check_given(clouds, self.points, self.channels)
        if batch_size < 1:
            raise InputError(f"batch_size must be at least 1, not {batch_size}")
        found = [self.session.run([output], feed)[0] for feed in self._feeds(clouds, category, batch_size)]
        return np.concatenate(found) if found else np.zeros((0, self.outputs[output]), np.float32)

    def _feeds(self, clouds: np.ndarray, category: Any, size: int) -> Iterator[dict[str, np.ndarray]]:
        categories = self.facts["input"].get("categories", 0)
        if category is not None and not categories:
            raise InputError("this model is told no categories; leave them out")
        of_each = np.zeros(len(clouds), np.int64) if category is None else np.asarray(category)
        if of_each.shape != (len(clouds),) or of_each.dtype.kind not in "iu":
            raise InputError(f"category must be one whole number for each of the {len(clouds)} clouds")
        if categories and len(of_each) and not 0 <= of_each.min() <= of_each.max() < categories:
            raise InputError(f"a category is out of 0 to {categories - 1}: there are {categories}")
        for start in range(0, len(clouds), size):
            feed = {"points": clouds[start : start + size]}
            yield feed | ({"category": of_each[start : start + size].astype(np.int64)} if categories else {})


def session_of(runtime: Any, content: bytes, threads: int | None, providers: list[str] | None, name: str) -> Any:
    """An ``InferenceSession`` of a file's bytes; InputError where ONNX Runtime cannot take them."""
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    if threads:
        options.intra_op_num_threads = threads
    try:
        return runtime.InferenceSession(content, options, providers=providers or ["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no common base
        raise InputError(f"ONNX Runtime does not take '{name}' ({first_line(error)}): update onnxruntime") from None
