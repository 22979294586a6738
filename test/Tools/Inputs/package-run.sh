# package-run.sh PYTHON SCRIPTS DIR DATA MODEL OPTION...: trains with the JIT and
# as a package; the results are equal. The options are those of model, loss and
# split; PACKAGE_OPTIONS are for the package alone.
set -e
python=$1 scripts=$2 directory=$3 data=$4 model=$5
shift 5
rm -rf "$directory"
mkdir -p "$directory"
cd "$directory"
common="--optimizer=adam --lr=0.01 --seed=5"
mpc-run train "$model" "$@" $common --data="$data" --epochs=2 --metrics=jit.jsonl --checkpoint=checkpoint > log 2>&1
mpc-run compile "$model" "$@" $common $PACKAGE_OPTIONS -o model.mpcpkg >> log 2>&1
mpc-exec train model.mpcpkg --data="$data" --epochs=2 --metrics=package.jsonl --save=weights.npz >> log 2>&1
"$python" "$scripts/compare-package.py" .
echo "$(basename "$model") $*: equal"
