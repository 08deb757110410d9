"""A fuzz target for each reader, guided by the coverage of its code; atheris (libFuzzer) runs it."""

import sys
from pathlib import Path

from fire.good_files import good_files


def fuzz(suffix: str, folder: Path, seconds: int) -> int:
    """Feed a reader for so many seconds from good files on; ends with the first input that breaks a promise."""
    try:
        import atheris
    except ImportError:
        print("this needs the package 'atheris': pip install atheris", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["pointrecon.shapes.readers"]):
        from fire.file_trials import KEPT, trial
    corpus = folder / f"corpus-{suffix[1:]}"
    corpus.mkdir(exist_ok=True)
    for number, good in enumerate(good_files()[suffix]):
        (corpus / f"good-{number}").write_bytes(good)
    path = folder / f"input{suffix}"

    def target(content: bytes) -> None:
        path.write_bytes(content)
        if (outcome := trial(path)) not in KEPT:
            raise AssertionError(outcome)

    options = [
        f"-max_total_time={seconds}",
        "-max_len=8192",
        f"-artifact_prefix={folder}/",
        "-rss_limit_mb=0",
        "-timeout=10",
    ]
    atheris.Setup(["fire", str(corpus), *options], target)
    atheris.Fuzz()
    return 0
