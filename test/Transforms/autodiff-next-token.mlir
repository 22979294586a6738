// RUN: mpc-opt %s --mpc-autodiff="loss=next-token ignore-index=0" --split-input-file --verify-diagnostics | FileCheck %s

mpc.variable @w parameter constant(0.0) : tensor<7x5xf32>

// CHECK-LABEL: func.func @train_step(
// CHECK-SAME: tensor<2x3xi64> {mpc.name = "label"}
// CHECK: mpc.cross_entropy %{{.*}}, %{{.*}} ignore 0
// CHECK: mpc.scatter_add {{.*}} mpc.phase = #mpc.phase<weight_grad>
func.func @main(%ids: tensor<2x3xi64> {mpc.name = "ids"}) -> tensor<2x3x5xf32> {
  %w = mpc.read @w : tensor<7x5xf32>
  %y = mpc.embedding %w, %ids : (tensor<7x5xf32>, tensor<2x3xi64>) -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}

// -----

func.func @main(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  // expected-error@+1 {{next-token loss needs logits [batch, position, token], found 'tensor<2x5xf32>'}}
  %y = mpc.relu %x : tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}
