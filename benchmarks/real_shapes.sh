#!/usr/bin/env bash
# The numbers on real shapes in docs/results.md: import, teach, pre-train three paradigms with two seeds each, probe. For
# transfers.sh also ReCon with a third seed, once without text (recon-wordless: no class name is seen), and three times on
# Shapes-69 alone (recon-shapes69), for naming its classes.
#
#   benchmarks/real_shapes.sh DATA OUT
#
# DATA holds modelnet10_1024.npz and shapes69_2048.npz; OUT receives tables and runs. Finished steps are not repeated.
# One thread a run, two runs at a time: about an hour on two cores.
set -euo pipefail
data=$(realpath "$1") out=$2
export OMP_NUM_THREADS=1
mkdir -p "$out"
cd "$out"

table() { # name file options...
    [ -d "$1.lance" ] || pointrecon shapes import "$data/$2" -o "$1.lance" --validation 0.1 "${@:3}"
    pointrecon shapes teach "$1.lance" --image multiview --text minilm
}
table modelnet10 modelnet10_1024.npz --up z
table shapes69 shapes69_2048.npz

run() { # name seed
    local run="runs/$1-$2" tables=(modelnet10 shapes69) settings=(--objective.paradigm "${1%-*}")
    case $1 in
    *-wordless) settings+=(--objective.text none) ;;
    *-shapes69)
        tables=(shapes69)
        settings+=(--train.epochs 72 --train.precision bf16 --train.probe_every 0)
        ;;
    esac
    if [ ! -d "$run" ]; then
        pointrecon pretrain "${tables[@]/%/.lance}" -o "$run" --recipe nano --train.seed "$2" "${settings[@]}"
    elif [ ! -d "$run/model" ]; then
        pointrecon pretrain --resume "$run"
    fi
    for table in "${tables[@]}"; do
        [ -f "$run/results/$table.json" ] || pointrecon probe "$run/model" "$table.lance" \
            --feature auto --seed "$2" --out "$run/results/$table.json"
    done
}
for paradigm in recon reconstruct contrast; do
    run "$paradigm" 0 &
    run "$paradigm" 1 &
    wait
done
for one in "recon 2" "recon-wordless 0" "recon-shapes69 0" "recon-shapes69 1" "recon-shapes69 2"; do
    # shellcheck disable=SC2086
    run $one &
    [ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n
done
wait
