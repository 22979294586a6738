//===- MPCDialect.td - the mpc dialect --------------------------*- tablegen -*-===//
#ifndef MPC_IR_MPCDIALECT_TD
#define MPC_IR_MPCDIALECT_TD

include "mlir/IR/OpBase.td"

def MPC_Dialect : Dialect {
  let name = "mpc";
  let cppNamespace = "::mpc";
  let summary = "One neural network, split over devices";
  let description = [{
    A program of the `mpc` dialect is one network with global shapes, in value
    semantics. Every operation describes itself once by a sharding rule: an
    einsum over factors. Local shapes, communication, cost, memory and
    micro-batching are derived from that rule and from a placement, which gives
    factors to mesh axes.

    ```mlir
    mpc.variable @w parameter normal(0.0, 0.05) : tensor<784x10xf32>
    func.func @main(%x: tensor<32x784xf32>) -> tensor<32x10xf32> {
      %w = mpc.read @w : tensor<784x10xf32>
      %y = mpc.matmul %x, %w : (tensor<32x784xf32>, tensor<784x10xf32>) -> tensor<32x10xf32>
      return %y : tensor<32x10xf32>
    }
    ```
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
  let hasConstantMaterializer = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{ void registerAttributes(); }];
}

class MPC_Op<string mnemonic, list<Trait> traits = []> :
    Op<MPC_Dialect, mnemonic, traits>;

#endif
