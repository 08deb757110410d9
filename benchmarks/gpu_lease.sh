#!/usr/bin/env bash
# A lent GPU from the first second to the last: the parts of gpu.sh while the processor makes shapes, then pre-training.
#
#   benchmarks/gpu_lease.sh OUT SECONDS [VALIDATION.npz...] [--rehearse]
#
# OUT receives what gpu.sh writes, runs.jsonl and the weights the plan keeps. VALIDATION are labeled tables to choose on
# (benchmarks.bring_shapes makes small ones). COUNT made shapes (60000) of SEED (2: the models that come along learned
# from those of 0 and 1), PLAN of the runs (benchmarks/gpu_plan.json),
# FIRST and THEN: parts beside the making of shapes, and after it. PYTHON names another interpreter than python3.
set -uo pipefail
out=${1:?usage: benchmarks/gpu_lease.sh OUT SECONDS [VALIDATION.npz...] [--rehearse]} seconds=${2:?how many seconds?}
shift 2
rehearse= validation=()
for word in "$@"; do
    if [ "$word" = --rehearse ]; then rehearse=--rehearse; else validation+=("$(realpath "$word")"); fi
done
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONPATH="$root/src:$root${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 PYTHON=${PYTHON:-python3}
mkdir -p "$out"
out=$(realpath "$out")
cd "$root"
left() { echo $((seconds - SECONDS)); }
pictures=(--views 6 --precision bf16)
if [ -n "$rehearse" ]; then
    pictures=(--views 1)
    export CUDA_VISIBLE_DEVICES=
    COUNT=${COUNT:-120} PLAN=${PLAN:-benchmarks/gpu_plan_rehearsal.json}
fi
made=$(mktemp -d)/made.npz
trap 'rm -rf "$(dirname "$made")"' EXIT

(
    set -e
    export OMP_NUM_THREADS=1
    workers=$(($(nproc) > 4 ? $(nproc) * 3 / 4 : 1))
    "$PYTHON" -m pointrecon shapes make "$made" --family both --count "${COUNT:-60000}" --seed "${SEED:-2}" --difficulty easy \
        --split 1 0 0 --workers "$workers"
    "$PYTHON" -m pointrecon shapes teach "$made" --image imagenet "${pictures[@]}" --device cpu --workers "$workers"
    "$PYTHON" -m pointrecon shapes teach "$made" --text minilm
) > "$out/shapes.log" 2>&1 &
shapes=$!
status=0
first=${FIRST-machine suite kernels} then=${THEN-steps compiled-nano compiled-base encode}
# shellcheck disable=SC2086 # parts are words
if [ -n "$first" ]; then benchmarks/gpu.sh "$out" $first $rehearse || status=1; fi
wait "$shapes" || { tail -5 "$out/shapes.log"; exit 1; }
echo "shapes made and taught, $(left) s left"
# shellcheck disable=SC2086
if [ -n "$then" ]; then benchmarks/gpu.sh "$out" $then $rehearse || status=1; fi
echo "parts ended, $(left) s left"
timeout "$(($(left) + 20))" "$PYTHON" -m benchmarks.gpu_training "$out" "$made" --seconds "$(left)" \
    --plan "${PLAN:-benchmarks/gpu_plan.json}" --validation "${validation[@]}" > "$out/training.log" 2>&1 || status=1
grep -E '^\{|the best on' "$out/training.log" | cut -c1-1000
exit $status
