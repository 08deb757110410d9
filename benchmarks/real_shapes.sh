#!/usr/bin/env bash
# The numbers on real shapes in docs/results.md: import, teach, pre-train three paradigms with two seeds each (ReCon
# with a third one, for transfers.sh), probe.
#
#   benchmarks/real_shapes.sh DATA OUT
#
# DATA holds modelnet10_1024.npz and shapes69_2048.npz; OUT receives tables and runs. Finished steps are not repeated.
# One thread a run, two runs at a time: about 40 minutes on two cores with PRECISION=bf16, where the processor has such
# arithmetic (AVX-512-BF16, AMX), and longer in float32: with AVX2 alone a run of ReCon took 20 to 27 minutes beside others.
set -euo pipefail
data=$1 out=$2
export OMP_NUM_THREADS=1
mkdir -p "$out"

table() { # name file options...
    [ -d "$out/$1.lance" ] || pointrecon shapes import "$data/$2" -o "$out/$1.lance" --validation 0.1 "${@:3}"
    pointrecon shapes teach "$out/$1.lance" --image multiview --text minilm
}
table modelnet10 modelnet10_1024.npz --up z
table shapes69 shapes69_2048.npz

run() { # paradigm seed
    local run="$out/runs/$1-$2"
    if [ ! -d "$run" ]; then
        pointrecon pretrain "$out/modelnet10.lance" "$out/shapes69.lance" -o "$run" --recipe nano \
            --objective.paradigm "$1" --train.seed "$2" --train.precision "${PRECISION:-auto}" --train.probe_every 0
    elif [ ! -d "$run/model" ]; then
        pointrecon pretrain -o "$run" --resume
    fi
    for table in modelnet10 shapes69; do
        [ -f "$run/results/$table.json" ] || pointrecon probe "$run" "$out/$table.lance" \
            --feature auto --seed "$2" -o "$run/results/$table.json"
    done
}
for paradigm in recon reconstruct contrast; do
    run "$paradigm" 0 &
    run "$paradigm" 1 &
    wait
done
run recon 2
