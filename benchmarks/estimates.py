"""How long rows take: rough, on two threads that multiply 150 GFLOP/s; on GPUs mostly starting and compiling."""

from benchmarks.measures import Bench

START = 3.5  # seconds of starting a process
STEP = {"nano": 0.003, "tiny": 0.035, "small": 0.05, "base": 0.08}
PLAIN_STEP = {"tiny": 0.12, "small": 0.14, "base": 0.18}
TEACHERS, ENCODE, PLAIN_ENCODE = 0.4, 0.4, 0.9  # seconds a sample; parts of our step


def _sided(bench: Bench, batch: int, steps: int, ours: float, plain: float) -> float:
    """Seconds of `_sides` in all rounds, for so many seconds a sample."""
    if bench.settings.quick:
        return 2 * START + 2
    if bench.device == "cuda":
        return bench.settings.rounds * (60 + 60 + 15)
    a_round = 3 * START + batch * (steps + 1) * (1.6 * ours + plain) * 2 / max(bench.settings.threads, 2)
    return bench.settings.rounds * a_round


def pretrain(bench: Bench) -> float:
    """Seconds of the row "pretrain"."""
    size = bench.settings.size
    return _sided(bench, bench.batch(64, 128, 4), bench.steps(4, 10), STEP[size], PLAIN_STEP[size])


def teachers(bench: Bench) -> float:
    """Seconds of the row "teachers"."""
    size = bench.settings.size
    return _sided(bench, bench.batch(64, 128, 2), bench.steps(2, 3), STEP[size], PLAIN_STEP[size] + TEACHERS)


def encode(bench: Bench) -> float:
    """Seconds of the row "encode"."""
    size = bench.settings.size
    ours, plain = ENCODE * STEP[size], PLAIN_ENCODE * STEP[size]
    return _sided(bench, bench.batch(64, 512, 4), bench.steps(4, 10), ours, plain)


def growth(bench: Bench) -> float:
    """Seconds of the row "growth"."""
    if bench.settings.quick or bench.device == "cuda":
        return bench.pick(0, 5 * 60 + 8 * 8, 3 * START)
    return 12 * START + 120 * STEP[bench.settings.size] * (bench.steps(2, 5) + 1) + 60


def in_rounds(bench: Bench, cpu: float, cuda: float) -> float:
    """Seconds of a row that takes so long in each round."""
    return START if bench.settings.quick else bench.pick(cpu, cuda, 0) * bench.settings.rounds
