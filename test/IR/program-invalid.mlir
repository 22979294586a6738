// RUN: mpc-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{'mpc.program' op body 'p.F0' is not a function of the module}}
mpc.program @p mesh <> micro_batches 1 schedule "1f1b" inputs [] [] outputs [] [] bodies [@p.F0]

// -----

// expected-error @+1 {{'mpc.program' op body 'w' is not a function of the module}}
mpc.program @p mesh <> micro_batches 1 schedule "1f1b" inputs [] [] outputs [] [] bodies [@w]
mpc.variable @w parameter constant(0.0) : tensor<4xf32>

// -----

// expected-error @+1 {{'mpc.program' op has 1 input names for 0 input types}}
mpc.program @p mesh <> micro_batches 1 schedule "1f1b" inputs ["x"] [] outputs [] [] bodies []

// -----

// expected-error @+1 {{'mpc.program' op has 0 output names for 1 output types}}
mpc.program @p mesh <> micro_batches 1 schedule "1f1b" inputs [] [] outputs [] [tensor<4xf32>] bodies []

// -----

// expected-error @+1 {{'mpc.program' op expected at least 1 micro-batch}}
mpc.program @p mesh <> micro_batches 0 schedule "1f1b" inputs [] [] outputs [] [] bodies []
