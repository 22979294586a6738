// Two dense layers, small enough for tests of every split.
mpc.variable @w1 parameter normal(0.0, 0.353553) : tensor<16x32xf32>
mpc.variable @b1 parameter constant(0.0) : tensor<32xf32>
mpc.variable @w2 parameter normal(0.0, 0.25) : tensor<32x8xf32>
mpc.variable @b2 parameter constant(0.0) : tensor<8xf32>

func.func @main(%x: tensor<8x16xf32> {mpc.name = "x"})
    -> (tensor<8x8xf32> {mpc.name = "logits"}) {
  %w1 = mpc.read @w1 : tensor<16x32xf32>
  %b1 = mpc.read @b1 : tensor<32xf32>
  %m1 = mpc.matmul %x, %w1 : (tensor<8x16xf32>, tensor<16x32xf32>) -> tensor<8x32xf32>
  %a1 = mpc.add %m1, %b1 : (tensor<8x32xf32>, tensor<32xf32>) -> tensor<8x32xf32>
  %h1 = mpc.relu %a1 : tensor<8x32xf32>
  %w2 = mpc.read @w2 : tensor<32x8xf32>
  %b2 = mpc.read @b2 : tensor<8xf32>
  %m2 = mpc.matmul %h1, %w2 : (tensor<8x32xf32>, tensor<32x8xf32>) -> tensor<8x8xf32>
  %logits = mpc.add %m2, %b2 : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  return %logits : tensor<8x8xf32>
}
