"""What `bench` measures: one table of rows, each with its function, its lines and their targets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import estimates, measures
from benchmarks.children import Answer
from benchmarks.measures import PRECISIONS, Bench
from benchmarks.targets import TableLine, Target


@dataclass(frozen=True)
class Row:
    """One thing to measure.

    Attributes:
        summary: for the help.
        measure: gives "lines" (key → numbers) and "detail" (everything behind them).
        seconds: estimates how long it takes.
        lines: what the table shows of it.
        sized: whether it depends on ``--size``; targets are those of one size.
    """

    summary: str
    measure: Callable[[Bench], Answer]
    seconds: Callable[[Bench], float]
    lines: tuple[TableLine, ...] = ()
    sized: bool = True


Targets = tuple[Target, ...]


def _faster(limit: float) -> Targets:
    return (Target("ratio", limit),)


def _each(
    key: str, what: str, unit: str, device: str = "", targets: tuple[Target, ...] = (), **more: Any
) -> list[TableLine]:
    """A line for each precision."""
    return [TableLine(f"{key}.{p}", f"{what}, {name}", unit, device, targets, **more) for p, name in PRECISIONS.items()]


STEP_OF = "pre-training step, {size}"
ENCODING = "encoding, {size}, 1024 points"
SMALLER = (Target("ratio", 0.60, at_least=False),)
NEAR_PEAK = (Target("ratio", 0.75),)
TWICE = (Target("ratio", 2.0, at_least=False),)
EARNS = (Target("ratio", 1.0, at_least=False),)
TWINS = {  # device -> way of `pointrecon.models.fast.switch` -> what is done
    "cpu": {
        "onednn": "layers of an MLP, forward and backward",
        "fused": "patch embedding, forward and backward",
        "buckets": "farthest points, 8192 → 1200",
        "tree": "patches of 8192 points",
        "partition": "patches of 64 × 1024 points",
    },
    "cuda": {
        "triton farthest": "farthest points, 128 × 1024 → 64",
        "triton nearest": "patches of 128 × 1024 points",
        "triton chamfer": "Chamfer of 4864 patches, forward and backward",
        "triton norm": "norm of a sum of 128 × 64 tokens",
        "frozen": "encoding of 128 clouds by `base`, bfloat16",
    },
}

ROWS: dict[str, Row] = {
    "peaks": Row(
        "the machine's peaks: matrix products and memory copies",
        measures.measure_peaks,
        lambda bench: estimates.in_rounds(bench, 30, 25),
        (
            *_each("peak", "matrix product, measured peak", "GFLOP/s"),
            TableLine("peak.copy", "memory copy, read and written", "GB/s"),
        ),
        sized=False,
    ),
    "pretrain": Row(
        "speed and memory of a pre-training step, teachers' features cached on both sides",
        measures.measure_pretrain,
        estimates.pretrain,
        (
            *_each("pretrain", STEP_OF, "samples/s", "cpu", _faster(2.7)),
            *_each("memory", f"peak memory, {STEP_OF}", "MB", "cpu", SMALLER, percent=True),
            TableLine(
                "pretrain.gpu", f"{STEP_OF}, bf16", "samples/s", "cuda", (Target("ours", 17_500), Target("ratio", 15.0))
            ),
            TableLine("pretrain.32", f"{STEP_OF}, float32", "samples/s", "cuda"),
            *_each("memory", f"peak memory, {STEP_OF}", "MB", "cuda", percent=True),
        ),
    ),
    "teachers": Row(
        "the same while the reference runs ViT-B/16 and CLIP's text tower at every step",
        measures.measure_teachers,
        estimates.teachers,
        (
            *_each("teachers", f"{STEP_OF}, reference with its teachers", "samples/s", "cpu", _faster(7.0)),
            *_each("teachers", f"{STEP_OF}, reference with its teachers", "samples/s", "cuda"),
        ),
    ),
    "arithmetic": Row(
        "operations of a step, and how near their rate comes to the peak",
        measures.measure_arithmetic,
        lambda bench: 2 * estimates.START + estimates.pretrain(bench) + estimates.encode(bench),
        (
            TableLine("flops", f"arithmetic, {STEP_OF}", "GFLOP a sample"),
            *_each(
                "arithmetic.pretrain",
                f"arithmetic rate, {STEP_OF}",
                "GFLOP/s",
                "cpu",
                NEAR_PEAK,
                against="peak",
                percent=True,
            ),
            *_each(
                "arithmetic.pretrain", f"arithmetic rate, {STEP_OF}", "GFLOP/s", "cuda", against="peak", percent=True
            ),
            *_each("arithmetic.encode", f"arithmetic rate, {ENCODING}", "GFLOP/s", against="peak", percent=True),
        ),
    ),
    "encode": Row(
        "clouds of 1024 points encoded by a frozen model",
        measures.measure_encode,
        estimates.encode,
        (
            *_each("encode", ENCODING, "clouds/s", "cpu", _faster(2.0)),
            TableLine("encode.gpu", f"{ENCODING}, bf16", "clouds/s", "cuda", (Target("ours", 40_000),)),
            TableLine("encode.32", f"{ENCODING}, float32", "clouds/s", "cuda"),
        ),
    ),
    "sampling": Row(
        "farthest point sampling of large clouds beside fpsample",
        measures.measure_sampling,
        lambda bench: estimates.in_rounds(bench, 60, 20),
        (
            TableLine("sampling.small", "farthest points, 8192 → 1200", "ms", "cpu", TWICE, against="fpsample"),
            TableLine("sampling.large", "farthest points, 100k → 8192", "ms", "cpu", TWICE, against="fpsample"),
            TableLine("sampling.small", "farthest points, 8192 → 1200", "ms", "cuda"),
            TableLine("sampling.large", "farthest points, 100k → 8192", "ms", "cuda"),
        ),
        sized=False,
    ),
    "twins": Row(
        "every fast way of this device beside its plain twin: what does not meet 1 here stays off",
        measures.measure_twins,
        lambda bench: estimates.in_rounds(bench, 40, 40),
        tuple(
            TableLine(f"twins.{way}", f"{way}: {job}", "ms", device, EARNS, against="twin")
            for device, ways in TWINS.items()
            for way, job in ways.items()
        ),
        sized=False,
    ),
    "growth": Row(
        "cost as batches and clouds grow, with a picture",
        measures.measure_growth,
        estimates.growth,
        (
            TableLine(
                "growth.batch.gpu",
                f"time per sample from batch 64 to 1024, {STEP_OF}",
                "ms a sample",
                "cuda",
                (Target("ratio", 1.1, at_least=False),),
                against="smallest batch",
            ),
            TableLine(
                "growth.batch.cpu",
                f"time per sample from batch 8 to 64, {STEP_OF}",
                "ms a sample",
                "cpu",
                against="smallest batch",
            ),
            TableLine(
                "growth.memory",
                "memory of encoding, 1k to 100k points (1: linear)",
                "exponent",
                targets=(Target("ours", 1.1, at_least=False),),
            ),
            TableLine("growth.time", "time of encoding, 1k to 100k points (1: linear, 2: attention)", "exponent"),
        ),
    ),
    "waiting": Row(
        "share of a training step spent waiting for data, in short runs",
        measures.measure_waiting,
        lambda bench: bench.pick(20, 60, 2 * estimates.START),
        (
            TableLine("waiting.device", "waiting for data, shapes held on the device", "share of a step"),
            TableLine("waiting.stream", "waiting for data, shapes read from the table", "share of a step"),
        ),
    ),
    "profile": Row(
        "where the time of a step goes, by part and by operator",
        measures.measure_profile,
        lambda bench: bench.pick(60, 150, estimates.START),
    ),
}
