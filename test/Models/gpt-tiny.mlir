// A GPT of 2 layers, width 32, 4 heads; written by make-gpt.py.
mpc.variable @wte parameter normal(0.0, 0.02) : tensor<32x32xf32>
mpc.variable @wpe parameter normal(0.0, 0.02) : tensor<16x32xf32>
mpc.variable @h0.ln1.scale parameter constant(1.0) : tensor<32xf32>
mpc.variable @h0.ln1.bias parameter constant(0.0) : tensor<32xf32>
mpc.variable @h0.attn.qkv.w parameter normal(0.0, 0.02) view [32, 96] : tensor<32x3x4x8xf32>
mpc.variable @h0.attn.qkv.b parameter constant(0.0) view [96] : tensor<3x4x8xf32>
mpc.variable @h0.attn.proj.w parameter normal(0.0, 0.010000) view [32, 32] : tensor<4x8x32xf32>
mpc.variable @h0.attn.proj.b parameter constant(0.0) : tensor<32xf32>
mpc.variable @h0.ln2.scale parameter constant(1.0) : tensor<32xf32>
mpc.variable @h0.ln2.bias parameter constant(0.0) : tensor<32xf32>
mpc.variable @h0.mlp.fc.w parameter normal(0.0, 0.02) : tensor<32x128xf32>
mpc.variable @h0.mlp.fc.b parameter constant(0.0) : tensor<128xf32>
mpc.variable @h0.mlp.proj.w parameter normal(0.0, 0.010000) : tensor<128x32xf32>
mpc.variable @h0.mlp.proj.b parameter constant(0.0) : tensor<32xf32>
mpc.variable @h1.ln1.scale parameter constant(1.0) : tensor<32xf32>
mpc.variable @h1.ln1.bias parameter constant(0.0) : tensor<32xf32>
mpc.variable @h1.attn.qkv.w parameter normal(0.0, 0.02) view [32, 96] : tensor<32x3x4x8xf32>
mpc.variable @h1.attn.qkv.b parameter constant(0.0) view [96] : tensor<3x4x8xf32>
mpc.variable @h1.attn.proj.w parameter normal(0.0, 0.010000) view [32, 32] : tensor<4x8x32xf32>
mpc.variable @h1.attn.proj.b parameter constant(0.0) : tensor<32xf32>
mpc.variable @h1.ln2.scale parameter constant(1.0) : tensor<32xf32>
mpc.variable @h1.ln2.bias parameter constant(0.0) : tensor<32xf32>
mpc.variable @h1.mlp.fc.w parameter normal(0.0, 0.02) : tensor<32x128xf32>
mpc.variable @h1.mlp.fc.b parameter constant(0.0) : tensor<128xf32>
mpc.variable @h1.mlp.proj.w parameter normal(0.0, 0.010000) : tensor<128x32xf32>
mpc.variable @h1.mlp.proj.b parameter constant(0.0) : tensor<32xf32>
mpc.variable @ln.scale parameter constant(1.0) : tensor<32xf32>
mpc.variable @ln.bias parameter constant(0.0) : tensor<32xf32>

func.func @main(%ids: tensor<4x16xi64> {mpc.name = "ids"})
    -> (tensor<4x16x32xf32> {mpc.name = "logits"}) {
  %wte = mpc.read @wte : tensor<32x32xf32>
  %wpe = mpc.read @wpe : tensor<16x32xf32>
  %tokens = mpc.embedding %wte, %ids : (tensor<32x32xf32>, tensor<4x16xi64>) -> tensor<4x16x32xf32>
  %embedded = mpc.add %tokens, %wpe : (tensor<4x16x32xf32>, tensor<16x32xf32>) -> tensor<4x16x32xf32>
  %h0.ln1.scale = mpc.read @h0.ln1.scale : tensor<32xf32>
  %h0.ln1.bias = mpc.read @h0.ln1.bias : tensor<32xf32>
  %h0.ln1 = mpc.layer_norm %embedded, %h0.ln1.scale, %h0.ln1.bias epsilon 1.0e-05 : (tensor<4x16x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h0.attn.qkv.w = mpc.read @h0.attn.qkv.w : tensor<32x3x4x8xf32>
  %h0.attn.qkv.b = mpc.read @h0.attn.qkv.b : tensor<3x4x8xf32>
  %h0.attn.qkv.y = mpc.einsum "bsk,kthd->bsthd" %h0.ln1, %h0.attn.qkv.w : (tensor<4x16x32xf32>, tensor<32x3x4x8xf32>) -> tensor<4x16x3x4x8xf32>
  %h0.attn.qkv = mpc.add %h0.attn.qkv.y, %h0.attn.qkv.b : (tensor<4x16x3x4x8xf32>, tensor<3x4x8xf32>) -> tensor<4x16x3x4x8xf32>
  %h0.attn.q.part = mpc.slice %h0.attn.qkv dim 2 start 0 size 1 : tensor<4x16x3x4x8xf32> -> tensor<4x16x1x4x8xf32>
  %h0.attn.q = mpc.reshape %h0.attn.q.part : tensor<4x16x1x4x8xf32> to tensor<4x16x4x8xf32>
  %h0.attn.k.part = mpc.slice %h0.attn.qkv dim 2 start 1 size 1 : tensor<4x16x3x4x8xf32> -> tensor<4x16x1x4x8xf32>
  %h0.attn.k = mpc.reshape %h0.attn.k.part : tensor<4x16x1x4x8xf32> to tensor<4x16x4x8xf32>
  %h0.attn.v.part = mpc.slice %h0.attn.qkv dim 2 start 2 size 1 : tensor<4x16x3x4x8xf32> -> tensor<4x16x1x4x8xf32>
  %h0.attn.v = mpc.reshape %h0.attn.v.part : tensor<4x16x1x4x8xf32> to tensor<4x16x4x8xf32>
  %h0.attn.heads = mpc.attention %h0.attn.q, %h0.attn.k, %h0.attn.v scale 0.3535533905932738 causal : (tensor<4x16x4x8xf32>, tensor<4x16x4x8xf32>, tensor<4x16x4x8xf32>) -> tensor<4x16x4x8xf32>
  %h0.attn.proj.w = mpc.read @h0.attn.proj.w : tensor<4x8x32xf32>
  %h0.attn.proj.b = mpc.read @h0.attn.proj.b : tensor<32xf32>
  %h0.attn.proj = mpc.einsum "bshd,hdk->bsk" %h0.attn.heads, %h0.attn.proj.w : (tensor<4x16x4x8xf32>, tensor<4x8x32xf32>) -> tensor<4x16x32xf32>
  %h0.attn.out = mpc.add %h0.attn.proj, %h0.attn.proj.b : (tensor<4x16x32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h0.mid = mpc.add %embedded, %h0.attn.out : tensor<4x16x32xf32>
  %h0.ln2.scale = mpc.read @h0.ln2.scale : tensor<32xf32>
  %h0.ln2.bias = mpc.read @h0.ln2.bias : tensor<32xf32>
  %h0.ln2 = mpc.layer_norm %h0.mid, %h0.ln2.scale, %h0.ln2.bias epsilon 1.0e-05 : (tensor<4x16x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h0.mlp.fc.w = mpc.read @h0.mlp.fc.w : tensor<32x128xf32>
  %h0.mlp.fc.b = mpc.read @h0.mlp.fc.b : tensor<128xf32>
  %h0.mlp.fc = mpc.matmul %h0.ln2, %h0.mlp.fc.w : (tensor<4x16x32xf32>, tensor<32x128xf32>) -> tensor<4x16x128xf32>
  %h0.mlp.fc.y = mpc.add %h0.mlp.fc, %h0.mlp.fc.b : (tensor<4x16x128xf32>, tensor<128xf32>) -> tensor<4x16x128xf32>
  %h0.mlp.gelu = mpc.gelu tanh %h0.mlp.fc.y : tensor<4x16x128xf32>
  %h0.mlp.proj.w = mpc.read @h0.mlp.proj.w : tensor<128x32xf32>
  %h0.mlp.proj.b = mpc.read @h0.mlp.proj.b : tensor<32xf32>
  %h0.mlp.proj = mpc.matmul %h0.mlp.gelu, %h0.mlp.proj.w : (tensor<4x16x128xf32>, tensor<128x32xf32>) -> tensor<4x16x32xf32>
  %h0.mlp.out = mpc.add %h0.mlp.proj, %h0.mlp.proj.b : (tensor<4x16x32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h0.out = mpc.add %h0.mid, %h0.mlp.out : tensor<4x16x32xf32>
  %h1.ln1.scale = mpc.read @h1.ln1.scale : tensor<32xf32>
  %h1.ln1.bias = mpc.read @h1.ln1.bias : tensor<32xf32>
  %h1.ln1 = mpc.layer_norm %h0.out, %h1.ln1.scale, %h1.ln1.bias epsilon 1.0e-05 : (tensor<4x16x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h1.attn.qkv.w = mpc.read @h1.attn.qkv.w : tensor<32x3x4x8xf32>
  %h1.attn.qkv.b = mpc.read @h1.attn.qkv.b : tensor<3x4x8xf32>
  %h1.attn.qkv.y = mpc.einsum "bsk,kthd->bsthd" %h1.ln1, %h1.attn.qkv.w : (tensor<4x16x32xf32>, tensor<32x3x4x8xf32>) -> tensor<4x16x3x4x8xf32>
  %h1.attn.qkv = mpc.add %h1.attn.qkv.y, %h1.attn.qkv.b : (tensor<4x16x3x4x8xf32>, tensor<3x4x8xf32>) -> tensor<4x16x3x4x8xf32>
  %h1.attn.q.part = mpc.slice %h1.attn.qkv dim 2 start 0 size 1 : tensor<4x16x3x4x8xf32> -> tensor<4x16x1x4x8xf32>
  %h1.attn.q = mpc.reshape %h1.attn.q.part : tensor<4x16x1x4x8xf32> to tensor<4x16x4x8xf32>
  %h1.attn.k.part = mpc.slice %h1.attn.qkv dim 2 start 1 size 1 : tensor<4x16x3x4x8xf32> -> tensor<4x16x1x4x8xf32>
  %h1.attn.k = mpc.reshape %h1.attn.k.part : tensor<4x16x1x4x8xf32> to tensor<4x16x4x8xf32>
  %h1.attn.v.part = mpc.slice %h1.attn.qkv dim 2 start 2 size 1 : tensor<4x16x3x4x8xf32> -> tensor<4x16x1x4x8xf32>
  %h1.attn.v = mpc.reshape %h1.attn.v.part : tensor<4x16x1x4x8xf32> to tensor<4x16x4x8xf32>
  %h1.attn.heads = mpc.attention %h1.attn.q, %h1.attn.k, %h1.attn.v scale 0.3535533905932738 causal : (tensor<4x16x4x8xf32>, tensor<4x16x4x8xf32>, tensor<4x16x4x8xf32>) -> tensor<4x16x4x8xf32>
  %h1.attn.proj.w = mpc.read @h1.attn.proj.w : tensor<4x8x32xf32>
  %h1.attn.proj.b = mpc.read @h1.attn.proj.b : tensor<32xf32>
  %h1.attn.proj = mpc.einsum "bshd,hdk->bsk" %h1.attn.heads, %h1.attn.proj.w : (tensor<4x16x4x8xf32>, tensor<4x8x32xf32>) -> tensor<4x16x32xf32>
  %h1.attn.out = mpc.add %h1.attn.proj, %h1.attn.proj.b : (tensor<4x16x32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h1.mid = mpc.add %h0.out, %h1.attn.out : tensor<4x16x32xf32>
  %h1.ln2.scale = mpc.read @h1.ln2.scale : tensor<32xf32>
  %h1.ln2.bias = mpc.read @h1.ln2.bias : tensor<32xf32>
  %h1.ln2 = mpc.layer_norm %h1.mid, %h1.ln2.scale, %h1.ln2.bias epsilon 1.0e-05 : (tensor<4x16x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h1.mlp.fc.w = mpc.read @h1.mlp.fc.w : tensor<32x128xf32>
  %h1.mlp.fc.b = mpc.read @h1.mlp.fc.b : tensor<128xf32>
  %h1.mlp.fc = mpc.matmul %h1.ln2, %h1.mlp.fc.w : (tensor<4x16x32xf32>, tensor<32x128xf32>) -> tensor<4x16x128xf32>
  %h1.mlp.fc.y = mpc.add %h1.mlp.fc, %h1.mlp.fc.b : (tensor<4x16x128xf32>, tensor<128xf32>) -> tensor<4x16x128xf32>
  %h1.mlp.gelu = mpc.gelu tanh %h1.mlp.fc.y : tensor<4x16x128xf32>
  %h1.mlp.proj.w = mpc.read @h1.mlp.proj.w : tensor<128x32xf32>
  %h1.mlp.proj.b = mpc.read @h1.mlp.proj.b : tensor<32xf32>
  %h1.mlp.proj = mpc.matmul %h1.mlp.gelu, %h1.mlp.proj.w : (tensor<4x16x128xf32>, tensor<128x32xf32>) -> tensor<4x16x32xf32>
  %h1.mlp.out = mpc.add %h1.mlp.proj, %h1.mlp.proj.b : (tensor<4x16x32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %h1.out = mpc.add %h1.mid, %h1.mlp.out : tensor<4x16x32xf32>
  %ln.scale = mpc.read @ln.scale : tensor<32xf32>
  %ln.bias = mpc.read @ln.bias : tensor<32xf32>
  %ln = mpc.layer_norm %h1.out, %ln.scale, %ln.bias epsilon 1.0e-05 : (tensor<4x16x32xf32>, tensor<32xf32>, tensor<32xf32>) -> tensor<4x16x32xf32>
  %logits = mpc.einsum "bsk,vk->bsv" %ln, %wte : (tensor<4x16x32xf32>, tensor<32x32xf32>) -> tensor<4x16x32xf32>
  return %logits : tensor<4x16x32xf32>
}
