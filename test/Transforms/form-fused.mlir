// RUN: mpc-opt %s --mpc-decompose --canonicalize --mpc-form-fused --split-input-file | FileCheck %s

// Softmax over rows: three levels of reductions, one region.
// CHECK-LABEL: @softmax
// CHECK-COUNT-1: mpc.fused
// CHECK-NOT: mpc.fused
// CHECK: return
func.func @softmax(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %y = mpc.softmax %x dim 1 : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}

// -----

// CHECK-LABEL: @layer_norm
// CHECK: %[[R:.*]] = mpc.fused (%{{.*}} = %arg0 : tensor<4x8x768xf32>, %{{.*}} = %arg1 : tensor<768xf32>, %{{.*}} = %arg2 : tensor<768xf32>)
// CHECK-NOT: mpc.fused
// CHECK: return %[[R]]
func.func @layer_norm(%x: tensor<4x8x768xf32>, %g: tensor<768xf32>, %b: tensor<768xf32>) -> tensor<4x8x768xf32> {
  %y = mpc.layer_norm %x, %g, %b epsilon 1.0e-5 : (tensor<4x8x768xf32>, tensor<768xf32>, tensor<768xf32>) -> tensor<4x8x768xf32>
  return %y : tensor<4x8x768xf32>
}

// -----

// The matmul stays outside; its epilogue is one region with two results.
// CHECK-LABEL: @bias_gelu
// CHECK: %[[M:.*]] = mpc.matmul
// CHECK-NEXT: %[[R:.*]]:2 = mpc.fused (%{{.*}} = %[[M]] : tensor<32x64xf32>, %{{.*}} = %arg2 : tensor<64xf32>)
// CHECK: mpc.add
// CHECK: mpc.gelu
// CHECK: mpc.yield
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @bias_gelu(%x: tensor<32x16xf32>, %w: tensor<16x64xf32>, %b: tensor<64xf32>) -> (tensor<32x64xf32>, tensor<32x64xf32>) {
  %m = mpc.matmul %x, %w : (tensor<32x16xf32>, tensor<16x64xf32>) -> tensor<32x64xf32>
  %a = mpc.add %m, %b : (tensor<32x64xf32>, tensor<64xf32>) -> tensor<32x64xf32>
  %y = mpc.gelu tanh %a : tensor<32x64xf32>
  return %a, %y : tensor<32x64xf32>, tensor<32x64xf32>
}

// -----

// The scalar part of AdamW is computed once, by a region of its own; every
// variable has one region with three results.
// CHECK-LABEL: @adamw
// CHECK: %[[S:.*]] = mpc.fused {{.*}} -> (tensor<f32>)
// CHECK: mpc.pow
// CHECK: mpc.fused {{.*}} = %[[S]] : tensor<f32>{{.*}} -> (tensor<100xf32>, tensor<100xf32>)
// CHECK: mpc.fused {{.*}} = %[[S]] : tensor<f32>{{.*}} -> (tensor<30x5xf32>, tensor<30x5xf32>)
// CHECK-NOT: mpc.fused
func.func @adamw(%g: tensor<100xf32>, %m: tensor<100xf32>, %p: tensor<100xf32>,
                 %h: tensor<30x5xf32>, %n: tensor<30x5xf32>, %q: tensor<30x5xf32>, %step: tensor<f32>)
    -> (tensor<100xf32>, tensor<100xf32>, tensor<30x5xf32>, tensor<30x5xf32>) {
  %beta = mpc.constant 0.9 : tensor<f32>
  %one = mpc.constant 1.0 : tensor<f32>
  %power = mpc.pow %beta, %step : tensor<f32>
  %correction = mpc.sub %one, %power : tensor<f32>
  %m0 = mpc.mul %m, %beta : (tensor<100xf32>, tensor<f32>) -> tensor<100xf32>
  %m1 = mpc.add %m0, %g : tensor<100xf32>
  %u = mpc.div %m1, %correction : (tensor<100xf32>, tensor<f32>) -> tensor<100xf32>
  %p1 = mpc.sub %p, %u : tensor<100xf32>
  %n0 = mpc.mul %n, %beta : (tensor<30x5xf32>, tensor<f32>) -> tensor<30x5xf32>
  %n1 = mpc.add %n0, %h : tensor<30x5xf32>
  %v = mpc.div %n1, %correction : (tensor<30x5xf32>, tensor<f32>) -> tensor<30x5xf32>
  %q1 = mpc.sub %q, %v : tensor<30x5xf32>
  return %m1, %p1, %n1, %q1 : tensor<100xf32>, tensor<100xf32>, tensor<30x5xf32>, tensor<30x5xf32>
}

// -----

// Rows are one region; the two sums over rows read its results.
// CHECK-LABEL: @cross_entropy
// CHECK: mpc.fused
// CHECK: mpc.reduce max
// CHECK: mpc.reduce sum
// CHECK: mpc.log
// CHECK: mpc.yield {{.*}} : tensor<64x1xf32>
func.func @cross_entropy(%x: tensor<64x10xf32>, %labels: tensor<64xi64>) -> (tensor<f32>, tensor<f32>) {
  %sum, %count = mpc.cross_entropy %x, %labels ignore -100 : tensor<64x10xf32>, tensor<64xi64>
  return %sum, %count : tensor<f32>, tensor<f32>
}

// -----

// Row sums and column sums have different inner factors: two regions.
// CHECK-LABEL: @rows_and_columns
// CHECK: mpc.fused
// CHECK: dims [1]
// CHECK: mpc.fused
// CHECK: dims [0]
func.func @rows_and_columns(%x: tensor<64x100xf32>) -> (tensor<64x1xf32>, tensor<1x100xf32>) {
  %e = mpc.exp %x : tensor<64x100xf32>
  %r = mpc.reduce sum %e dims [1] : tensor<64x100xf32> -> tensor<64x1xf32>
  %c = mpc.reduce sum %e dims [0] : tensor<64x100xf32> -> tensor<1x100xf32>
  return %r, %c : tensor<64x1xf32>, tensor<1x100xf32>
}

// -----

// %a and %c read one tensor, but %c needs the product of %a: no cycle is made.
// CHECK-LABEL: @no_cycle
// CHECK: %[[A:.*]] = mpc.fused
// CHECK: %[[M:.*]] = mpc.matmul %[[A]]
// CHECK: mpc.fused {{.*}} = %[[M]]
func.func @no_cycle(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %a = mpc.relu %x : tensor<16x16xf32>
  %m = mpc.matmul %a, %a : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %c = mpc.add %x, %m : tensor<16x16xf32>
  return %c : tensor<16x16xf32>
}

// -----

// A causal mask reads nothing: both regions compute it.
// CHECK-LABEL: @mask
// CHECK: mpc.fused
// CHECK: mpc.compare ge
// CHECK: mpc.matmul
// CHECK: mpc.fused
// CHECK: mpc.compare ge
func.func @mask(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %zero = mpc.constant 0.0 : tensor<f32>
  %i = mpc.global_index %x dim 0 : tensor<16x16xf32> -> tensor<16x1xi64>
  %j = mpc.global_index %x dim 1 : tensor<16x16xf32> -> tensor<1x16xi64>
  %c = mpc.compare ge %i, %j : (tensor<16x1xi64>, tensor<1x16xi64>) -> tensor<16x16xi1>
  %a = mpc.select %c, %x, %zero : (tensor<16x16xi1>, tensor<16x16xf32>, tensor<f32>) -> tensor<16x16xf32>
  %m = mpc.matmul %a, %a : (tensor<16x16xf32>, tensor<16x16xf32>) -> tensor<16x16xf32>
  %b = mpc.select %c, %m, %zero : (tensor<16x16xi1>, tensor<16x16xf32>, tensor<f32>) -> tensor<16x16xf32>
  return %b : tensor<16x16xf32>
}

// -----

// Reshapes of buffers stay outside; the one between two ops joins them.
// CHECK-LABEL: @reshapes
// CHECK: %[[R:.*]] = mpc.reshape %arg0
// CHECK-NEXT: %[[F:.*]] = mpc.fused (%{{.*}} = %[[R]]
// CHECK: mpc.reshape
// CHECK: mpc.yield
// CHECK: mpc.reshape %[[F]] : tensor<8x2x3xf32> to tensor<48xf32>
func.func @reshapes(%x: tensor<48xf32>) -> tensor<48xf32> {
  %0 = mpc.reshape %x : tensor<48xf32> to tensor<8x6xf32>
  %1 = mpc.exp %0 : tensor<8x6xf32>
  %2 = mpc.reshape %1 : tensor<8x6xf32> to tensor<8x2x3xf32>
  %3 = mpc.neg %2 : tensor<8x2x3xf32>
  %4 = mpc.reshape %3 : tensor<8x2x3xf32> to tensor<48xf32>
  return %4 : tensor<48xf32>
}

// -----

// A full reduction of a large tensor is parallel over the first of two.
// CHECK-LABEL: @large_sum
// CHECK: mpc.fused
// CHECK: mpc.mul
// CHECK: mpc.reduce sum {{.*}} dims [1] : tensor<1000x300xf32> -> tensor<1000x1xf32>
// CHECK: mpc.fused
// CHECK: mpc.reduce sum {{.*}} dims [0] : tensor<1000x1xf32> -> tensor<1x1xf32>
func.func @large_sum(%x: tensor<1000x300xf32>) -> tensor<1x1xf32> {
  %q = mpc.mul %x, %x : tensor<1000x300xf32>
  %s = mpc.reduce sum %q dims [0, 1] : tensor<1000x300xf32> -> tensor<1x1xf32>
  return %s : tensor<1x1xf32>
}

// -----

// Phases are launched apart; the tags of a region are its ops'.
// CHECK-LABEL: @phases
// CHECK: mpc.fused {{.*}} attributes {mpc.origin = 3 : i64, mpc.phase = #mpc.phase<forward>}
// CHECK: mpc.fused {{.*}} attributes {mpc.origin = 3 : i64, mpc.phase = #mpc.phase<input_grad>}
func.func @phases(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = mpc.exp %x {mpc.phase = #mpc.phase<forward>, mpc.origin = 3 : i64} : tensor<8xf32>
  %b = mpc.neg %a {mpc.phase = #mpc.phase<input_grad>, mpc.origin = 3 : i64} : tensor<8xf32>
  return %b : tensor<8xf32>
}

// -----

// What a call or the caller reads is in memory, splats too.
// CHECK-LABEL: @splat
// CHECK: %[[R:.*]] = mpc.fused () -> (tensor<4x5xf32>)
// CHECK: mpc.constant 2.0 : tensor<f32>
// CHECK: mpc.broadcast
// CHECK: return %[[R]]
func.func @splat() -> tensor<4x5xf32> {
  %c = mpc.constant 2.0 : tensor<4x5xf32>
  return %c : tensor<4x5xf32>
}

// -----

// Rows are summed into the other summand, without a table of zeros.
// CHECK-LABEL: @scatter_into
// CHECK: %[[D:.*]] = mpc.matmul
// CHECK-NEXT: %[[R:.*]] = mpc.fused ({{.*}}%[[D]] : tensor<4x3xf32>
// CHECK-NEXT: mpc.scatter_add
// CHECK-NEXT: mpc.add
// CHECK-NEXT: mpc.yield
// CHECK: return %[[R]]
func.func @scatter_into(%ids: tensor<2xi64>, %rows: tensor<2x3xf32>, %a: tensor<4x5xf32>, %b: tensor<5x3xf32>) -> tensor<4x3xf32> {
  %s = mpc.scatter_add %ids, %rows : (tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %d = mpc.matmul %a, %b : (tensor<4x5xf32>, tensor<5x3xf32>) -> tensor<4x3xf32>
  %r = mpc.add %s, %d : tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}

// -----

// A row that is added to every row of a table is no such summand.
// CHECK-LABEL: @scatter_and_row
// CHECK: mpc.scatter_add
// CHECK-NEXT: mpc.yield
// CHECK: mpc.add
func.func @scatter_and_row(%ids: tensor<2xi64>, %rows: tensor<2x3xf32>, %x: tensor<3xf32>) -> tensor<4x3xf32> {
  %s = mpc.scatter_add %ids, %rows : (tensor<2xi64>, tensor<2x3xf32>) -> tensor<4x3xf32>
  %r = mpc.add %s, %x : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}

// -----

// A GEMM reads a slice where it lies; a kernel has its own copy of the op.
// CHECK-LABEL: @slice_of_call
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>
// CHECK-DAG: %[[S:.*]] = mpc.slice %[[X]]
// CHECK-DAG: mpc.matmul %[[S]]
// CHECK-DAG: mpc.fused (%{{.*}} = %[[X]]
func.func @slice_of_call(%x: tensor<4x6xf32>, %w: tensor<3x5xf32>) -> (tensor<4x5xf32>, tensor<4x3xf32>) {
  %s = mpc.slice %x dim 1 start 2 size 3 : tensor<4x6xf32> -> tensor<4x3xf32>
  %y = mpc.matmul %s, %w : (tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<4x5xf32>
  %e = mpc.exp %s : tensor<4x3xf32>
  return %y, %e : tensor<4x5xf32>, tensor<4x3xf32>
}

// -----

// What a GEMM reads through a view is in memory.
// CHECK-LABEL: @slice_of_broadcast
// CHECK: %[[B:.*]] = mpc.fused
// CHECK: %[[S:.*]] = mpc.slice %[[B]]
// CHECK: mpc.matmul %[[S]]
func.func @slice_of_broadcast(%x: tensor<6xf32>, %w: tensor<3x5xf32>) -> tensor<4x5xf32> {
  %b = mpc.broadcast %x : tensor<6xf32> to tensor<4x6xf32>
  %s = mpc.slice %b dim 1 start 2 size 3 : tensor<4x6xf32> -> tensor<4x3xf32>
  %y = mpc.matmul %s, %w : (tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<4x5xf32>
  return %y : tensor<4x5xf32>
}
