// RUN: mpc-opt %s -split-input-file -verify-diagnostics

func.func @arguments(%x: tensor<8xf32>) {
  // expected-error @+1 {{'mpc.fused' op expected region arguments of the inputs' types}}
  %0 = "mpc.fused"(%x) ({
  ^bb0(%a: tensor<4xf32>):
    "mpc.yield"(%a) : (tensor<4xf32>) -> ()
  }) : (tensor<8xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @results(%x: tensor<8xf32>) {
  %0 = mpc.fused (%a = %x : tensor<8xf32>) -> (tensor<4xf32>) {
    // expected-error @+1 {{'mpc.yield' op expected values of the results' types}}
    mpc.yield %a : tensor<8xf32>
  }
  return
}

// -----

func.func @terminator(%x: tensor<8xf32>) {
  // expected-error @+1 {{'mpc.fused' op expected the region to end with 'mpc.yield'}}
  %0 = mpc.fused (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
    %1 = mpc.relu %a : tensor<8xf32>
  }
  return
}

// -----

mpc.variable @v parameter constant(0.0) : tensor<8xf32>
func.func @effects(%x: tensor<8xf32>) {
  %0 = mpc.fused (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
    // expected-error @+1 {{'mpc.read' op has side effects, which 'mpc.fused' cannot have}}
    %v = mpc.read @v : tensor<8xf32>
    mpc.yield %v : tensor<8xf32>
  }
  return
}
