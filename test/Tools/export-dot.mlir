// RUN: mpc-translate --export-dot %s | FileCheck %s

// CHECK: digraph mpc {
// CHECK: "@w" [label="w\n4x2xf32", shape=cylinder];
mpc.variable @w parameter constant(0.0) : tensor<4x2xf32>
// CHECK: subgraph cluster0 {
// CHECK: label="@main";
func.func @main(%x: tensor<8x4xf32> {mpc.name = "x"}, %y: tensor<4x2xf32>) -> tensor<8x2xf32> {
  // CHECK: [[X:n[0-9]+]] [label="x", shape=ellipse];
  // CHECK: [[Y:n[0-9]+]] [label="input1", shape=ellipse];
  // CHECK: [[READ:n[0-9]+]] [label="read", shape=box];
  // CHECK: "@w" -> [[READ]]
  %w = mpc.read @w : tensor<4x2xf32>
  // CHECK: [[MATMUL:n[0-9]+]] [label="matmul", shape=box];
  // CHECK: [[X]] -> [[MATMUL]] [label="8x4xf32"];
  // CHECK: [[READ]] -> [[MATMUL]] [label="4x2xf32"];
  %0 = mpc.matmul %x, %w : (tensor<8x4xf32>, tensor<4x2xf32>) -> tensor<8x2xf32>
  // CHECK: [[Y]] -> [[ASSIGN:n[0-9]+]]
  // CHECK: [[ASSIGN]] -> "@w"
  mpc.assign @w, %y : tensor<4x2xf32>
  // CHECK: [[MATMUL]] -> [[RETURN:n[0-9]+]] [label="8x2xf32"];
  return %0 : tensor<8x2xf32>
}
