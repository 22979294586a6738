func.func @main(%x: tensor<8x16xf32> {mpc.name = "x"}) -> (tensor<8x16xf32> {mpc.name = "y"}) {
  %y = mpc.add %x, %x : tensor<8x16xf32>
  return %y : tensor<8x16xf32>
}
