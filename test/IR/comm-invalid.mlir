// RUN: mpc-opt %s -split-input-file -verify-diagnostics

func.func @reshard_rank(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.reshard' op expected shardings of rank 2, found #mpc.sharding<[[]]>}}
  %0 = mpc.reshard %x <[["data"] by 4, []]> to <[[]]> : tensor<8x16xf32>
  return
}

// -----

func.func @sharding_axis(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{axis 'data' is used twice}}
  %0 = mpc.reshard %x <[["data"] by 4, ["data"] by 8]> to <[[], []]> : tensor<8x16xf32>
  return
}

// -----

func.func @sharding_block(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{expected a positive block, found 0}}
  %0 = mpc.reshard %x <[["data"] by 0, []]> to <[[], []]> : tensor<8x16xf32>
  return
}

// -----

func.func @partial_kind(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{expected sum, max or min, found 'mean'}}
  %0 = mpc.reshard %x <[[], []], partial mean ["data"]> to <[[], []]> : tensor<8x16xf32>
  return
}

// -----

func.func @no_axes(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.all_reduce' op expected at least one mesh axis}}
  %0 = mpc.all_reduce sum %x on [] : tensor<8x16xf32>
  return
}

// -----

func.func @axis_twice(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.all_reduce' op axis "data" is named twice}}
  %0 = mpc.all_reduce sum %x on ["data", "data"] : tensor<8x16xf32>
  return
}

// -----

func.func @dim(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.all_gather' op dimension 2 does not exist in 'tensor<8x16xf32>'}}
  %0 = mpc.all_gather %x dim 2 by 16 on ["data"] : tensor<8x16xf32> -> tensor<8x32xf32>
  return
}

// -----

func.func @block(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.all_gather' op expected a positive block, found 0}}
  %0 = mpc.all_gather %x dim 1 by 0 on ["data"] : tensor<8x16xf32> -> tensor<8x32xf32>
  return
}

// -----

func.func @part(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.all_gather' op 16 elements are no part of 33 cut into blocks of 18}}
  %0 = mpc.all_gather %x dim 1 by 18 on ["data"] : tensor<8x16xf32> -> tensor<8x33xf32>
  return
}

// -----

func.func @other_dim(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.reduce_scatter' op dimension 1 has sizes 16 and 15, expected equal ones}}
  %0 = mpc.reduce_scatter sum %x dim 0 by 4 on ["data"] : tensor<8x16xf32> -> tensor<4x15xf32>
  return
}

// -----

func.func @element(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.reduce_scatter' op expected equal ranks and element types, found 'tensor<8x16xf32>' and 'tensor<4x16xf64>'}}
  %0 = mpc.reduce_scatter sum %x dim 0 by 4 on ["data"] : tensor<8x16xf32> -> tensor<4x16xf64>
  return
}

// -----

func.func @same_dim(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.all_to_all' op expected two dimensions, found 1 twice}}
  %0 = mpc.all_to_all %x dim 1 by 16 to 1 by 16 on ["data"] : tensor<8x16xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @slice_offset(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.shard_slice' op expected an offset with mesh axes}}
  %0 = mpc.shard_slice %x dim 0 offset <[]> : tensor<8x16xf32> -> tensor<8x16xf32>
  return
}

// -----

func.func @slice_size(%x: tensor<8x16xf32>) {
  // expected-error @+1 {{'mpc.shard_slice' op 4 elements are no part of 8 cut into blocks of 3}}
  %0 = mpc.shard_slice %x dim 0 offset <["tensor"] by 3> : tensor<8x16xf32> -> tensor<4x16xf32>
  return
}

// -----

// expected-error @+1 {{axis 'a' is empty or named twice}}
module attributes {mpc.mesh = #mpc.mesh<"a" = 2, "a" = 4>} {}

// -----

// expected-error @+1 {{axis '' is empty or named twice}}
module attributes {mpc.mesh = #mpc.mesh<"" = 2>} {}

// -----

// expected-error @+1 {{axis 'a' has size 0, expected at least 1}}
module attributes {mpc.mesh = #mpc.mesh<"a" = 0>} {}
