//===- MPCEnums.td - enumerations of the mpc dialect ------------*- tablegen -*-===//
#ifndef MPC_IR_MPCENUMS_TD
#define MPC_IR_MPCENUMS_TD

include "mlir/IR/EnumAttr.td"
include "mpc/IR/MPCDialect.td"

class MPC_Enum<string name, string text, list<I32EnumAttrCase> cases> :
    I32EnumAttr<name, text, cases> {
  let cppNamespace = "::mpc";
  let genSpecializedAttr = 0;
}
class MPC_EnumAttr<EnumInfo info, string mnemonic> :
    EnumAttr<MPC_Dialect, info, mnemonic> {
  // #mpc.phase<forward>
  let assemblyFormat = "`<` $value `>`";
}

def MPC_ReductionKind : MPC_Enum<"ReductionKind", "how partial values combine", [
  I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Max", 1, "max">,
  I32EnumAttrCase<"Min", 2, "min">]>;
def MPC_ReductionKindAttr : MPC_EnumAttr<MPC_ReductionKind, "reduction">;

def MPC_VariableRole : MPC_Enum<"VariableRole", "what a variable is for", [
  I32EnumAttrCase<"Parameter", 0, "parameter">,
  I32EnumAttrCase<"Optimizer", 1, "optimizer">,
  I32EnumAttrCase<"Statistic", 2, "statistic">,
  I32EnumAttrCase<"Cache", 3, "cache">]>;
def MPC_VariableRoleAttr : MPC_EnumAttr<MPC_VariableRole, "role">;

def MPC_Comparison : MPC_Enum<"Comparison", "ordered comparison", [
  I32EnumAttrCase<"EQ", 0, "eq">, I32EnumAttrCase<"NE", 1, "ne">,
  I32EnumAttrCase<"LT", 2, "lt">, I32EnumAttrCase<"LE", 3, "le">,
  I32EnumAttrCase<"GT", 4, "gt">, I32EnumAttrCase<"GE", 5, "ge">]>;
def MPC_ComparisonAttr : MPC_EnumAttr<MPC_Comparison, "comparison">;

def MPC_GeluForm : MPC_Enum<"GeluForm", "exact (erf) or tanh approximation", [
  I32EnumAttrCase<"Exact", 0, "exact">, I32EnumAttrCase<"Tanh", 1, "tanh">]>;
def MPC_GeluFormAttr : MPC_EnumAttr<MPC_GeluForm, "gelu_form">;

def MPC_Phase : MPC_Enum<"Phase", "which part of a training step an op belongs to", [
  I32EnumAttrCase<"Forward", 0, "forward">,
  I32EnumAttrCase<"InputGrad", 1, "input_grad">,
  I32EnumAttrCase<"WeightGrad", 2, "weight_grad">,
  I32EnumAttrCase<"Update", 3, "update">]>;
def MPC_PhaseAttr : MPC_EnumAttr<MPC_Phase, "phase">;

#endif
