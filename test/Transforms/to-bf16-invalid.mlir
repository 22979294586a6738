// RUN: mpc-opt %s --mpc-to-bf16 -verify-diagnostics

mpc.variable @w parameter constant(0.0) : tensor<4xf32>
// expected-error @+1 {{'w.m' is an optimizer's state, which stays in f32; run mpc-to-bf16 before mpc-autodiff}}
mpc.variable @w.m optimizer constant(0.0) : tensor<4xf32>
