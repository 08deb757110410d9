#!/usr/bin/env bash
# Everything worth knowing about this GPU in a few minutes: parts with time limits of their own, results as they come.
#
#   benchmarks/gpu.sh OUT [PART[:SECONDS]...] [--rehearse]
#
# OUT receives one log per part, results.jsonl and summary.md. --rehearse runs the same on the CPU, with tiny sizes.
# PYTHON names another interpreter than python3. See benchmarks/README.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONPATH="$root/src:$root${PYTHONPATH:+:$PYTHONPATH}"
exec "${PYTHON:-python3}" -m benchmarks.gpu_session "$@"
