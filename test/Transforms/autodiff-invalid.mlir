// RUN: mpc-opt %s --mpc-autodiff --split-input-file --verify-diagnostics

// expected-error@+1 {{module has no function 'main' with a body}}
module {}

// -----

mpc.variable @w parameter constant(0.0) : tensor<4x3xf32>
// expected-error@+1 {{no trainable variable reaches the loss: nothing to train}}
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %y = mpc.relu %x : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

mpc.variable @w parameter constant(0.0) : tensor<4x3xf32>
func.func @main(%ids: tensor<2xi64>, %x: tensor<2x3xf32>) -> tensor<4x3xf32> {
  %w = mpc.read @w : tensor<4x3xf32>
  %r = mpc.mul %x, %x : tensor<2x3xf32>
  %rows = mpc.slice %w dim 0 start 0 size 2 : tensor<4x3xf32> -> tensor<2x3xf32>
  // expected-error@+1 {{has no derivative, and a trainable variable reaches the loss through it}}
  %y = mpc.scatter_add %ids, %rows : (tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

mpc.variable @w parameter constant(0.0) : tensor<3xf32>
func.func @main() -> tensor<3xf32> {
  // expected-error@+1 {{cross-entropy needs logits [batch, ..., class], found 'tensor<3xf32>'}}
  %w = mpc.read @w : tensor<3xf32>
  return %w : tensor<3xf32>
}

// -----

func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xi1> {
  // expected-error@+1 {{the loss needs a floating-point output, found 'tensor<2x3xi1>'}}
  %y = mpc.compare gt %x, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>
  return %y : tensor<2x3xi1>
}

// -----

// expected-error@+1 {{model 'main' has no output to take a loss of}}
func.func @main() {
  return
}

// -----

// expected-error@+1 {{has an input named 'label', the name of the loss's input}}
func.func @main(%x: tensor<2x3xf32> {mpc.name = "label"}) -> tensor<2x3xf32> {
  return %x : tensor<2x3xf32>
}

// -----

func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  return %x : tensor<2x3xf32>
}
// expected-error@+1 {{the name 'train_step' is needed for the function made from 'main'}}
func.func @train_step() {
  return
}

// -----

mpc.variable @w parameter constant(0.0) : tensor<2x3xf32>
// expected-warning@+1 {{'unused' has no influence on the loss and stays as it is}}
mpc.variable @unused parameter constant(0.0) : tensor<2x3xf32>
func.func @main() -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %w = mpc.read @w : tensor<2x3xf32>
  %u = mpc.read @unused : tensor<2x3xf32>
  %y = mpc.relu %w : tensor<2x3xf32>
  %z = mpc.relu %u : tensor<2x3xf32>
  return %y, %z : tensor<2x3xf32>, tensor<2x3xf32>
}
