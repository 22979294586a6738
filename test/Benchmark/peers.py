"""Runs mpc and the programs that it is compared with: one at a time, on two threads."""
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MPC_RUN = os.path.join(ROOT, "build", "bin", "mpc-run")


def run_python(code, **constants):
    """Milliseconds, the last word that `code` prints; it finds `constants` as globals. None, with a line
    on stderr, where it needs a package that is not installed."""
    environment = dict(os.environ, OMP_NUM_THREADS="2", XLA_FLAGS="--xla_cpu_multi_thread_eigen=true")
    code = "".join(f"{name} = {value!r}\n" for name, value in constants.items()) + code
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if done.returncode == 0:
        return float(done.stdout.split()[-1])
    reason = done.stderr.strip().splitlines()[-1]
    if not reason.startswith("ModuleNotFoundError"):
        sys.exit(done.stderr)
    print(f"left out: {reason}", file=sys.stderr)
    return None


def run_mpc(binary, model, options, cache=True):
    """The JSON object of `mpc-run bench`; without `cache` every kernel is compiled."""
    environment = dict(os.environ) if cache else dict(os.environ, MPC_CACHE_DIR="")
    done = subprocess.run([binary, "bench", model, "--json"] + options, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"mpc-run bench failed:\n{done.stderr}")
    return json.loads(done.stdout)
