"""One measurement in its own process: `python -m benchmarks.side '{"what": ..., ...}'`; JSON in, JSON out."""

import json
import sys
from importlib import import_module

# what is measured -> (module of this room, its function)
WHAT = {
    "machine": ("peaks", "describe"),
    "peaks": ("peaks", "measure"),
    "step": ("steps", "measure"),
    "beside peak": ("beside_peak", "measure"),
    "flops": ("flops", "measure"),
    "encode": ("encoding", "measure"),
    "cloud": ("encoding", "measure_cloud"),
    "sampling": ("fpsample_beside", "measure"),
    "twins": ("twins", "measure"),
    "parts": ("parts", "measure"),
    "waiting": ("waiting", "measure"),
}


def main() -> None:
    """Measure what is asked; the last line of standard output is the answer."""
    asked = json.loads(sys.argv[1])
    import torch

    if asked.get("threads"):
        torch.set_num_threads(asked["threads"])
    module, function = WHAT[asked["what"]]
    answer = getattr(import_module(f"{__spec__.parent}.{module}"), function)(asked)
    print(json.dumps({**asked, **answer, "threads": torch.get_num_threads()}))


if __name__ == "__main__":
    main()
