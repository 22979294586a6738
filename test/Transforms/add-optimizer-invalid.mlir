// RUN: not mpc-opt %s --mpc-add-optimizer 2>&1 | FileCheck %s --check-prefix=FIRST
// RUN: not mpc-opt %s --mpc-autodiff --mpc-add-optimizer="beta1=1.5 kind=adam" 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not mpc-opt %s --mpc-autodiff --mpc-add-optimizer="nesterov" 2>&1 | FileCheck %s --check-prefix=NESTEROV
// RUN: not mpc-opt %s --mpc-autodiff --mpc-add-optimizer="kind=adam" 2>&1 | FileCheck %s --check-prefix=TAKEN
// RUN: not mpc-opt %s --mpc-autodiff="function=stepped" --mpc-add-optimizer 2>&1 | FileCheck %s --check-prefix=STEP

// FIRST: module has no function 'train_step'; run mpc-autodiff first
// RANGE: option 'beta1' is 1.50, expected at least 0.00 and less than 1.00
// NESTEROV: option 'nesterov' needs a positive 'momentum'
// TAKEN: the name 'w.m' is needed for the optimizer's state
// STEP: input 'step' has type 'tensor<f32>', expected 'tensor<i64>'

mpc.variable @w parameter constant(0.0) : tensor<2x3xf32>
mpc.variable @w.m cache constant(0.0) : tensor<2x3xf32>

func.func @main() -> tensor<2x3xf32> {
  %w = mpc.read @w : tensor<2x3xf32>
  %y = mpc.relu %w : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

func.func @stepped(%step: tensor<f32> {mpc.name = "step"}) -> tensor<2x3xf32> {
  %w = mpc.read @w : tensor<2x3xf32>
  %y = mpc.mul %w, %step : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
