#!/usr/bin/env bash
# Pre-training on made shapes, once alone and once with the real training shapes added, probed on the real tables.
#
#   benchmarks/made_shapes.sh OUT [COUNT [RECIPE [pre-training settings...]]]
#
# OUT is the folder of real_shapes.sh, with its tables. With a GPU: 50,000 shapes and the recipe made-base, the defaults.
# The CPU-sized version of docs/results.md: `benchmarks/made_shapes.sh OUT 4000 nano --train.epochs 36`.
# Finished steps are not repeated, broken runs go on. `benchmarks/transfers.sh DATA OUT 2 made` transfers the first.
set -euo pipefail
out=$1 count=${2:-50000} recipe=${3:-made-base}
settings=("${@:4}")
cd "$out"

pointrecon shapes make made.lance --family both --count "$count" --points 1024 --difficulty easy --split 1 0 0 --resume
pointrecon shapes teach made.lance --image multiview --text minilm

run() { # name tables...
    if [ ! -d "runs/$1-0" ]; then
        pointrecon pretrain "${@:2}" -o "runs/$1-0" --recipe "$recipe" --train.seed 0 "${settings[@]}"
    elif [ ! -d "runs/$1-0/model" ]; then
        pointrecon pretrain -o "runs/$1-0" --resume
    fi
    for table in modelnet10 shapes69; do
        [ -f "runs/$1-0/results/$table.json" ] || pointrecon probe "runs/$1-0/model" "$table.lance" \
            --feature auto --out "runs/$1-0/results/$table.json"
    done
}
run made made.lance
run made-real made.lance modelnet10.lance shapes69.lance
