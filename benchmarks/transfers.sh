#!/usr/bin/env bash
# Every transfer on real shapes in docs/results.md, pre-trained and from scratch, three seeds, one thread a command.
#
#   benchmarks/transfers.sh DATA OUT [JOBS [RUN [SEEDS [KINDS]]]]
#
# DATA holds princeton_parts_2048.npz; OUT is the folder of real_shapes.sh with its tables and the runs OUT/runs/RUN-0, -1
# and -2 (RUN: recon or, of made_shapes.sh, made or made-real, which have seed 0 only; SEEDS: "0 1 2"). KINDS: some of
# "classes few-shot words damage parts labels", or all. From scratch means the same for every RUN and is done with recon.
# Finished steps are not repeated and broken ones go on. JOBS commands run at a time (2): about an hour and a half on two
# cores for recon, a quarter of an hour for one seed of another, with PRECISION=bf16 where the processor has it, and
# longer in float32. `pointrecon results OUT/transfer` prints the tables.
set -euo pipefail
data=$(realpath "$1") out=$2 jobs=${3:-2} name=${4:-recon} seeds=${5:-0 1 2}
kinds=${6:-classes few-shot words damage parts labels}
starts=pre
[ "$name" != recon ] || starts="pre scratch"
export OMP_NUM_THREADS=1
cd "$out"
mkdir -p transfer/logs
[ -d parts.lance ] ||
    pointrecon shapes import "$data/princeton_parts_2048.npz" -o parts.lance --name "Princeton parts" --validation 0.1

# One line a command: where to, then the command.
commands() {
    local group seed start
    for group in $kinds; do
        for seed in $seeds; do
            for start in $starts; do
                "$group" "$seed" "$name-$start" "runs/$name-$seed" "$([ $start = pre ] || echo --from-scratch)"
            done
        done
    done
}
classes() { # seed where-to model scratch
    local mode
    for mode in full:10 linear:8 mlp3:8; do
        echo "$2/modelnet10-${mode%:*}-$1 finetune $3 modelnet10.lance --mode ${mode%:*} $4" \
            "--train.epochs ${mode#*:} --train.seed $1 --seeds 1 --train.precision ${PRECISION:-auto}"
    done
}
few-shot() { # the same; ten folds each; fine-tuning, the slow way, with one seed: 60 steps for either way
    local way shot
    for way in 5 10; do
        for shot in 10 20; do
            echo "$2/shapes69-${way}w${shot}s-svm-$1 few-shot $3 shapes69.lance --way $way --shot $shot" \
                "--method svm --seed $1 $4"
        done
        [ "$1" != 0 ] || echo "$2/shapes69-${way}w10s-full-$1 few-shot $3 shapes69.lance --way $way --shot 10" \
            "--method full --epochs $((way == 5 ? 60 : 20)) --seed $1 $4"
    done
}
words() {
    [ -n "$4" ] || echo "$2/words-$1 zero-shot $3 shapes69.lance --templates released --seed $1"
}
damage() { # of the fine-tuned model; with recon, of that from scratch too
    [ -n "$4" ] || echo "$name-damage-$1 robustness transfer/$name-pre/modelnet10-full-$1 modelnet10.lance" \
        "$([ "$name" != recon ] || echo "--against transfer/recon-scratch/modelnet10-full-$1")" \
        "--seed $1 --seeds 1 --corruptions noise,drop,crop,clutter,rotation,density"
}
parts() {
    echo "$2/parts-$1 segment $3 parts.lance $4 --points 1024 --patches 64 --segment.loss_points 256" \
        "--train.epochs 20 --train.probe_every 4 --train.seed $1 --seeds 1"
}
labels() { # fewer labels, more epochs; ten looks at the validation shapes
    local share epochs
    for share in 0.01:100 0.02:60 0.05:30 0.1:20 0.5:10; do
        epochs=${share#*:}
        echo "$2/modelnet10-labels${share%:*}-$1 finetune $3 modelnet10.lance --labels ${share%:*} $4" \
            "--train.epochs $epochs --train.probe_every $((epochs / 10)) --train.seed $1 --seeds 1 --train.precision ${PRECISION:-auto}"
    done
}

run() { # where-to command...
    local to=transfer/$1 log=transfer/logs/${1/\//-}.log
    [ ! -e "$to/.done" ] || return 0
    echo "$1"
    if [ -f "$to/config.yaml" ]; then
        pointrecon "$2" -o "$to" --resume
    elif [ "$2" = zero-shot ]; then
        mkdir -p "$to/results" && pointrecon "${@:2}" -o "$to/results/zero-shot.json"
    else
        pointrecon "${@:2}" -o "$to"
    fi >"$log" 2>&1 && touch "$to/.done"
}
export -f run
commands | xargs -P "$jobs" -d '\n' -n 1 bash -c 'run $0'
