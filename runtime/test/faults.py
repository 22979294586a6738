"""faults.py CASES MPIRUN VICTIM [cuda]: processes are killed, stopped and slow at random
actions; all others end by themselves, soon, and say what they waited for."""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

RANKS = 4
TIMEOUT = 0.5  # seconds; below those that Open MPI leaves the others (CMakeLists.txt)
SLACK = 20.0  # mpiexec starts and ends too, on a machine with other work

# "device 2 waited 500 ms in recv on channel 0 from device 0 to 2 (action 17
# 'recv', stage 1, micro-batch 2); missing: device 0 (rank 0)", or between runs.
ACTION = r"action \d+ '\w+', stage \d+(, micro-batch \d+)?\)"
WAITED = re.compile(
    r"(device \d+ waited \d+ ms in .+ \(" + ACTION + r"; missing: device \d+ \(rank \d"
    r"|rank \d waited \d+ ms at .+ \(after " + ACTION + r"; missing: rank \d)"
)


def run(mpirun, victim, target, seed):
    rng = random.Random(seed)
    rank, kernel = rng.randrange(RANKS), rng.randrange(1, 150)
    deadly = rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGSTOP, 0])
    name = f"case {seed}: rank {rank} gets {deadly!r} before kernel {kernel}"
    with tempfile.TemporaryDirectory() as folder:
        words = [folder, rank, kernel, int(deadly), int(TIMEOUT * 1000), *target]
        start = time.monotonic()
        process = subprocess.run(
            [mpirun, "-n", str(RANKS), victim, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            env={**os.environ, "TMPDIR": folder},
        )
        seconds = time.monotonic() - start
        said = {}
        for other in range(RANKS):
            path = os.path.join(folder, f"rank-{other}")
            if os.path.exists(path):
                with open(path) as file:
                    said[other] = file.read()
    details = f"{name}\n{said}\n{process.stdout.decode(errors='replace')}"
    assert process.returncode != 0, details
    assert seconds < TIMEOUT + SLACK, f"{seconds} s, {details}"
    for other in range(RANKS):
        if other != rank:
            assert WAITED.match(said.get(other, "nothing")), details
    named = f"(rank {rank})", f"rank {rank}\n", f"rank {rank},"
    assert any(
        word in text for other, text in said.items() if other != rank for word in named
    ), details


def main(cases, mpirun, victim, *target):
    for seed in range(cases):
        run(mpirun, victim, target, seed)
    print(f"{cases} cases passed")


main(int(sys.argv[1]), *sys.argv[2:])
