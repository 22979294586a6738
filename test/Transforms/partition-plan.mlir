// A plan that is written and read again gives the same program; the plan of an
// inference serves the training of the same model.
// RUN: mpc-opt %models/mlp.mlir --partition=pipeline --devices=2 --cluster=dgx-a100:1 \
// RUN:   --emit-plan=%t.json --dump-dir=%t.dump > %t.first 2>/dev/null
// RUN: mpc-opt %models/mlp.mlir --plan=%t.json --cluster=dgx-a100:1 2>/dev/null | diff %t.first -
// RUN: mpc-opt %models/mlp.mlir --plan=%t.json --loss=cross-entropy --optimizer=adam --to=local 2>/dev/null \
// RUN:   | FileCheck %s
// RUN: ls %t.dump | FileCheck %s --check-prefix=PHASES
//
// RUN: not mpc-opt %models/mlp-tiny.mlir --plan=%t.json -o %t.never 2>&1 | FileCheck %s --check-prefix=HASH

// CHECK: mpc.program @train_step
// CHECK: func.func private @train_step.U1.0.c0

// PHASES: 0-import.mlir
// PHASES: 1-autodiff.mlir
// PHASES: 2-decompose.mlir
// PHASES: 3-plan.mlir
// PHASES: 4-stages.mlir
// PHASES: 5-local.mlir
// PHASES: 6-schedule.mlir

// HASH: error: plan '{{.*}}.json' was made for model {{[0-9a-f]+}}, this model is {{[0-9a-f]+}}
