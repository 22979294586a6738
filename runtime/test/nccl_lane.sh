#!/bin/sh
# nccl_lane.sh MPIRUN NCCLLANE CUDA_PLUGIN RANKS...: the conformance tests of the
# communicator "nccl" with NVIDIA's driver and NCCL, several ranks on one GPU.
# NCCL refuses that, unless each rank takes itself for a machine of its own: then
# everything goes through sockets. Right or wrong is seen, speed is not. Exits
# with 77 where there is no GPU.
mpirun=$1 lane=$2 plugin=$3
shift 3
if ! [ -e /dev/nvidiactl ]; then
  echo "skipped: no NVIDIA GPU"
  exit 77
fi
export MPCRT_CUDA_PLUGIN="$plugin" CUDA_MODULE_LOADING=EAGER
export NCCL_NET=Socket NCCL_SOCKET_IFNAME=lo NCCL_IB_DISABLE=1 NCCL_MNNVL_ENABLE=0 NCCL_NVLS_ENABLE=0 NCCL_PAT_ENABLE=0
export NCCL_ALGO=Ring NCCL_PROTO=Simple NCCL_MAX_CTAS=2 NCCL_BUFFSIZE=1048576 NCCL_RAS_ENABLE=0
# Sums of rounded numbers depend on the order, which is NCCL's own.
filter='*nccl*_cuda0_*:-*areBitwise*'
for ranks; do
  "$mpirun" -n "$ranks" sh -c 'export NCCL_HOSTID="mpc-$PPID-${OMPI_COMM_WORLD_RANK:-$PMI_RANK}"; exec "$@"' lane \
    "$lane" "--gtest_filter=$filter" || exit 1
done
