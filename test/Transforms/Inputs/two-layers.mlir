mpc.variable @w1 parameter normal(0.0, 0.1) : tensor<16x12xf32>
mpc.variable @b1 parameter constant(0.0) : tensor<12xf32>
mpc.variable @w2 parameter normal(0.0, 0.1) : tensor<12x10xf32>
mpc.variable @b2 parameter constant(0.0) : tensor<10xf32>
func.func @main(%x: tensor<8x16xf32> {mpc.name = "x"}) -> (tensor<8x10xf32> {mpc.name = "logits"}) {
  %w1 = mpc.read @w1 : tensor<16x12xf32>
  %b1 = mpc.read @b1 : tensor<12xf32>
  %w2 = mpc.read @w2 : tensor<12x10xf32>
  %b2 = mpc.read @b2 : tensor<10xf32>
  %0 = mpc.matmul %x, %w1 : (tensor<8x16xf32>, tensor<16x12xf32>) -> tensor<8x12xf32>
  %1 = mpc.add %0, %b1 : (tensor<8x12xf32>, tensor<12xf32>) -> tensor<8x12xf32>
  %2 = mpc.relu %1 : tensor<8x12xf32>
  %3 = mpc.matmul %2, %w2 : (tensor<8x12xf32>, tensor<12x10xf32>) -> tensor<8x10xf32>
  %4 = mpc.add %3, %b2 : (tensor<8x10xf32>, tensor<10xf32>) -> tensor<8x10xf32>
  return %4 : tensor<8x10xf32>
}
