// A classifier of 28 x 28 images; weights start as He et al., arXiv 1502.01852:
// the standard deviation is sqrt(2 / inputs).
mpc.variable @w1 parameter normal(0.0, 0.050508) : tensor<784x512xf32>
mpc.variable @b1 parameter constant(0.0) : tensor<512xf32>
mpc.variable @w2 parameter normal(0.0, 0.0625) : tensor<512x256xf32>
mpc.variable @b2 parameter constant(0.0) : tensor<256xf32>
mpc.variable @w3 parameter normal(0.0, 0.088388) : tensor<256x10xf32>
mpc.variable @b3 parameter constant(0.0) : tensor<10xf32>

func.func @main(%x: tensor<128x784xf32> {mpc.name = "x"})
    -> (tensor<128x10xf32> {mpc.name = "logits"}) {
  %w1 = mpc.read @w1 : tensor<784x512xf32>
  %b1 = mpc.read @b1 : tensor<512xf32>
  %m1 = mpc.matmul %x, %w1 : (tensor<128x784xf32>, tensor<784x512xf32>) -> tensor<128x512xf32>
  %a1 = mpc.add %m1, %b1 : (tensor<128x512xf32>, tensor<512xf32>) -> tensor<128x512xf32>
  %h1 = mpc.relu %a1 : tensor<128x512xf32>
  %w2 = mpc.read @w2 : tensor<512x256xf32>
  %b2 = mpc.read @b2 : tensor<256xf32>
  %m2 = mpc.matmul %h1, %w2 : (tensor<128x512xf32>, tensor<512x256xf32>) -> tensor<128x256xf32>
  %a2 = mpc.add %m2, %b2 : (tensor<128x256xf32>, tensor<256xf32>) -> tensor<128x256xf32>
  %h2 = mpc.relu %a2 : tensor<128x256xf32>
  %w3 = mpc.read @w3 : tensor<256x10xf32>
  %b3 = mpc.read @b3 : tensor<10xf32>
  %m3 = mpc.matmul %h2, %w3 : (tensor<128x256xf32>, tensor<256x10xf32>) -> tensor<128x10xf32>
  %logits = mpc.add %m3, %b3 : (tensor<128x10xf32>, tensor<10xf32>) -> tensor<128x10xf32>
  return %logits : tensor<128x10xf32>
}
