// A residual MLP whose connections skip one, two and three layers: values cross
// several stages, and the first layer's output is read by the last.
mpc.variable @w1 parameter normal(0.0, 0.176777) : tensor<64x128xf32>
mpc.variable @b1 parameter constant(0.0) : tensor<128xf32>
mpc.variable @w2 parameter normal(0.0, 0.125) : tensor<128x128xf32>
mpc.variable @b2 parameter constant(0.0) : tensor<128xf32>
mpc.variable @w3 parameter normal(0.0, 0.125) : tensor<128x128xf32>
mpc.variable @b3 parameter constant(0.0) : tensor<128xf32>
mpc.variable @w4 parameter normal(0.0, 0.125) : tensor<128x128xf32>
mpc.variable @b4 parameter constant(0.0) : tensor<128xf32>
mpc.variable @w5 parameter normal(0.0, 0.125) : tensor<128x10xf32>
mpc.variable @b5 parameter constant(0.0) : tensor<10xf32>

func.func @main(%x: tensor<32x64xf32> {mpc.name = "x"})
    -> (tensor<32x10xf32> {mpc.name = "logits"}) {
  %w1 = mpc.read @w1 : tensor<64x128xf32>
  %b1 = mpc.read @b1 : tensor<128xf32>
  %m1 = mpc.matmul %x, %w1 : (tensor<32x64xf32>, tensor<64x128xf32>) -> tensor<32x128xf32>
  %a1 = mpc.add %m1, %b1 : (tensor<32x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %h1 = mpc.relu %a1 : tensor<32x128xf32>

  %w2 = mpc.read @w2 : tensor<128x128xf32>
  %b2 = mpc.read @b2 : tensor<128xf32>
  %m2 = mpc.matmul %h1, %w2 : (tensor<32x128xf32>, tensor<128x128xf32>) -> tensor<32x128xf32>
  %a2 = mpc.add %m2, %b2 : (tensor<32x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %r2 = mpc.relu %a2 : tensor<32x128xf32>
  %h2 = mpc.add %r2, %h1 : tensor<32x128xf32>

  %w3 = mpc.read @w3 : tensor<128x128xf32>
  %b3 = mpc.read @b3 : tensor<128xf32>
  %m3 = mpc.matmul %h2, %w3 : (tensor<32x128xf32>, tensor<128x128xf32>) -> tensor<32x128xf32>
  %a3 = mpc.add %m3, %b3 : (tensor<32x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %r3 = mpc.relu %a3 : tensor<32x128xf32>
  // Two layers back.
  %h3 = mpc.add %r3, %h1 : tensor<32x128xf32>

  %w4 = mpc.read @w4 : tensor<128x128xf32>
  %b4 = mpc.read @b4 : tensor<128xf32>
  %m4 = mpc.matmul %h3, %w4 : (tensor<32x128xf32>, tensor<128x128xf32>) -> tensor<32x128xf32>
  %a4 = mpc.add %m4, %b4 : (tensor<32x128xf32>, tensor<128xf32>) -> tensor<32x128xf32>
  %r4 = mpc.relu %a4 : tensor<32x128xf32>
  // Three layers back, and two.
  %s4 = mpc.add %r4, %h1 : tensor<32x128xf32>
  %h4 = mpc.add %s4, %h2 : tensor<32x128xf32>

  %w5 = mpc.read @w5 : tensor<128x10xf32>
  %b5 = mpc.read @b5 : tensor<10xf32>
  %m5 = mpc.matmul %h4, %w5 : (tensor<32x128xf32>, tensor<128x10xf32>) -> tensor<32x10xf32>
  %logits = mpc.add %m5, %b5 : (tensor<32x10xf32>, tensor<10xf32>) -> tensor<32x10xf32>
  return %logits : tensor<32x10xf32>
}
