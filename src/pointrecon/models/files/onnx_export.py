"""A model as one ONNX file: from points to features and scores, with all that travels with a model."""

import copy
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pointrecon import __version__
from pointrecon.errors import InputError, did_you_mean, first_line, require
from pointrecon.files import check_new, written_whole
from pointrecon.geometry import normalize
from pointrecon.models.facts import weights_hash
from pointrecon.models.fast import switch
from pointrecon.models.fast.folded_embedding import embed_folded, fold
from pointrecon.models.files.card import model_card
from pointrecon.models.files.folder import load_model
from pointrecon.models.files.onnx_cut import cut_graph
from pointrecon.models.files.onnx_model import FORMAT, KEY, SUM_KEY, UNSUMMED, session_of, sum_of
from pointrecon.models.heads import PartHead
from pointrecon.models.model import FEATURES, ReconModel
from pointrecon.models.patches import PatchEmbedding, Patches, check_cuttable
from pointrecon.models.plus.plus_clouds import is_colored
from pointrecon.models.plus.plus_model import ReconPlusModel

OPSET = 20
SCORES = "scores"
_AGREES = 1e-4  # the largest difference, of the largest number of an output
_LARGEST = 2_000_000_000  # bytes: protobuf holds no more in one file
_HALVED = 1024  # numbers of a weight from which it is worth to store it in half precision


@dataclass
class ExportedModel:
    """What `export` wrote: the file, its size, the outputs with their widths, and how far they are from torch's.

    ``difference`` is the largest one among clouds drawn at random, in parts of the largest number of its output.
    """

    out: Path
    bytes: int
    outputs: dict[str, int]
    difference: float


def export(
    model: Any, out: str | Path, *, feature: str | Sequence[str] = "recon", points: int | None = None,
    overwrite: bool = False,
) -> ExportedModel:  # fmt: skip
    """Write a model as one ONNX file, for programs without torch; `pointrecon.OnnxModel` or any ONNX Runtime uses it.

    In go ``points``, (B, N, 3) float32 with any B, or (B, N, 6) with colors, as ``prepare`` makes them; out come
    the features by name and, of a model with a head, ``scores``. Farthest points and patches are computed inside. All
    that a model folder tells travels in the file's metadata. The file is compared with the model before it is left.

    Args:
        model: a path as for `load_model`, or a model.
        out: the file, ``.onnx``; written whole or not at all.
        feature: which vectors of a cloud, as for `pointrecon.embed`: recon, patches, queries, all, image, text; several
            in a list, the first one is the usual one.
        points: N, per cloud; the model's own number when left out.
        overwrite: replace a file that is there.

    Raises:
        InputError: for a model that is none or too large for one file, an unknown feature, too few points, a file that
            is there, or one that would answer otherwise than the model.
    """
    path = check_new(out, overwrite=overwrite, endings=(".onnx",))
    onnx, runtime = require("onnx", "onnx"), require("onnxruntime", "onnx")
    require("onnxscript", "onnx")
    module = copy.deepcopy(model) if isinstance(model, nn.Module) else load_model(model)
    if not isinstance(module, ReconModel | ReconPlusModel):
        raise InputError(f"a {type(model).__name__} cannot be exported: give a model of pointrecon")
    module.cpu().eval().requires_grad_(False)
    features = _features(module, [feature] if isinstance(feature, str) else list(feature))
    count = points or module.config.points
    clouds = _random_clouds(module, count)
    _check_size(module)

    answers = _Answers(module, features)
    with torch.no_grad():
        mode = switch.use("off")
        try:
            right = [answer.numpy() for answer in answers(*_cut(module, clouds), *_beside(module, clouds))]
        finally:
            switch.use(mode)
    outputs = {name: one.shape[-1] for name, one in zip(answers.names, right, strict=True)}
    facts = _facts(module, count, outputs)
    content = _content(onnx, answers, count, clouds, facts, model_card(module))
    session = session_of(runtime, content, None, None, str(out))
    feed = {"points": clouds, **({"category": _beside(module, clouds)[1]} if _has_parts(module) else {})}
    difference = _compare(session, {name: np.asarray(one) for name, one in feed.items()}, right)
    with written_whole(path) as file:
        file.write(content)
    return ExportedModel(path, len(content), outputs, difference)


class _Answers(nn.Module):
    """Patches to features and scores; ``names`` are those of what comes out."""

    def __init__(self, model: Any, features: list[str]) -> None:
        super().__init__()
        self.model, self.features = model, features
        self.names = [*features, *([SCORES] if model.head is not None else [])]

    def forward(
        self, patch_points: Tensor, centers: Tensor, points: Tensor | None = None, category: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        model, patches = self.model, Patches(patch_points, centers)
        encoding = model.encode_patches(patches)
        found = [
            model.project(encoding, one) if one in model.projections else model.pool(encoding, one)
            for one in self.features
        ]
        if points is not None:
            found.append(model.label_points(patches, points, category))
        elif model.head is not None:
            found.append(model.head(model.head_input(encoding)))
        return tuple(found)


class _FoldedEmbedding(nn.Module):
    """A patch embedding whose batch norms are in its weights."""

    def __init__(self, embedding: PatchEmbedding) -> None:
        super().__init__()
        self.folded = fold(embedding)

    def forward(self, patches: Tensor) -> Tensor:
        return embed_folded(patches.flatten(0, 1), self.folded).unflatten(0, patches.shape[:2])


def _features(model: Any, asked: list[str]) -> list[str]:
    there = [*FEATURES, *model.projections]
    for name in asked:
        if name not in there:
            hint = did_you_mean(name, there, f"take of {', '.join(there)}")
            raise InputError(f"this model has no feature '{name}'; {hint}")
    if not asked:
        raise InputError(f"no feature is named; take of {', '.join(there)}")
    return list(dict.fromkeys(asked))


def _check_size(model: nn.Module) -> None:
    decoder = getattr(model, "decoder", None)
    stored = sum(one.numel() * 4 for one in model.parameters())
    stored -= sum(one.numel() * 4 for one in decoder.parameters()) if decoder is not None else 0
    if stored > _LARGEST:
        raise InputError(
            f"this model takes {stored / 1e9:.1f} GB, and an ONNX file holds 2 GB at most: use the model itself"
        )


def _has_parts(model: Any) -> bool:
    return isinstance(model.head, PartHead)


def _random_clouds(model: Any, count: int) -> Tensor:
    """Three clouds to compare with: points anywhere, on a sphere, and in a flat box, with random colors."""
    if not isinstance(count, int) or count < 1:
        raise InputError(f"points must be at least 1, a whole number, not {count!r}")
    drawn = torch.randn(3, count, 3, generator=torch.Generator().manual_seed(0))
    drawn[1] = torch.nn.functional.normalize(drawn[1], dim=1)
    drawn[2] = (drawn[2] * torch.tensor([1.0, 0.5, 0.1])).clamp(-0.7, 0.7)
    placed = normalize(drawn)
    if is_colored(model):
        shades = torch.rand(3, count, 3, generator=torch.Generator().manual_seed(1))
        placed = torch.cat([placed, shades], 2)
    check_cuttable(placed, model.config.patches, model.config.patch_size, placed.shape[2])
    return placed


def _cut(model: Any, clouds: Tensor) -> tuple[Tensor, Tensor]:
    patches = model.cut(clouds)
    return patches.points, patches.centers


def _beside(model: Any, clouds: Tensor) -> list[Tensor]:
    """What a part head reads beside patches: the points, and a category for each cloud."""
    if not _has_parts(model):
        return []
    return [clouds, torch.arange(len(clouds)) % model.head.categories]


def _content(onnx: Any, answers: _Answers, count: int, clouds: Tensor, facts: dict[str, Any], card: str) -> bytes:
    """The file's bytes."""
    model: Any = answers.model
    config = model.config
    beside = _beside(model, clouds)
    inputs = ["patch_points", "centers", "points", "category"][: 2 + len(beside)]
    given = (*_cut(model, clouds), *beside)
    embedding = model.encoder.embed
    if isinstance(embedding, PatchEmbedding) and not is_colored(model):
        model.encoder.embed = _FoldedEmbedding(embedding)
    batch = torch.export.Dim("batch")
    with _quiet():
        program = torch.onnx.export(
            answers.eval(),
            given,
            dynamo=True,
            opset_version=OPSET,
            input_names=inputs,
            output_names=answers.names,
            dynamic_shapes=tuple({0: batch} for _ in given),
            verbose=False,
            optimize=False,  # its optimizer leaves sums with numbers below 1e-7 out: labels of parts were NaN
        )
    assert program is not None
    rest = onnx.compose.add_prefix(program.model_proto, "net.", rename_inputs=False, rename_outputs=False)
    cut = cut_graph(
        count,
        getattr(config, "channels", 3),
        config.patches,
        config.patch_size,
        skip_origin=config.skip_origin,
        in_a_row=getattr(config, "masking", "") == "causal",
    )
    return _joined(onnx, cut, rest, facts, card)


def _joined(onnx: Any, cut: Any, rest: Any, facts: dict[str, Any], card: str) -> bytes:
    """The cut's graph and the rest of the model as one file's bytes, with its metadata."""
    graph = onnx.GraphProto(name="pointrecon")
    graph.input.extend([*cut.input, *(one for one in rest.graph.input if one.name == "category")])
    graph.output.extend(rest.graph.output)
    graph.initializer.extend(cut.initializer)
    casts = _halved(onnx, rest.graph, graph)
    graph.node.extend([*casts, *cut.node, *rest.graph.node])
    for node in graph.node:
        del node.metadata_props[:]  # where each stands in files of this machine
    whole = onnx.helper.make_model(
        graph,
        opset_imports=list(rest.opset_import),
        ir_version=rest.ir_version,
        producer_name="pointrecon",
        producer_version=__version__,
    )
    told = {"license": facts["facts"]["license"], "card": card, KEY: json.dumps(facts), SUM_KEY: UNSUMMED.decode()}
    onnx.helper.set_model_props(whole, told)
    onnx.checker.check_model(whole)
    unsummed = whole.SerializeToString()
    digest, _ = sum_of(unsummed)
    place = unsummed.rindex(SUM_KEY.encode()) + len(SUM_KEY) + 2
    return unsummed[:place] + digest.encode() + unsummed[place + len(UNSUMMED) :]


def _halved(onnx: Any, rest: Any, graph: Any) -> list[Any]:
    """Put the weights into the graph, those in half precision that it holds exactly; nodes that make them float32."""
    casts = []
    for weight in rest.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= _HALVED:
            with np.errstate(over="ignore"):
                half = values.astype(np.float16)
            if (half.astype(np.float32) == values).all():
                graph.initializer.append(onnx.numpy_helper.from_array(half, f"{weight.name}.half"))
                to = onnx.TensorProto.FLOAT
                casts.append(onnx.helper.make_node("Cast", [f"{weight.name}.half"], [weight.name], to=to))
                continue
        graph.initializer.append(weight)
    return casts


def _facts(model: Any, count: int, outputs: dict[str, int]) -> dict[str, Any]:
    """What travels with it, as in a model folder's ``config.json``, and what goes in and comes out."""
    plus = isinstance(model, ReconPlusModel)
    return {
        "format": FORMAT,
        "version": __version__,
        **({"family": "recon++", "kind": model.config.kind} if plus else {}),
        "model": asdict(model.config),
        "input": {
            "points": count,
            "channels": getattr(model.config, "channels", 3),
            "scaling": "mean 0, largest radius 1",
            "up": model.config.up,
            "colors": "0 to 1, gray (0.4) where there are none" if is_colored(model) else "none",
            **({"categories": model.head.categories} if _has_parts(model) else {}),
        },
        "outputs": outputs,
        "facts": asdict(model.facts),
        "weights_hash": weights_hash(model),
    }


def _compare(session: Any, feed: dict[str, np.ndarray], right: list[np.ndarray]) -> float:
    """The largest difference from what the model answers, of all clouds together and of the last one alone."""
    worst = 0.0
    for some in (slice(None), slice(-1, None)):
        try:
            found = session.run(None, {name: values[some] for name, values in feed.items()})
        except Exception as error:  # the runtime's errors have no common base
            raise InputError(
                f"ONNX Runtime cannot run this model ({first_line(error)}), so nothing was written: update onnxruntime"
            ) from None
        for one, other in zip(found, right, strict=True):
            gap = np.abs(one - other[some]).max() / max(np.abs(other[some]).max(), np.finfo(np.float32).tiny)
            worst = max(worst, float(gap) if np.isfinite(gap) else float("inf"))
    if worst > _AGREES:
        raise InputError(
            f"the ONNX file would answer otherwise than the model (by {worst:.1g} of the largest number), so nothing "
            "was written: its weights may be damaged, else report it"
        )
    return worst


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter tells of packages that are not here; its errors of many lines as one sentence."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    before = [(logger, logger.level) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except RuntimeError as error:
        told = f"PyTorch {torch.__version__} cannot export this model ({first_line(error)})"
        raise InputError(f"{told}: try another version") from error
    finally:
        for logger, level in before:
            logger.setLevel(level)
