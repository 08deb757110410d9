#!/usr/bin/env bash
# Every transfer on real shapes in docs/results.md, from three pre-trained runs and from scratch, one thread a command.
#
#   benchmarks/transfers.sh DATA OUT [JOBS]
#
# DATA holds princeton_parts_2048.npz; OUT is the folder of real_shapes.sh with its tables and the runs recon-0, -1, -2.
# Finished steps are not repeated and broken ones go on. JOBS commands run at a time (2): about two hours on two cores.
set -euo pipefail
data=$1 out=$2 jobs=${3:-2}
export OMP_NUM_THREADS=1
cd "$out"
mkdir -p transfer/logs

# One line a command: name, then the command.
commands() {
    local seed start mode share epochs way
    for seed in 0 1 2; do
        for start in pre scratch; do
            local model=runs/recon-$seed/model scratch=
            [ $start = pre ] || scratch=--from-scratch
            for mode in full linear mlp3; do
                echo "modelnet10-$mode-$start-$seed finetune $model modelnet10.lance --mode $mode $scratch" \
                    "--train.epochs 12 --train.seed $seed"
            done
            # about as many steps for few labels as it takes to learn them, looked at ten times
            for share in 0.01:150 0.02:100 0.05:60 0.1:40 0.5:20; do
                epochs=${share#*:}
                echo "modelnet10-labels${share%:*}-$start-$seed finetune $model modelnet10.lance --labels ${share%:*}" \
                    "$scratch --train.epochs $epochs --train.probe_every $((epochs / 10)) --train.seed $seed"
            done
            for way in 5 10; do
                echo "shapes69-${way}w10s-full-$start-$seed few-shot $model shapes69.lance --way $way --shot 10" \
                    "--method full --epochs 30 --seed $seed $scratch"
                for shot in 10 20; do
                    echo "shapes69-${way}w${shot}s-svm-$start-$seed few-shot $model shapes69.lance --way $way" \
                        "--shot $shot --method svm --seed $seed $scratch"
                done
            done
        done
    done
}

run() { # name command...
    local name=$1 run=transfer/$1
    [ ! -e "$run/.done" ] || return 0
    echo "$name"
    if [ -f "$run/config.yaml" ]; then
        pointrecon finetune --resume "$run"
    else
        pointrecon "${@:2}" -o "$run"
    fi >"transfer/logs/$name.log" 2>&1 && touch "$run/.done"
}
export -f run
commands | xargs -P "$jobs" -d '\n' -n 1 bash -c 'run $0'
