// What a schedule cannot be asked for, and why.
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:2 --schedule=zigzag 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:2 --schedule=interleaved 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:2 --schedule=interleaved:20 2>&1 | FileCheck %s --check-prefix=WORK
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:2 --schedule=nowhere.csv 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:3 --schedule=%S/Inputs/three-stages.csv 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:2 --micro-batches=4 --loss=cross-entropy \
// RUN:   --schedule=%S/Inputs/three-stages.csv 2>&1 | FileCheck %s --check-prefix=MICROS
// RUN: echo '0F0,0B0,0F1,0B1' > %t.csv
// RUN: echo '1F0,1F1,1B1,1B0' >> %t.csv
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:2 --loss=cross-entropy --schedule=%t.csv 2>&1 | FileCheck %s --check-prefix=ORDER
// RUN: echo '0F0,0B0,0F1,0B1,2F0,2B0,2F1,2B1' > %t.stuck.csv
// RUN: echo '1F0,1B0,1F1,1B1' >> %t.stuck.csv
// RUN: not mpc-opt %models/mlp.mlir --mesh=stage:2 --loss=cross-entropy --schedule=%t.stuck.csv 2>&1 | FileCheck %s --check-prefix=STUCK
// RUN: echo '{"version": 1, "mesh": [["stage", 2]], "micro_batches": 2, "schedule": "zb-v", "stages": [0, 3]}' > %t.json
// RUN: not mpc-opt %models/mlp.mlir --plan=%t.json 2>&1 | FileCheck %s --check-prefix=PLAN

// NAME: error: --schedule: unknown schedule 'zigzag', expected one of 'gpipe', '1f1b', 'interleaved:V',
// NUMBER: error: --schedule: schedule 'interleaved': expected 'interleaved:V' with V from 1 to 4096
// WORK: error: schedule 'interleaved:20' needs 40 stages on 2 groups: 40 stages asked for, the model has work for at most 8
// FILE: error: --schedule: cannot read schedule 'nowhere.csv': No such file or directory
// ROWS: error: schedule '{{.*}}three-stages.csv' has 2 rows, expected one for each of 3 stage groups
// MICROS: error: schedule '{{.*}}three-stages.csv' has 2 micro-batches, --micro-batches says 4
// ORDER: error: --schedule: schedule '{{.*}}.csv': group 1: '1B0' accumulates gradients after micro-batch 1, expected ascending micro-batches
// STUCK: error: no progress: group 0 stops at '0B0', which needs edge
// PLAN: error: plan '{{.*}}.json': schedule 'zb-v' on 2 groups has 4 stages, the plan 2
