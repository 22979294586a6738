// What the backward keeps, which is its arguments, and what it computes again.
// DEFINE: %{mode} = none
// DEFINE: %{keeps} = mpc-opt %models/gpt-tiny.mlir --partition=none --loss=next-token --recompute=%{mode} \
// DEFINE:   | sed -n 's/.*func.func private @train_step.B0.c0(\(.*\)) -> .*/\1/p' | tr '%' '\n'

// The scores of two layers; query, key and value; the wide layers; the input of each.
// RUN: %{keeps} | FileCheck %s --check-prefix=NONE
// NONE-COUNT-2: tensor<4x4x16x16xf32>

// REDEFINE: %{mode} = selective
// RUN: %{keeps} | FileCheck %s --check-prefix=SELECTIVE --implicit-check-not=4x4x16x16xf32
// SELECTIVE-COUNT-4: tensor<4x16x128xf32>

// Between layers only. What follows the last place is kept: it would be computed again at once.
// REDEFINE: %{mode} = full
// RUN: %{keeps} | FileCheck %s --check-prefix=FULL --implicit-check-not=4x4x16x16xf32 --implicit-check-not=4x16x128xf32
// FULL-COUNT-3: tensor<4x16x32xf32>

// By stage: with micro-batches in flight, the first stage keeps what it got and what is between its layers.
// RUN: echo '{"version": 1, "mesh": [["stage", 2]], "stages": [0, 30], "micro_batches": 2, "recompute": ["full", "none"]}' > %t.json
// RUN: mpc-opt %models/gpt-tiny.mlir --plan=%t.json --loss=next-token | grep 'func.func private @train_step.B0.c0' \
// RUN:   | FileCheck %s --check-prefix=STAGE --implicit-check-not=2x16x128xf32 --implicit-check-not=2x4x16x16xf32
// STAGE: tensor<2x16x32xf32>
