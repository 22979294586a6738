// RUN: mpc-opt %s -split-input-file -verify-diagnostics

func.func @reshape_size(%x: tensor<8x3xf32>) {
  // expected-error @+1 {{'mpc.reshape' op expected as many elements in the result as in the input, found 25 and 24}}
  %0 = mpc.reshape %x : tensor<8x3xf32> to tensor<25xf32>
  return
}

// -----

func.func @reshape_element(%x: tensor<8x3xf32>) {
  // expected-error @+1 {{'mpc.reshape' op expected one element type, found 'f32' and 'f64'}}
  %0 = mpc.reshape %x : tensor<8x3xf32> to tensor<24xf64>
  return
}

// -----

func.func @transpose_twice(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{'mpc.transpose' op [0, 0] is no permutation of the 2 dimensions of 'tensor<8x3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.transpose %x [0, 0] : tensor<8x3xf32> -> tensor<8x8xf32>
  return
}

// -----

func.func @transpose_short(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{'mpc.transpose' op [0] is no permutation of the 2 dimensions}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.transpose %x [0] : tensor<8x3xf32> -> tensor<8xf32>
  return
}

// -----

func.func @transpose_negative(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{[0, -1] is no permutation}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.transpose %x [0, -1] : tensor<8x3xf32> -> tensor<8x3xf32>
  return
}

// -----

func.func @broadcast_shape(%x: tensor<8x3xf32>) {
  // expected-error @+1 {{'mpc.broadcast' op shape [8, 3] does not broadcast to [3, 8]}}
  %0 = mpc.broadcast %x : tensor<8x3xf32> to tensor<3x8xf32>
  return
}

// -----

func.func @broadcast_rank(%x: tensor<1x3xf32>) {
  // expected-error @+1 {{'mpc.broadcast' op shape [1, 3] does not broadcast to [3]}}
  %0 = mpc.broadcast %x : tensor<1x3xf32> to tensor<3xf32>
  return
}

// -----

func.func @slice_range(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{'mpc.slice' op 2 elements from 2 do not lie in dimension 1 of size 3}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.slice %x dim 1 start 2 size 2 : tensor<8x3xf32> -> tensor<8x2xf32>
  return
}

// -----

func.func @slice_overflow(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{do not lie in dimension 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.slice %x dim 1 start 2 size 9223372036854775807 : tensor<8x3xf32> -> tensor<8x2xf32>
  return
}

// -----

func.func @slice_empty(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{'mpc.slice' op expected a size of at least 1, found 0}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.slice %x dim 1 start 2 size 0 : tensor<8x3xf32> -> tensor<8x1xf32>
  return
}

// -----

func.func @slice_dim(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{'mpc.slice' op dimension 2 does not exist in 'tensor<8x3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.slice %x dim 2 start 0 size 1 : tensor<8x3xf32> -> tensor<8x3xf32>
  return
}

// -----

func.func @concat_nothing() {
  // expected-error @+2 {{'mpc.concat' op expected at least one operand}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = "mpc.concat"() <{dim = 0 : i64}> : () -> tensor<8xf32>
  return
}

// -----

func.func @concat_shape(%x: tensor<8x3xf32>, %y: tensor<7x3xf32>) {
  // expected-error @+2 {{'mpc.concat' op expected shapes that differ in dimension 1 only, found 'tensor<8x3xf32>' and 'tensor<7x3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.concat %x, %y dim 1 : (tensor<8x3xf32>, tensor<7x3xf32>) -> tensor<8x6xf32>
  return
}

// -----

func.func @concat_rank(%x: tensor<8x3xf32>, %y: tensor<8xf32>) {
  // expected-error @+2 {{'mpc.concat' op expected equal ranks, found 2 and 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.concat %x, %y dim 1 : (tensor<8x3xf32>, tensor<8xf32>) -> tensor<8x6xf32>
  return
}

// -----

func.func @global_index_dim(%x: tensor<8x3xf32>) {
  // expected-error @+2 {{'mpc.global_index' op dimension -1 does not exist in 'tensor<8x3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.global_index %x dim -1 : tensor<8x3xf32> -> tensor<8x1xi64>
  return
}
