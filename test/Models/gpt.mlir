// A GPT of 4 layers, width 256, 8 heads; written by make-gpt.py.
mpc.variable @wte parameter normal(0.0, 0.02) : tensor<256x256xf32>
mpc.variable @wpe parameter normal(0.0, 0.02) : tensor<64x256xf32>
mpc.variable @h0.ln1.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h0.ln1.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h0.attn.qkv.w parameter normal(0.0, 0.02) view [256, 768] : tensor<256x3x8x32xf32>
mpc.variable @h0.attn.qkv.b parameter constant(0.0) view [768] : tensor<3x8x32xf32>
mpc.variable @h0.attn.proj.w parameter normal(0.0, 0.007071) view [256, 256] : tensor<8x32x256xf32>
mpc.variable @h0.attn.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @h0.ln2.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h0.ln2.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h0.mlp.fc.w parameter normal(0.0, 0.02) : tensor<256x1024xf32>
mpc.variable @h0.mlp.fc.b parameter constant(0.0) : tensor<1024xf32>
mpc.variable @h0.mlp.proj.w parameter normal(0.0, 0.007071) : tensor<1024x256xf32>
mpc.variable @h0.mlp.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @h1.ln1.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h1.ln1.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h1.attn.qkv.w parameter normal(0.0, 0.02) view [256, 768] : tensor<256x3x8x32xf32>
mpc.variable @h1.attn.qkv.b parameter constant(0.0) view [768] : tensor<3x8x32xf32>
mpc.variable @h1.attn.proj.w parameter normal(0.0, 0.007071) view [256, 256] : tensor<8x32x256xf32>
mpc.variable @h1.attn.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @h1.ln2.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h1.ln2.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h1.mlp.fc.w parameter normal(0.0, 0.02) : tensor<256x1024xf32>
mpc.variable @h1.mlp.fc.b parameter constant(0.0) : tensor<1024xf32>
mpc.variable @h1.mlp.proj.w parameter normal(0.0, 0.007071) : tensor<1024x256xf32>
mpc.variable @h1.mlp.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @h2.ln1.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h2.ln1.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h2.attn.qkv.w parameter normal(0.0, 0.02) view [256, 768] : tensor<256x3x8x32xf32>
mpc.variable @h2.attn.qkv.b parameter constant(0.0) view [768] : tensor<3x8x32xf32>
mpc.variable @h2.attn.proj.w parameter normal(0.0, 0.007071) view [256, 256] : tensor<8x32x256xf32>
mpc.variable @h2.attn.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @h2.ln2.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h2.ln2.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h2.mlp.fc.w parameter normal(0.0, 0.02) : tensor<256x1024xf32>
mpc.variable @h2.mlp.fc.b parameter constant(0.0) : tensor<1024xf32>
mpc.variable @h2.mlp.proj.w parameter normal(0.0, 0.007071) : tensor<1024x256xf32>
mpc.variable @h2.mlp.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @h3.ln1.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h3.ln1.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h3.attn.qkv.w parameter normal(0.0, 0.02) view [256, 768] : tensor<256x3x8x32xf32>
mpc.variable @h3.attn.qkv.b parameter constant(0.0) view [768] : tensor<3x8x32xf32>
mpc.variable @h3.attn.proj.w parameter normal(0.0, 0.007071) view [256, 256] : tensor<8x32x256xf32>
mpc.variable @h3.attn.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @h3.ln2.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @h3.ln2.bias parameter constant(0.0) : tensor<256xf32>
mpc.variable @h3.mlp.fc.w parameter normal(0.0, 0.02) : tensor<256x1024xf32>
mpc.variable @h3.mlp.fc.b parameter constant(0.0) : tensor<1024xf32>
mpc.variable @h3.mlp.proj.w parameter normal(0.0, 0.007071) : tensor<1024x256xf32>
mpc.variable @h3.mlp.proj.b parameter constant(0.0) : tensor<256xf32>
mpc.variable @ln.scale parameter constant(1.0) : tensor<256xf32>
mpc.variable @ln.bias parameter constant(0.0) : tensor<256xf32>

func.func @main(%ids: tensor<8x64xi64> {mpc.name = "ids"})
    -> (tensor<8x64x256xf32> {mpc.name = "logits"}) {
  %wte = mpc.read @wte : tensor<256x256xf32>
  %wpe = mpc.read @wpe : tensor<64x256xf32>
  %tokens = mpc.embedding %wte, %ids : (tensor<256x256xf32>, tensor<8x64xi64>) -> tensor<8x64x256xf32>
  %embedded = mpc.add %tokens, %wpe : (tensor<8x64x256xf32>, tensor<64x256xf32>) -> tensor<8x64x256xf32>
  %h0.ln1.scale = mpc.read @h0.ln1.scale : tensor<256xf32>
  %h0.ln1.bias = mpc.read @h0.ln1.bias : tensor<256xf32>
  %h0.ln1 = mpc.layer_norm %embedded, %h0.ln1.scale, %h0.ln1.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h0.attn.qkv.w = mpc.read @h0.attn.qkv.w : tensor<256x3x8x32xf32>
  %h0.attn.qkv.b = mpc.read @h0.attn.qkv.b : tensor<3x8x32xf32>
  %h0.attn.qkv.y = mpc.einsum "bsk,kthd->bsthd" %h0.ln1, %h0.attn.qkv.w : (tensor<8x64x256xf32>, tensor<256x3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h0.attn.qkv = mpc.add %h0.attn.qkv.y, %h0.attn.qkv.b : (tensor<8x64x3x8x32xf32>, tensor<3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h0.attn.q.part = mpc.slice %h0.attn.qkv dim 2 start 0 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h0.attn.q = mpc.reshape %h0.attn.q.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h0.attn.k.part = mpc.slice %h0.attn.qkv dim 2 start 1 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h0.attn.k = mpc.reshape %h0.attn.k.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h0.attn.v.part = mpc.slice %h0.attn.qkv dim 2 start 2 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h0.attn.v = mpc.reshape %h0.attn.v.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h0.attn.heads = mpc.attention %h0.attn.q, %h0.attn.k, %h0.attn.v scale 0.1767766952966369 causal : (tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>) -> tensor<8x64x8x32xf32>
  %h0.attn.proj.w = mpc.read @h0.attn.proj.w : tensor<8x32x256xf32>
  %h0.attn.proj.b = mpc.read @h0.attn.proj.b : tensor<256xf32>
  %h0.attn.proj = mpc.einsum "bshd,hdk->bsk" %h0.attn.heads, %h0.attn.proj.w : (tensor<8x64x8x32xf32>, tensor<8x32x256xf32>) -> tensor<8x64x256xf32>
  %h0.attn.out = mpc.add %h0.attn.proj, %h0.attn.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h0.mid = mpc.add %embedded, %h0.attn.out : tensor<8x64x256xf32>
  %h0.ln2.scale = mpc.read @h0.ln2.scale : tensor<256xf32>
  %h0.ln2.bias = mpc.read @h0.ln2.bias : tensor<256xf32>
  %h0.ln2 = mpc.layer_norm %h0.mid, %h0.ln2.scale, %h0.ln2.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h0.mlp.fc.w = mpc.read @h0.mlp.fc.w : tensor<256x1024xf32>
  %h0.mlp.fc.b = mpc.read @h0.mlp.fc.b : tensor<1024xf32>
  %h0.mlp.fc = mpc.matmul %h0.ln2, %h0.mlp.fc.w : (tensor<8x64x256xf32>, tensor<256x1024xf32>) -> tensor<8x64x1024xf32>
  %h0.mlp.fc.y = mpc.add %h0.mlp.fc, %h0.mlp.fc.b : (tensor<8x64x1024xf32>, tensor<1024xf32>) -> tensor<8x64x1024xf32>
  %h0.mlp.gelu = mpc.gelu tanh %h0.mlp.fc.y : tensor<8x64x1024xf32>
  %h0.mlp.proj.w = mpc.read @h0.mlp.proj.w : tensor<1024x256xf32>
  %h0.mlp.proj.b = mpc.read @h0.mlp.proj.b : tensor<256xf32>
  %h0.mlp.proj = mpc.matmul %h0.mlp.gelu, %h0.mlp.proj.w : (tensor<8x64x1024xf32>, tensor<1024x256xf32>) -> tensor<8x64x256xf32>
  %h0.mlp.out = mpc.add %h0.mlp.proj, %h0.mlp.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h0.out = mpc.add %h0.mid, %h0.mlp.out : tensor<8x64x256xf32>
  %h1.ln1.scale = mpc.read @h1.ln1.scale : tensor<256xf32>
  %h1.ln1.bias = mpc.read @h1.ln1.bias : tensor<256xf32>
  %h1.ln1 = mpc.layer_norm %h0.out, %h1.ln1.scale, %h1.ln1.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h1.attn.qkv.w = mpc.read @h1.attn.qkv.w : tensor<256x3x8x32xf32>
  %h1.attn.qkv.b = mpc.read @h1.attn.qkv.b : tensor<3x8x32xf32>
  %h1.attn.qkv.y = mpc.einsum "bsk,kthd->bsthd" %h1.ln1, %h1.attn.qkv.w : (tensor<8x64x256xf32>, tensor<256x3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h1.attn.qkv = mpc.add %h1.attn.qkv.y, %h1.attn.qkv.b : (tensor<8x64x3x8x32xf32>, tensor<3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h1.attn.q.part = mpc.slice %h1.attn.qkv dim 2 start 0 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h1.attn.q = mpc.reshape %h1.attn.q.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h1.attn.k.part = mpc.slice %h1.attn.qkv dim 2 start 1 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h1.attn.k = mpc.reshape %h1.attn.k.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h1.attn.v.part = mpc.slice %h1.attn.qkv dim 2 start 2 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h1.attn.v = mpc.reshape %h1.attn.v.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h1.attn.heads = mpc.attention %h1.attn.q, %h1.attn.k, %h1.attn.v scale 0.1767766952966369 causal : (tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>) -> tensor<8x64x8x32xf32>
  %h1.attn.proj.w = mpc.read @h1.attn.proj.w : tensor<8x32x256xf32>
  %h1.attn.proj.b = mpc.read @h1.attn.proj.b : tensor<256xf32>
  %h1.attn.proj = mpc.einsum "bshd,hdk->bsk" %h1.attn.heads, %h1.attn.proj.w : (tensor<8x64x8x32xf32>, tensor<8x32x256xf32>) -> tensor<8x64x256xf32>
  %h1.attn.out = mpc.add %h1.attn.proj, %h1.attn.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h1.mid = mpc.add %h0.out, %h1.attn.out : tensor<8x64x256xf32>
  %h1.ln2.scale = mpc.read @h1.ln2.scale : tensor<256xf32>
  %h1.ln2.bias = mpc.read @h1.ln2.bias : tensor<256xf32>
  %h1.ln2 = mpc.layer_norm %h1.mid, %h1.ln2.scale, %h1.ln2.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h1.mlp.fc.w = mpc.read @h1.mlp.fc.w : tensor<256x1024xf32>
  %h1.mlp.fc.b = mpc.read @h1.mlp.fc.b : tensor<1024xf32>
  %h1.mlp.fc = mpc.matmul %h1.ln2, %h1.mlp.fc.w : (tensor<8x64x256xf32>, tensor<256x1024xf32>) -> tensor<8x64x1024xf32>
  %h1.mlp.fc.y = mpc.add %h1.mlp.fc, %h1.mlp.fc.b : (tensor<8x64x1024xf32>, tensor<1024xf32>) -> tensor<8x64x1024xf32>
  %h1.mlp.gelu = mpc.gelu tanh %h1.mlp.fc.y : tensor<8x64x1024xf32>
  %h1.mlp.proj.w = mpc.read @h1.mlp.proj.w : tensor<1024x256xf32>
  %h1.mlp.proj.b = mpc.read @h1.mlp.proj.b : tensor<256xf32>
  %h1.mlp.proj = mpc.matmul %h1.mlp.gelu, %h1.mlp.proj.w : (tensor<8x64x1024xf32>, tensor<1024x256xf32>) -> tensor<8x64x256xf32>
  %h1.mlp.out = mpc.add %h1.mlp.proj, %h1.mlp.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h1.out = mpc.add %h1.mid, %h1.mlp.out : tensor<8x64x256xf32>
  %h2.ln1.scale = mpc.read @h2.ln1.scale : tensor<256xf32>
  %h2.ln1.bias = mpc.read @h2.ln1.bias : tensor<256xf32>
  %h2.ln1 = mpc.layer_norm %h1.out, %h2.ln1.scale, %h2.ln1.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h2.attn.qkv.w = mpc.read @h2.attn.qkv.w : tensor<256x3x8x32xf32>
  %h2.attn.qkv.b = mpc.read @h2.attn.qkv.b : tensor<3x8x32xf32>
  %h2.attn.qkv.y = mpc.einsum "bsk,kthd->bsthd" %h2.ln1, %h2.attn.qkv.w : (tensor<8x64x256xf32>, tensor<256x3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h2.attn.qkv = mpc.add %h2.attn.qkv.y, %h2.attn.qkv.b : (tensor<8x64x3x8x32xf32>, tensor<3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h2.attn.q.part = mpc.slice %h2.attn.qkv dim 2 start 0 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h2.attn.q = mpc.reshape %h2.attn.q.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h2.attn.k.part = mpc.slice %h2.attn.qkv dim 2 start 1 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h2.attn.k = mpc.reshape %h2.attn.k.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h2.attn.v.part = mpc.slice %h2.attn.qkv dim 2 start 2 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h2.attn.v = mpc.reshape %h2.attn.v.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h2.attn.heads = mpc.attention %h2.attn.q, %h2.attn.k, %h2.attn.v scale 0.1767766952966369 causal : (tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>) -> tensor<8x64x8x32xf32>
  %h2.attn.proj.w = mpc.read @h2.attn.proj.w : tensor<8x32x256xf32>
  %h2.attn.proj.b = mpc.read @h2.attn.proj.b : tensor<256xf32>
  %h2.attn.proj = mpc.einsum "bshd,hdk->bsk" %h2.attn.heads, %h2.attn.proj.w : (tensor<8x64x8x32xf32>, tensor<8x32x256xf32>) -> tensor<8x64x256xf32>
  %h2.attn.out = mpc.add %h2.attn.proj, %h2.attn.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h2.mid = mpc.add %h1.out, %h2.attn.out : tensor<8x64x256xf32>
  %h2.ln2.scale = mpc.read @h2.ln2.scale : tensor<256xf32>
  %h2.ln2.bias = mpc.read @h2.ln2.bias : tensor<256xf32>
  %h2.ln2 = mpc.layer_norm %h2.mid, %h2.ln2.scale, %h2.ln2.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h2.mlp.fc.w = mpc.read @h2.mlp.fc.w : tensor<256x1024xf32>
  %h2.mlp.fc.b = mpc.read @h2.mlp.fc.b : tensor<1024xf32>
  %h2.mlp.fc = mpc.matmul %h2.ln2, %h2.mlp.fc.w : (tensor<8x64x256xf32>, tensor<256x1024xf32>) -> tensor<8x64x1024xf32>
  %h2.mlp.fc.y = mpc.add %h2.mlp.fc, %h2.mlp.fc.b : (tensor<8x64x1024xf32>, tensor<1024xf32>) -> tensor<8x64x1024xf32>
  %h2.mlp.gelu = mpc.gelu tanh %h2.mlp.fc.y : tensor<8x64x1024xf32>
  %h2.mlp.proj.w = mpc.read @h2.mlp.proj.w : tensor<1024x256xf32>
  %h2.mlp.proj.b = mpc.read @h2.mlp.proj.b : tensor<256xf32>
  %h2.mlp.proj = mpc.matmul %h2.mlp.gelu, %h2.mlp.proj.w : (tensor<8x64x1024xf32>, tensor<1024x256xf32>) -> tensor<8x64x256xf32>
  %h2.mlp.out = mpc.add %h2.mlp.proj, %h2.mlp.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h2.out = mpc.add %h2.mid, %h2.mlp.out : tensor<8x64x256xf32>
  %h3.ln1.scale = mpc.read @h3.ln1.scale : tensor<256xf32>
  %h3.ln1.bias = mpc.read @h3.ln1.bias : tensor<256xf32>
  %h3.ln1 = mpc.layer_norm %h2.out, %h3.ln1.scale, %h3.ln1.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h3.attn.qkv.w = mpc.read @h3.attn.qkv.w : tensor<256x3x8x32xf32>
  %h3.attn.qkv.b = mpc.read @h3.attn.qkv.b : tensor<3x8x32xf32>
  %h3.attn.qkv.y = mpc.einsum "bsk,kthd->bsthd" %h3.ln1, %h3.attn.qkv.w : (tensor<8x64x256xf32>, tensor<256x3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h3.attn.qkv = mpc.add %h3.attn.qkv.y, %h3.attn.qkv.b : (tensor<8x64x3x8x32xf32>, tensor<3x8x32xf32>) -> tensor<8x64x3x8x32xf32>
  %h3.attn.q.part = mpc.slice %h3.attn.qkv dim 2 start 0 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h3.attn.q = mpc.reshape %h3.attn.q.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h3.attn.k.part = mpc.slice %h3.attn.qkv dim 2 start 1 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h3.attn.k = mpc.reshape %h3.attn.k.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h3.attn.v.part = mpc.slice %h3.attn.qkv dim 2 start 2 size 1 : tensor<8x64x3x8x32xf32> -> tensor<8x64x1x8x32xf32>
  %h3.attn.v = mpc.reshape %h3.attn.v.part : tensor<8x64x1x8x32xf32> to tensor<8x64x8x32xf32>
  %h3.attn.heads = mpc.attention %h3.attn.q, %h3.attn.k, %h3.attn.v scale 0.1767766952966369 causal : (tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>, tensor<8x64x8x32xf32>) -> tensor<8x64x8x32xf32>
  %h3.attn.proj.w = mpc.read @h3.attn.proj.w : tensor<8x32x256xf32>
  %h3.attn.proj.b = mpc.read @h3.attn.proj.b : tensor<256xf32>
  %h3.attn.proj = mpc.einsum "bshd,hdk->bsk" %h3.attn.heads, %h3.attn.proj.w : (tensor<8x64x8x32xf32>, tensor<8x32x256xf32>) -> tensor<8x64x256xf32>
  %h3.attn.out = mpc.add %h3.attn.proj, %h3.attn.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h3.mid = mpc.add %h2.out, %h3.attn.out : tensor<8x64x256xf32>
  %h3.ln2.scale = mpc.read @h3.ln2.scale : tensor<256xf32>
  %h3.ln2.bias = mpc.read @h3.ln2.bias : tensor<256xf32>
  %h3.ln2 = mpc.layer_norm %h3.mid, %h3.ln2.scale, %h3.ln2.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h3.mlp.fc.w = mpc.read @h3.mlp.fc.w : tensor<256x1024xf32>
  %h3.mlp.fc.b = mpc.read @h3.mlp.fc.b : tensor<1024xf32>
  %h3.mlp.fc = mpc.matmul %h3.ln2, %h3.mlp.fc.w : (tensor<8x64x256xf32>, tensor<256x1024xf32>) -> tensor<8x64x1024xf32>
  %h3.mlp.fc.y = mpc.add %h3.mlp.fc, %h3.mlp.fc.b : (tensor<8x64x1024xf32>, tensor<1024xf32>) -> tensor<8x64x1024xf32>
  %h3.mlp.gelu = mpc.gelu tanh %h3.mlp.fc.y : tensor<8x64x1024xf32>
  %h3.mlp.proj.w = mpc.read @h3.mlp.proj.w : tensor<1024x256xf32>
  %h3.mlp.proj.b = mpc.read @h3.mlp.proj.b : tensor<256xf32>
  %h3.mlp.proj = mpc.matmul %h3.mlp.gelu, %h3.mlp.proj.w : (tensor<8x64x1024xf32>, tensor<1024x256xf32>) -> tensor<8x64x256xf32>
  %h3.mlp.out = mpc.add %h3.mlp.proj, %h3.mlp.proj.b : (tensor<8x64x256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %h3.out = mpc.add %h3.mid, %h3.mlp.out : tensor<8x64x256xf32>
  %ln.scale = mpc.read @ln.scale : tensor<256xf32>
  %ln.bias = mpc.read @ln.bias : tensor<256xf32>
  %ln = mpc.layer_norm %h3.out, %ln.scale, %ln.bias epsilon 1.0e-05 : (tensor<8x64x256xf32>, tensor<256xf32>, tensor<256xf32>) -> tensor<8x64x256xf32>
  %logits = mpc.einsum "bsk,vk->bsv" %ln, %wte : (tensor<8x64x256xf32>, tensor<256x256xf32>) -> tensor<8x64x256xf32>
  return %logits : tensor<8x64x256xf32>
}
