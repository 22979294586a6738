// What replicas share under ZeRO, on a tensor of 196 or 262 rows a replica; smaller tensors stay as they are.
// DEFINE: %{opt} = mpc-opt %models/mlp.mlir --partition=data --cluster=dgx-a100:1 --loss=cross-entropy --optimizer=adam
// RUN: %{opt} --devices=4 --zero=1 | FileCheck %s --check-prefix=ONE --implicit-check-not=mpc.reduce_scatter
// RUN: %{opt} --devices=3 --zero=2 --micro-batches=2 | FileCheck %s --check-prefix=TWO
// RUN: %{opt} --devices=3 --zero=3 --micro-batches=2 | FileCheck %s --check-prefix=THREE --implicit-check-not='shard_slice %{{.*}} dim 0'
// RUN: mpc-opt %models/mlp.mlir --mesh=data:2,tensor:2 --cluster=dgx-a100:1 --loss=cross-entropy --optimizer=adam --zero=1 --zero-min-bytes=0 \
// RUN:   | FileCheck %s --check-prefix=TENSOR

// State in parts, the gradient reduced to parts, the parameter gathered once it is updated.
// ONE: mpc.variable @w1 {{.*}} sharding <{{\[}}[], []]>
// ONE: mpc.variable @w1.m {{.*}} sharding <{{\[}}["data"] by 196, []]>
// ONE: mpc.variable @b1.m {{.*}} sharding <{{\[}}[]]>
// ONE: func.func private @train_step.B0.c0
// ONE: mpc.reduce_scatter sum %{{.*}} dim 0 by 128 on ["data"] : tensor<512x256xf32>
// ONE: mpc.all_reduce sum %{{.*}} on ["data"] : tensor<512xf32>
// ONE: mpc.reduce_scatter sum %{{.*}} dim 0 by 196 on ["data"] : tensor<784x512xf32> -> tensor<196x512xf32>
// ONE: func.func private @train_step.U0.0.c0
// ONE: mpc.shard_slice %{{.*}} dim 0 offset <["data"] by 196>
// ONE: %[[NEW:.*]] = mpc.all_gather %{{.*}} dim 0 by 196 on ["data"]
// ONE: mpc.assign @w1, %[[NEW]]

// Sums over micro-batches are parts: the second one adds its part.
// TWO: func.func private @train_step.B0.c0({{.*}}-> ({{.*}}tensor<262x512xf32> {mpc.accumulate, mpc.sharding = #mpc.sharding<{{\[}}["data"] by 262, []], partial sum ["micro"]>
// TWO: mpc.reduce_scatter sum %{{.*}} dim 0 by 262 on ["data"]
// TWO: func.func private @train_step.U0.0.c0({{.*}}tensor<262x512xf32>
// TWO-NOT: mpc.reduce_scatter

// The parameter itself in parts, whole only while a body uses it; the update needs its part alone.
// THREE: mpc.variable @w1 parameter {{.*}} sharding <{{\[}}["data"] by 262, []]>
// THREE: func.func private @train_step.F0.c0
// THREE: mpc.all_gather %{{.*}} dim 0 by 262 on ["data"] : tensor<262x512xf32> -> tensor<784x512xf32>
// THREE: func.func private @train_step.B0.c0
// THREE: mpc.all_gather %{{.*}} on ["data"] : tensor<171x256xf32> -> tensor<512x256xf32>
// THREE: func.func private @train_step.U0.0.c0
// THREE-NOT: mpc.all_gather
// THREE: mpc.assign @w1, %{{.*}} : tensor<262x512xf32>

// An uncut dimension is taken before one that is cut already.
// TENSOR: mpc.variable @w1.m {{.*}} sharding <{{\[}}["data"] by 392, ["tensor"] by 256]>
// TENSOR: mpc.variable @b1.m {{.*}} sharding <{{\[}}["tensor", "data"] by 128]>
// TENSOR: mpc.variable @w2.m {{.*}} sharding <{{\[}}["tensor"] by 256, ["data"] by 128]>
