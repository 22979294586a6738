func.func @main(%x: tensor<8x4xi8>, %y: tensor<8x4xui8>, %p: tensor<8x4xi1>)
    -> (tensor<8x4xi8>, tensor<8x4xui8>, tensor<8x4xi1>) {
  %0 = mpc.add %x, %x : tensor<8x4xi8>
  %1 = mpc.maximum %y, %y : tensor<8x4xui8>
  %2 = mpc.mul %1, %1 : tensor<8x4xui8>
  %3 = mpc.compare lt %x, %0 : (tensor<8x4xi8>, tensor<8x4xi8>) -> tensor<8x4xi1>
  %4 = mpc.or %p, %3 : tensor<8x4xi1>
  return %0, %2, %4 : tensor<8x4xi8>, tensor<8x4xui8>, tensor<8x4xi1>
}
