//===- MPCOps.td - all operations of the dialect ----------------*- tablegen -*-===//
#ifndef MPC_IR_MPCOPS_TD
#define MPC_IR_MPCOPS_TD

include "mpc/IR/CommOps.td"
include "mpc/IR/ElementwiseOps.td"
include "mpc/IR/ModelOps.td"
include "mpc/IR/ProgramOps.td"
include "mpc/IR/ShapeOps.td"
include "mpc/IR/VariableOps.td"

#endif
