// RUN: not mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/unknown-variable.json 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/wrong-rank.json 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/too-many-parts.json 2>&1 | FileCheck %s --check-prefix=EMPTY
// RUN: not mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/bad-axis.json 2>&1 | FileCheck %s --check-prefix=AXIS
// RUN: not mpc-opt %S/Inputs/two-layers.mlir --mpc-apply-plan=plan=%S/Inputs/none.json 2>&1 | FileCheck %s --check-prefix=FILE

// NAME: plan names variable 'nobody', which the model does not have
// RANK: plan cuts variable 'w1' in 1 dimensions, it has 2
// EMPTY: a dimension of 10 cannot be cut in 8 parts: some would be empty
// AXIS: key 'mesh': unknown axis 'colour', expected data, stage, tensor, expert or context
// FILE: cannot read plan
