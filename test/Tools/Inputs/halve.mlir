func.func @main(%y: tensor<4x16xf32> {mpc.name = "y"}) -> (tensor<4x16xf32> {mpc.name = "x"}) {
  %half = mpc.constant 0.5 : tensor<f32>
  %x = mpc.mul %y, %half : (tensor<4x16xf32>, tensor<f32>) -> tensor<4x16xf32>
  return %x : tensor<4x16xf32>
}
