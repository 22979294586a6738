// What cannot be done says why, and by how much.
// RUN: not mpc-opt %models/mlp.mlir --mesh=foo:2 2>&1 | FileCheck %s --check-prefix=AXIS
// RUN: not mpc-opt %models/mlp.mlir --mesh=data:2,data:2 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:0 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not mpc-opt %models/mlp.mlir --mesh=data:2,stage:2 --devices=8 2>&1 | FileCheck %s --check-prefix=PRODUCT
// RUN: not mpc-opt %models/mlp.mlir --mesh=expert:2 2>&1 | FileCheck %s --check-prefix=UNUSED
// RUN: not mpc-opt %models/mlp.mlir --partition=layer --mesh=data:2 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not mpc-opt %models/mlp.mlir --partition=layer --devices=64 2>&1 | FileCheck %s --check-prefix=STAGES
// RUN: not mpc-opt %models/mlp.mlir --partition=data --devices=200 2>&1 | FileCheck %s --check-prefix=BATCH
// RUN: not mpc-opt %models/mlp.mlir --partition=tensor --devices=3000 2>&1 | FileCheck %s --check-prefix=TENSOR
// RUN: not mpc-opt %models/mlp.mlir --partition=data --devices=9 --cluster=dgx-a100:1 2>&1 | FileCheck %s --check-prefix=DEVICES
// RUN: not mpc-opt %models/mlp.mlir --partition=data --cluster=nowhere 2>&1 | FileCheck %s --check-prefix=CLUSTER
// RUN: not mpc-opt %models/mlp.mlir --partition=diagonal 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not mpc-opt %models/mlp.mlir --partition=layer --optimizer=adam 2>&1 | FileCheck %s --check-prefix=LOSS
// RUN: not mpc-opt %models/mlp.mlir --partition=layer --to=nowhere 2>&1 | FileCheck %s --check-prefix=PHASE
// RUN: not mpc-opt %models/mlp.mlir --partition=pipeline --schedule=spiral 2>&1 | FileCheck %s --check-prefix=SCHEDULE
// RUN: echo '{"variables": {"nope*": [[]]}}' > %t.json
// RUN: not mpc-opt %models/mlp.mlir --partition=layer --pin=%t.json 2>&1 | FileCheck %s --check-prefix=PIN

// AXIS: error: --mesh: unknown axis 'foo', expected data, stage, tensor, expert or context
// TWICE: error: --mesh: axis 'data' is named twice
// SIZE: error: --mesh: expected axis 'stage:N' with N from 1 to 131072, found 'stage:0'
// PRODUCT: error: --mesh: 'data:2,stage:2' has 4 devices, --devices says 8
// UNUSED: error: axis 'expert' cuts nothing in this model; pin a variable to it
// KIND: error: --mesh: partition 'layer' needs axis 'stage', found 'data:2'
// STAGES: error: 64 stages asked for, the model has work for at most 8
// BATCH: error: a batch of 128 cannot be cut in 200 parts
// TENSOR: error: no variable can be cut in 3000 parts on axis 'tensor' so that contractions are split
// DEVICES: error: 9 devices asked for, cluster 'dgx-a100:1' has 8
// CLUSTER: error: unknown cluster 'nowhere', expected a JSON file, detect, dgx-a100:N
// UNKNOWN: error: --partition: unknown kind 'diagonal'
// LOSS: mpc-opt: --optimizer needs --loss
// PHASE: mpc-opt: --to: unknown phase 'nowhere', expected one of import, autodiff
// SCHEDULE: error: {{.*}}spiral
// PIN: error: pins '{{.*}}.json': key 'nope*': matches no variable of the model
