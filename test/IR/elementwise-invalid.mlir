// RUN: mpc-opt %s -split-input-file -verify-diagnostics

func.func @shapes(%a: tensor<8x3xf32>, %b: tensor<8x4xf32>) {
  // expected-error @+2 {{'mpc.add' op shape [8, 4] does not broadcast to [8, 3]: sizes 4 and 3 meet in dimension 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.add %a, %b : (tensor<8x3xf32>, tensor<8x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @result(%a: tensor<8x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+2 {{inferred type(s) 'tensor<8x3xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.add %a, %b : (tensor<8x3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @elements(%a: tensor<8xf32>, %b: tensor<8xf64>) {
  // expected-error @+2 {{'mpc.mul' op expected one element type, found 'f32' and 'f64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.mul %a, %b : (tensor<8xf32>, tensor<8xf64>) -> tensor<8xf32>
  return
}

// -----

func.func @truth_values(%a: tensor<8xi1>) {
  // expected-error @+2 {{'mpc.sub' op expected numbers, found truth values ('i1')}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.sub %a, %a : tensor<8xi1>
  return
}

// -----

func.func @pow_of_integers(%a: tensor<8xi64>) {
  // expected-error @+2 {{'mpc.pow' op expected floating-point elements, found 'i64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.pow %a, %a : tensor<8xi64>
  return
}

// -----

func.func @gelu_grad_elements(%a: tensor<8xf32>, %b: tensor<8xbf16>) {
  // expected-error @+2 {{'mpc.gelu_grad' op expected one element type, found 'f32' and 'bf16'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.gelu_grad tanh %a, %b : (tensor<8xf32>, tensor<8xbf16>) -> tensor<8xf32>
  return
}

// -----

func.func @and_of_floats(%a: tensor<8xf32>) {
  // expected-error @+2 {{'mpc.and' op expected integers or truth values, found 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.and %a, %a : tensor<8xf32>
  return
}

// -----

func.func @select_elements(%c: tensor<8xi1>, %a: tensor<8xf32>, %b: tensor<8xi64>) {
  // expected-error @+2 {{'mpc.select' op expected one element type, found 'f32' and 'i64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.select %c, %a, %b : (tensor<8xi1>, tensor<8xf32>, tensor<8xi64>) -> tensor<8xf32>
  return
}

// -----

func.func @compare_elements(%a: tensor<8xf32>, %b: tensor<8xi64>) {
  // expected-error @+2 {{'mpc.compare' op expected one element type, found 'f32' and 'i64'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = mpc.compare eq %a, %b : (tensor<8xf32>, tensor<8xi64>) -> tensor<8xi1>
  return
}

// -----

func.func @predicate(%a: tensor<8xf32>) {
  // expected-error @+1 {{unknown word 'lesser'}}
  %0 = mpc.compare lesser %a, %a : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xi1>
  return
}

// -----

func.func @cast_shape(%a: tensor<8xf32>) {
  // expected-error @+1 {{'mpc.cast' op expected equal shapes, found [8] and [4]}}
  %0 = mpc.cast %a : tensor<8xf32> to tensor<4xbf16>
  return
}

// -----

func.func @no_tensor(%a: f32) {
  // expected-error @+1 {{invalid kind of type specified: expected builtin.tensor, but found 'f32'}}
  %0 = mpc.relu %a : f32
  return
}

// -----

func.func @dynamic(%a: tensor<?xf32>) {
  // expected-error @+1 {{must be statically shaped, non-empty tensor}}
  %0 = mpc.relu %a : tensor<?xf32>
  return
}

// -----

func.func @empty(%a: tensor<8x0xf32>) {
  // expected-error @+1 {{must be statically shaped, non-empty tensor}}
  %0 = mpc.relu %a : tensor<8x0xf32>
  return
}

// -----

func.func @too_large(%a: tensor<4294967296x4294967296xf32>) {
  // expected-error @+1 {{must be statically shaped, non-empty tensor}}
  %0 = mpc.relu %a : tensor<4294967296x4294967296xf32>
  return
}

// -----

func.func @integer_activation(%a: tensor<8xi64>) {
  // expected-error @+1 {{must be statically shaped, non-empty tensor of floating-point values}}
  %0 = mpc.relu %a : tensor<8xi64>
  return
}
