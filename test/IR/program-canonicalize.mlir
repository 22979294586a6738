// RUN: mpc-opt %s -canonicalize -symbol-dce | FileCheck %s

// Nothing folds, and what a program names is kept.
// CHECK: mpc.program @p {{.*}} bodies [@p.F0]
// CHECK: func.func private @p.F0
// CHECK-NOT: @unused
mpc.program @p mesh <> micro_batches 1 schedule "1f1b" inputs [] [] outputs [] [] bodies [@p.F0]
func.func private @p.F0() { return }
func.func private @unused() { return }
