"""mpi-faults.py faults|checkpoints CASES DIRECTORY COMMAND...: four processes of
a training run meet with accidents at random moments."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

RANKS = 4
TIMEOUT = 2  # seconds, as the command says
# Of a busy machine, and of mpirun, which takes two seconds to end the others.
SLACK = 8

PLACE = r"(action|after action) \d+ '\w+', stage \d+(, micro-batch \d+)?\)"
WAITED = re.compile(r"error: rank \d: .*waited \d+ ms .*" + PLACE + r"; missing: .*rank \d")
WAITED_BETWEEN = re.compile(r"error: rank \d waited \d+ ms .*" + PLACE + r"; missing: rank \d")


def find_ranks(case):
    """The processes of this case, by rank."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as file:
                if file.read().strip() != "mpc-run":
                    continue
            with open(f"/proc/{pid}/environ", "rb") as file:
                words = dict(w.split(b"=", 1) for w in file.read().split(b"\0") if b"=" in w)
        except OSError:
            continue  # it has ended
        if words.get(b"MPC_FAULT_CASE") == case.encode():
            found[int(words[b"OMPI_COMM_WORLD_RANK"])] = int(pid)
    return found


def start(folder, case, command):
    """mpirun, with the errors of each rank in a file of their own."""
    wrapper = 'exec "$@" 2> "$MPC_FAULT_FOLDER/rank-$OMPI_COMM_WORLD_RANK"'
    return subprocess.Popen(
        ["mpirun", "-n", str(RANKS), "sh", "-c", wrapper, "sh", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "MPC_FAULT_CASE": case, "MPC_FAULT_FOLDER": folder},
    )


def wait_for_steps(path, process):
    end = time.monotonic() + 60
    while not (os.path.exists(path) and os.path.getsize(path) > 0):
        assert process.poll() is None, process.stdout.read().decode()
        assert time.monotonic() < end, "no step in a minute"
        time.sleep(0.02)


def fault(folder, case, command, rng):
    metrics = os.path.join(folder, "metrics.jsonl")
    process = start(folder, case, [*command, "--metrics=" + metrics])
    wait_for_steps(metrics, process)
    time.sleep(rng.uniform(0, 0.1))
    victim = rng.randrange(RANKS)
    deadly = rng.choice([signal.SIGKILL, signal.SIGSTOP])
    began = time.monotonic()
    os.kill(find_ranks(case)[victim], deadly)
    output, _ = process.communicate(timeout=60)
    seconds = time.monotonic() - began
    said = {}
    for rank in range(RANKS):
        with open(os.path.join(folder, f"rank-{rank}"), errors="replace") as file:
            said[rank] = file.read()[-2000:]
    details = f"case {case}: rank {victim} got {deadly.name}\n{said}\n{output.decode()}"
    assert process.returncode != 0, details
    assert seconds < TIMEOUT + SLACK, f"{seconds} s, {details}"
    for rank in range(RANKS):
        if rank != victim:
            assert WAITED.search(said[rank]) or WAITED_BETWEEN.search(said[rank]), details
    assert any(f"rank {victim}" in text for rank, text in said.items() if rank != victim), details


def checkpoint(folder, case, command, rng):
    run = os.path.join(folder, "run")
    metrics = os.path.join(folder, "metrics.jsonl")
    process = start(folder, case, [*command, "--checkpoint=" + run, "--metrics=" + metrics])
    wait_for_steps(metrics, process)
    while not any(re.fullmatch(r"step-\d+", name) for name in os.listdir(run)):
        time.sleep(0.01)
    time.sleep(rng.uniform(0, 0.3))
    ranks = find_ranks(case)
    for rank in rng.sample(sorted(ranks), rng.choice([1, RANKS])):
        os.kill(ranks[rank], signal.SIGKILL)
    process.communicate(timeout=60)
    # In one process: a checkpoint knows of no ranks.
    more = [word for word in command if not word.startswith("--steps")]
    result = subprocess.run(
        [*more, "--steps=1", "--resume=" + run, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert json.loads(result.stdout)["steps"] >= 1


def main(kind, cases, directory, *command):
    for number in range(int(cases)):
        folder = os.path.join(directory, str(number))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        case = f"{os.getpid()}-{number}"
        function = {"faults": fault, "checkpoints": checkpoint}[kind]
        function(folder, case, list(command), random.Random(number))


main(*sys.argv[1:])
