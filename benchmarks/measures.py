"""One function per row of `bench`: it asks for measurements in fresh processes and gives back numbers.

Nothing is judged here; `rows` has the targets.
"""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.bench_settings import Settings
from benchmarks.children import Answer, Progress, measure
from benchmarks.growth import exponent, large_half

PRECISIONS = {"32": "float32", "bf16": "bf16"}
Values = dict[str, dict[str, Any]]  # key of a line -> "ours", "against", "note"


@dataclass
class Bench:
    """What a row's function works with.

    Attributes:
        settings: as asked.
        device: "cpu" or "cuda".
        progress: told of every measurement.
    """

    settings: Settings
    device: str
    progress: Progress

    def pick(self, cpu: Any, cuda: Any, quick: Any) -> Any:
        """A value by where and how this is measured."""
        return quick if self.settings.quick else cuda if self.device == "cuda" else cpu

    def batch(self, cpu: int, cuda: int, quick: int) -> int:
        """Shapes per step: as asked, or the row's own."""
        return self.settings.batch or self.pick(cpu, cuda, quick)

    def steps(self, cpu: int, cuda: int) -> int:
        """Steps measured per turn: as asked, or the row's own."""
        return self.settings.steps or self.pick(cpu, cuda, 1)

    def turns(self, title: str, sides: dict[str, dict[str, Any]], rounds: int = 0, **shared: Any) -> dict[str, Any]:
        """Measure every side in turns (A B A B), each time in a fresh process; side → its answers."""
        rounds = rounds or (1 if self.settings.quick else self.settings.rounds)
        found: dict[str, list[Answer]] = {side: [] for side in sides}
        for number in range(rounds):
            for side, own in sides.items():
                self.progress.now(f"{title}: {side}" + f", round {number + 1} of {rounds}" * (rounds > 1))
                settings = self.settings
                asked = {"device": self.device, "size": settings.size, "threads": settings.threads}
                asked["compile"] = settings.compile
                found[side].append(measure(**{**asked, **shared, **own}))
        return found


def _rate(answers: list[Answer], batch: int) -> float:
    """Samples per second: the batch over the median step of all rounds."""
    return batch / _median(answer["seconds"] for answer in answers)


def _median(runs: Iterable[list[float]]) -> float:
    return statistics.median([second for seconds in runs for second in seconds])


def _peak(answers: list[Answer]) -> int:
    return max(answer["peak_bytes"] for answer in answers)


def _sides(bench: Bench, **reference: Any) -> dict[str, dict[str, Any]]:
    """Ours in both precisions (quick: in float32) and the reference, which is in float32."""
    precisions = {"32": PRECISIONS["32"]} if bench.settings.quick else PRECISIONS
    ours = {f"ours, {name}": {"side": "ours", "precision": key} for key, name in precisions.items()}
    return {**ours, "reference": {"side": "reference", **reference}}


def _rates(found: dict[str, list[Answer]], job: str, batch: int) -> Values:
    """The line of each precision."""
    reference = _rate(found["reference"], batch)
    return {
        f"{job}.{key}": {"ours": _rate(found[f"ours, {name}"], batch), "against": reference, "note": f"batch {batch}"}
        for key, name in PRECISIONS.items()
        if f"ours, {name}" in found
    }


def measure_peaks(bench: Bench) -> Answer:
    """The best of all rounds."""
    found = bench.turns("machine's peaks", {bench.device: {}}, what="peaks", quick=bench.settings.quick)[bench.device]
    lines: Values = {}
    for key in PRECISIONS:
        best = [(value["flops"], name) for answer in found for name, value in answer[key].items()]
        flops, library = max(best)
        others = [f"{name} {max(v for v, n in best if n == name) * 1e-9:,.0f}" for name in dict.fromkeys(found[0][key])]
        lines[f"peak.{key}"] = {"ours": flops, "note": f"{library} is fastest; GFLOP/s: " + ", ".join(others)}
    lines["peak.copy"] = {"ours": max(answer["copy"] for answer in found)}
    return {"lines": lines, "detail": {"rounds": found}}


def measure_pretrain(bench: Bench) -> Answer:
    """Speed and memory of a step, features cached on both sides."""
    batch, steps = bench.batch(64, 128, 4), bench.steps(4, 10)
    found = bench.turns("pre-training step", _sides(bench), what="step", batch=batch, steps=steps)
    lines = _rates(found, "pretrain", batch)
    for key, name in PRECISIONS.items():
        if ours := found.get(f"ours, {name}"):
            lines[f"memory.{key}"] = {"ours": _peak(ours), "against": _peak(found["reference"])}
    if bench.device == "cuda" and "pretrain.bf16" in lines:
        lines["pretrain.gpu"] = lines["pretrain.bf16"]
    return {"lines": lines, "detail": found}


def measure_teachers(bench: Bench) -> Answer:
    """The same, with the reference running its frozen teachers at every step."""
    batch, steps = bench.batch(64, 128, 2), bench.steps(2, 3)
    sides = _sides(bench, teacher_layers=bench.pick(12, 12, 1))
    found = bench.turns("step with teachers", sides, what="step", batch=batch, steps=steps)
    return {"lines": _rates(found, "teachers", batch), "detail": found}


def measure_encode(bench: Bench) -> Answer:
    """Clouds of 1024 points per second, frozen model."""
    batch, steps = bench.batch(64, 1024, 4), bench.steps(4, 10)
    found = bench.turns("encoding", _sides(bench), what="encode", batch=batch, steps=steps)
    lines = _rates(found, "encode", batch)
    if bench.device == "cuda" and "encode.bf16" in lines:
        lines["encode.gpu"] = lines["encode.bf16"]
    return {"lines": lines, "detail": found}


def measure_arithmetic(bench: Bench) -> Answer:
    """Operations counted, and their rate beside the peak of matrix products right before and after each step."""
    (found,) = bench.turns("counting operations", {"both": {}}, rounds=1, what="flops")["both"]
    ours, reference = found["ours"], found["reference"]
    lines: Values = {"flops": {"ours": ours["step"], "against": reference["step"]}}
    lines["flops"]["note"] = f"encoding: {ours['encode'] * 1e-9:.2f} and {reference['encode'] * 1e-9:.2f}"
    if missed := sorted({*ours["missed"], *reference["missed"]}):
        lines["flops"]["note"] += "; not counted: " + ", ".join(missed)
    detail: Answer = {"flops": found}
    batch, steps = bench.batch(64, 128, 4), bench.steps(4, 10)
    for job, flops in (("pretrain", "step"), ("encode", "encode")):
        asked: dict[str, Any] = {"what": "beside peak", "job": job, "batch": batch, "steps": steps}
        detail[job] = bench.turns(f"{job} beside the peak", _sides(bench), **asked)
        theirs = _beside_peak(detail[job]["reference"], batch * reference[flops])[1]
        for key, name in PRECISIONS.items():
            if f"ours, {name}" not in detail[job]:
                continue
            answers = detail[job][f"ours, {name}"]
            rate, share = _beside_peak(answers, batch * ours[flops])
            plain = _beside_peak(answers, batch * ours[flops], "torch.mm")[1]
            entry: dict[str, Any] = {"ours": rate, "against": rate / share, "note": f"batch {batch}"}
            if plain > share:  # another library is faster than PyTorch's matrix product
                entry["note"] += f"; {plain:.0%} of what torch.mm reaches"
            if key == "32":
                entry["note"] += f"; reference: {theirs:.0%} of the peak"
            lines[f"arithmetic.{job}.{key}"] = entry
    return {"lines": lines, "detail": detail}


def _beside_peak(answers: list[Answer], flops: float, peak: str = "peaks") -> tuple[float, float]:
    """Operations a second in the median step, and the median share of the peak beside it."""
    rates = [(flops / s, flops / s / p) for a in answers for s, p in zip(a["seconds"], a[peak], strict=True)]
    return statistics.median(rate for rate, _ in rates), statistics.median(share for _, share in rates)


def measure_sampling(bench: Bench) -> Answer:
    """Farthest point sampling of one large cloud, beside `fpsample`'s best exact variant."""
    jobs = {"small": (8192, 1200), "large": (102_400, 8192)}
    if bench.settings.quick:
        jobs = {"small": (1024, 128), "large": (2048, 256)}
    asked = {"jobs": jobs, "steps": bench.steps(3, 5)}
    found = bench.turns("sampling", {"ours and fpsample": asked}, what="sampling")["ours and fpsample"]
    lines: Values = {}
    for name, (points, count) in jobs.items():
        taken = [answer["found"][name] for answer in found]
        others = {other: _median(part["others"][other] for part in taken) for other in taken[0]["others"]}
        line: dict[str, Any] = {"ours": _median(part["seconds"] for part in taken)}
        line["note"] = f"{count} of {points} points"
        if others:
            best = min(others, key=lambda other: others[other])
            line |= {"against": others[best], "note": f"{line['note']}; fpsample's best: {best}"}
        elif bench.device == "cpu":
            line["note"] += "; fpsample is not installed"
        lines[f"sampling.{name}"] = line
    return {"lines": lines, "detail": {"rounds": found}}


def measure_twins(bench: Bench) -> Answer:
    """Every fast way of this device beside its plain twin, in turns within one process."""
    asked = {"steps": bench.steps(5, 20), "quick": bench.settings.quick}
    found = bench.turns("fast ways beside their twins", {"both": asked}, what="twins")["both"]
    lines: Values = {
        f"twins.{way}": {side: _median(answer["found"][way][side] for answer in found) for side in ("ours", "against")}
        for way in found[0]["found"]
    }
    return {"lines": lines, "detail": {"rounds": found}}


def measure_growth(bench: Bench) -> Answer:
    """Time per sample over the batch; time and memory of encoding over the points of a cloud."""
    precision = "bf16" if bench.device == "cuda" else "32"
    batches = bench.pick([8, 16, 32, 64], [64, 128, 256, 512, 1024], [4])
    sizes = bench.pick(
        [2**k * 1024 for k in range(7)] + [102_400], [2**k * 1024 for k in range(7)] + [102_400], [1024, 2048]
    )
    encoder = bench.pick("nano", bench.settings.size, "nano")
    steps = bench.steps(2, 5)
    sample: dict[int, float] = {}
    for batch in batches:
        asked = {"side": "ours", "precision": precision, "batch": batch, "steps": steps}
        (answer,) = bench.turns(f"step, batch {batch}", {"ours": asked}, rounds=1, what="step")["ours"]
        sample[batch] = statistics.median(answer["seconds"]) / batch
    points = []
    for size in sizes:
        asked = {"size": encoder, "points": size, "precision": precision, "steps": steps}
        (answer,) = bench.turns(f"encoding a cloud of {size} points", {"ours": asked}, rounds=1, what="cloud")["ours"]
        seconds = statistics.median(answer["seconds"])
        points.append({"points": size, "seconds": seconds, "bytes": answer["extra_bytes"]})
    first, last = batches[0], batches[-1]
    end = {"cpu": "cpu", "cuda": "gpu"}[bench.device]
    lines: Values = {
        f"growth.batch.{end}": {
            "ours": sample[last],
            "against": sample[first],
            "note": f"batch {last} against batch {first}, {PRECISIONS[precision]}",
        }
    }
    half = large_half(points)
    x = [point["points"] for point in half]
    for what, key in (("bytes", "memory"), ("seconds", "time")):
        lines[f"growth.{key}"] = {
            "ours": exponent(x, [point[what] for point in half]),
            "note": f"{encoder}, {PRECISIONS[precision]}, fitted from {x[0]} to {x[-1]} points",
        }
    return {"lines": lines, "detail": {"batches": sample, "points": points, "encoder": encoder}}


def measure_waiting(bench: Bench) -> Answer:
    """The share of a step spent waiting for data, in short runs of `pretrain`."""
    size = bench.pick("nano", bench.settings.size, "nano")
    batch = bench.batch(128, 128, 16)
    asked = {"size": size, "batch": batch, "steps": bench.steps(20, 100) + 4, "shapes": bench.pick(1024, 8192, 64)}
    (found,) = bench.turns("short runs", {"pretrain": asked}, rounds=1, what="waiting")["pretrain"]
    lines: Values = {}
    for hold in ("device", "stream"):
        speed = f"{found[hold]['samples_per_second']:,.0f} samples/s"
        note = f"{size}, batch {batch}, {asked['shapes']} shapes, {speed}"
        lines[f"waiting.{hold}"] = {"ours": found[hold]["waiting"], "note": note}
    return {"lines": lines, "detail": found}


def measure_profile(bench: Bench) -> Answer:
    """Where the time of a step goes, for `nano` and the size asked for."""
    precision = "bf16" if bench.device == "cuda" else "32"
    jobs = {"nano": bench.batch(128, 1024, 8)}
    if not bench.settings.quick:
        jobs[bench.settings.size] = bench.batch(32, 128, 0)
    detail = {}
    for size, batch in jobs.items():
        asked = {"size": size, "batch": batch, "steps": bench.steps(3, 10), "precision": precision}
        detail[size] = bench.turns(f"profile of {size}", {"ours": asked}, rounds=1, what="parts")["ours"][0]
    return {"lines": {}, "detail": detail}
