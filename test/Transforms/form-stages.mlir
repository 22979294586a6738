// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-autodiff --mpc-add-optimizer --mpc-decompose --canonicalize \
// RUN:   --mpc-apply-plan=plan=%S/Inputs/stages2.json --mpc-form-stages | FileCheck %s

// CHECK: mpc.program @train_step mesh <"stage" = 2, "micro" = 4> micro_batches 4 schedule "1f1b"
// CHECK-SAME: outputs ["loss_sum", "count"]
// CHECK-SAME: bodies [@train_step.F0, @train_step.F1, @train_step.B0, @train_step.B1, @train_step.U0.0

// The first stage hands its activations on; shapes are still global.
// CHECK: func.func private @train_step.F0({{.*}}tensor<8x16xf32> {mpc.input = 0
// CHECK-SAME: mpc.value = "[[H:v[0-9]+.relu]]"
// CHECK: mpc.read @w1
// CHECK-NOT: mpc.read @w2
// CHECK: func.func private @train_step.F1({{.*}}mpc.value = "[[H]]"
// CHECK: mpc.read @w2

// Gradients are sums over micro-batches, and the first layer's input has none.
// CHECK: func.func private @train_step.B0(
// CHECK-SAME: mpc.accumulate
// CHECK-NOT: transpose_rhs
// CHECK: func.func private @train_step.B1(
// CHECK: func.func private @train_step.U0.0

// The first stage gets the count late, and decays its momentum then: one pass
// over the tensors.
// RUN: mpc-opt %S/Inputs/two-layers.mlir --mpc-autodiff --mpc-add-optimizer=kind=adam --mpc-decompose --canonicalize \
// RUN:   --mpc-apply-plan=plan=%S/Inputs/stages2.json --mpc-form-stages | FileCheck %s --check-prefix=ADAM
// ADAM: func.func private @train_step.U0.0(
// ADAM-NOT: mpc.mul
// ADAM: func.func private @train_step.U0.1(
// ADAM: mpc.read @w1.m
// ADAM: mpc.assign @w1.m
