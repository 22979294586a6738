// RUN: mpc-opt %s -split-input-file -verify-diagnostics | mpc-opt -split-input-file | FileCheck %s

// CHECK-LABEL: @literals
func.func @literals() {
  // CHECK: mpc.constant 1.0 : tensor<8x16xf32>
  %0 = mpc.constant 1.0 : tensor<8x16xf32>
  // CHECK: mpc.constant -2.5 : tensor<f64>
  %1 = mpc.constant -2.5 : tensor<f64>
  // CHECK: mpc.constant -1.0e-05 {mpc.origin = 1 : i64} : tensor<8xf32>
  %2 = mpc.constant -1.0e-5 {mpc.origin = 1 : i64} : tensor<8xf32>
  // CHECK: mpc.constant 1.5e+30 : tensor<8xf32>
  %3 = mpc.constant 1.5E+30 : tensor<8xf32>
  // CHECK: mpc.constant 0xFF800000 : tensor<8xf32>
  %4 = mpc.constant 0xFF800000 : tensor<8xf32>
  // CHECK: mpc.constant 0x7FC0 : tensor<8xbf16>
  %5 = mpc.constant 0x7FC0 : tensor<8xbf16>
  // CHECK: mpc.constant -7 : tensor<8xi64>
  %6 = mpc.constant -7 : tensor<8xi64>
  // CHECK: mpc.constant 255 : tensor<8xui8>
  %7 = mpc.constant 255 : tensor<8xui8>
  // CHECK: mpc.constant true : tensor<8xi1>
  %8 = mpc.constant true : tensor<8xi1>
  return
}

// -----

// expected-error @+1 {{does not fit element type 'i8'}}
%0 = mpc.constant 200 : tensor<8xi8>

// -----

// expected-error @+1 {{does not fit element type 'ui8'}}
%0 = mpc.constant -1 : tensor<8xui8>

// -----

// expected-error @+1 {{does not fit element type 'f32' (floating-point values have a decimal point)}}
%0 = mpc.constant 1 : tensor<8xf32>

// -----

// expected-error @+1 {{does not fit element type 'i64'}}
%0 = mpc.constant 1.5 : tensor<8xi64>

// -----

// expected-error @+1 {{expected a number, true or false}}
%0 = mpc.constant one : tensor<8xi64>

// -----

// expected-error @+1 {{expected a ranked tensor, found 'f32'}}
%0 = mpc.constant 1.0 : f32

// -----

// expected-error @+1 {{'mpc.constant' op expected a value of type 'f32', found 1 : i64}}
%0 = "mpc.constant"() <{value = 1 : i64}> : () -> tensor<8xf32>
