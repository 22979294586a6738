// RUN: mpc-opt %s --mpc-strip-dropout=function=predict | FileCheck %s
// RUN: not mpc-opt %s --mpc-strip-dropout=function=other 2>&1 | FileCheck %s --check-prefix=MISSING

// MISSING: module has no function 'other' with a body

// The step has another use, and stays.
// CHECK-LABEL: func.func @predict
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<2x3xf32>, %[[STEP:[a-z0-9]+]]: tensor<i64> {mpc.name = "step"})
// CHECK-NEXT: %[[Y:.*]] = mpc.relu %[[X]]
// CHECK-NEXT: %[[S:.*]] = mpc.cast %[[STEP]]
// CHECK-NEXT: return %[[Y]], %[[S]]
func.func @predict(%x: tensor<2x3xf32>, %step: tensor<i64> {mpc.name = "step"}) -> (tensor<2x3xf32>, tensor<f32>) {
  %d = mpc.dropout %x, %step rate 0.5 seed 1 : tensor<2x3xf32>
  %y = mpc.relu %d : tensor<2x3xf32>
  %s = mpc.cast %step : tensor<i64> to tensor<f32>
  return %y, %s : tensor<2x3xf32>, tensor<f32>
}
