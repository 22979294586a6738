"""The lit suite: every file with a RUN line below this folder."""

import ctypes
import os
import shutil
import sys

import lit.formats

config.name = "mpc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Models", "Unit"]
config.test_source_root = os.path.join(config.mpc_source_dir, "test")
config.test_exec_root = os.path.join(config.mpc_binary_dir, "test")

# mpc's own tools first: LLVM's folder has some of the same names.
config.environment["PATH"] = os.pathsep.join(
    [config.mpc_tools_dir, config.llvm_tools_dir, os.environ.get("PATH", "")]
)
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=fail"
for variable in ("HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"):
    if variable in os.environ:
        config.environment[variable] = os.environ[variable]

config.substitutions += [
    ("%models", os.path.join(config.test_source_root, "Models")),
    ("%build", config.mpc_binary_dir),
    ("%python", sys.executable),
    # The runtime's stand-in for NVIDIA's driver.
    ("%cuda-standin", os.path.join(config.mpc_binary_dir, "lib", "libmpcrt-standin.so")),
]


def has_cuda_device():
    """A driver that finds a device; the toolkit alone is not enough."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    return (
        driver.cuInit(0) == 0
        and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
        and count.value > 0
    )


def find_ptxas():
    """The assembler of a CUDA toolkit, where mpc looks for it."""
    folders = [os.path.join(os.environ[name], "bin") for name in ("CUDA_PATH", "CUDA_HOME") if name in os.environ]
    folders += [os.environ.get("PATH", ""), "/usr/local/cuda/bin"]
    return shutil.which("ptxas", path=os.pathsep.join(folders))


if has_cuda_device():
    config.available_features.add("cuda")
# PTX is made without a toolkit; with one, it is assembled as well.
ptxas = find_ptxas()
if ptxas:
    config.available_features.add("ptxas")
    config.environment["MPC_PTXAS"] = ptxas
else:
    lit_config.note("no ptxas: kernels are checked as PTX only")
# Several processes: the plugin is built where CMake finds MPI. What mpirun is
# told in the environment holds for tests on small machines, run by root.
mpi_plugin = os.path.join(config.mpc_binary_dir, "lib", "libmpcrt-mpi.so")
if os.path.exists(mpi_plugin) and shutil.which("mpirun"):
    config.available_features.add("mpi")
    config.environment.update(
        OMPI_ALLOW_RUN_AS_ROOT="1",
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
        OMPI_MCA_rmaps_base_oversubscribe="1",
        OMPI_MCA_hwloc_base_binding_policy="none",
    )
else:
    lit_config.note("no MPI plugin or no mpirun: tests of several processes are skipped")
if os.path.exists("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"):
    config.available_features.add("fashion-mnist")
