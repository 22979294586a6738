// RUN: mpc-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{'mpc.variable' op expected a view of 24 elements, found [5, 5]}}
mpc.variable @v parameter constant(0.0) view [5, 5] : tensor<4x6xf32>

// -----

// expected-error @+1 {{'mpc.variable' op expected a view of 24 elements, found [-4, -6]}}
mpc.variable @v parameter constant(0.0) view [-4, -6] : tensor<4x6xf32>

// -----

// expected-error @+1 {{'mpc.variable' op expected a sharding of rank 2, found #mpc.sharding<[["t"] by 2]>}}
mpc.variable @v parameter constant(0.0) sharding <[["t"] by 2]> : tensor<4x6xf32>

// -----

// expected-error @+1 {{'mpc.variable' op a variable's sharding cannot be partial}}
mpc.variable @v parameter constant(0.0) sharding <[[], []], partial sum ["t"]> : tensor<4x6xf32>

// -----

// expected-error @+1 {{'mpc.variable' op a normal initializer needs floating-point elements, found 'tensor<4xi64>'}}
mpc.variable @v parameter normal(0.0, 1.0) : tensor<4xi64>

// -----

// expected-error @+1 {{'mpc.variable' op expected a standard deviation of at least 0}}
mpc.variable @v parameter normal(0.0, -1.0) : tensor<4xf32>

// -----

// expected-error @+1 {{'mpc.variable' op a uniform initializer needs floating-point elements, found 'tensor<4xi64>'}}
mpc.variable @v parameter uniform(0.0, 1.0) : tensor<4xi64>

// -----

// expected-error @+1 {{'mpc.variable' op expected a uniform range that is not empty}}
mpc.variable @v parameter uniform(1.0, 1.0) : tensor<4xf32>

// -----

// expected-error @+1 {{'mpc.variable' op expected a whole number for 'tensor<4xi64>'}}
mpc.variable @v parameter constant(0.5) : tensor<4xi64>

// -----

// expected-error @+1 {{'mpc.variable' op expected the name of a tensor in the file}}
mpc.variable @v parameter file("") : tensor<4xf32>

// -----

// expected-error @+1 {{expected constant, normal, uniform, file or same, found 'zeros'}}
mpc.variable @v parameter zeros(0.0) : tensor<4xf32>

// -----

// expected-error @+1 {{'mpc.variable' op expected a constant, normal, uniform, file or same initializer, found "zeros"}}
"mpc.variable"() <{sym_name = "v", type = tensor<4xf32>, role = #mpc.role<parameter>, init = "zeros"}> : () -> ()

// -----

// expected-error @+1 {{'mpc.variable' op there is no variable @w}}
mpc.variable @v optimizer same(@w) : tensor<4xf32>

// -----

mpc.variable @w parameter constant(0.0) : tensor<5xbf16>
// expected-error @+1 {{'mpc.variable' op starts from variable @w of another shape, 'tensor<5xbf16>'}}
mpc.variable @v optimizer same(@w) : tensor<4xf32>

// -----

mpc.variable @u parameter constant(0.0) : tensor<4xbf16>
mpc.variable @v optimizer same(@u) : tensor<4xf32>
// expected-error @+1 {{'mpc.variable' op starts from variable @v, which starts from another one itself}}
mpc.variable @w optimizer same(@v) : tensor<4xf32>

// -----

// expected-error @+1 {{unknown word 'weight'}}
mpc.variable @v weight constant(0.0) : tensor<4xf32>

// -----

func.func @unknown() {
  // expected-error @+1 {{'mpc.read' op there is no variable @v}}
  %0 = mpc.read @v : tensor<4xf32>
  return
}

// -----

func.func @no_variable() {
  // expected-error @+1 {{'mpc.read' op there is no variable @no_variable}}
  %0 = mpc.read @no_variable : tensor<4xf32>
  return
}

// -----

mpc.variable @v parameter constant(0.0) : tensor<4xf32>
func.func @read_type() {
  // expected-error @+1 {{'mpc.read' op variable @v has type 'tensor<4xf32>', found 'tensor<2xf32>'}}
  %0 = mpc.read @v : tensor<2xf32>
  return
}

// -----

mpc.variable @v parameter constant(0.0) : tensor<4xf32>
func.func @assign_type(%x: tensor<2xf32>) {
  // expected-error @+1 {{'mpc.assign' op variable @v has type 'tensor<4xf32>', found 'tensor<2xf32>'}}
  mpc.assign @v, %x : tensor<2xf32>
  return
}

// -----

mpc.variable @v parameter constant(0.0) : tensor<4xf32>
func.func @local_size() attributes {mpc.local} {
  // expected-error @+1 {{'mpc.read' op expected a part of variable @v of type 'tensor<4xf32>', found 'tensor<5xf32>'}}
  %0 = mpc.read @v : tensor<5xf32>
  return
}

// -----

mpc.variable @v parameter constant(0.0) : tensor<4xf32>
func.func @local_rank() attributes {mpc.local} {
  // expected-error @+1 {{'mpc.read' op expected a part of variable @v}}
  %0 = mpc.read @v : tensor<4x1xf32>
  return
}

// -----

mpc.variable @v parameter constant(0.0) : tensor<4xf32>
func.func @local_element() attributes {mpc.local} {
  // expected-error @+1 {{'mpc.read' op expected a part of variable @v}}
  %0 = mpc.read @v : tensor<4xf64>
  return
}
