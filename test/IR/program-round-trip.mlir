// RUN: mpc-opt %s | mpc-opt | FileCheck %s
// RUN: mpc-opt --mlir-print-op-generic %s | mpc-opt | FileCheck %s

// CHECK: mpc.program @whole mesh <> micro_batches 1 schedule "1f1b" inputs ["x"] [tensor<8x4xf32>] outputs ["y"] [tensor<8x4xf32>] bodies [@whole.F0]{{$}}
mpc.program @whole mesh <> micro_batches 1 schedule "1f1b"
    inputs ["x"] [tensor<8x4xf32>] outputs ["y"] [tensor<8x4xf32>] bodies [@whole.F0]

// CHECK: mpc.program @two mesh <"stage" = 2> micro_batches 2 schedule "gpipe" inputs [] [] outputs [] [] bodies [@two.F0, @two.F1] edges ["v0: forward 0 -> forward 1"] lists ["0F0", "1F0"] {mpc.local}
mpc.program @two mesh <"stage" = 2> micro_batches 2 schedule "gpipe"
    inputs [] [] outputs [] [] bodies [@two.F0, @two.F1]
    edges ["v0: forward 0 -> forward 1"] lists ["0F0", "1F0"] {mpc.local}

func.func private @whole.F0()
func.func private @two.F0()
func.func private @two.F1()
