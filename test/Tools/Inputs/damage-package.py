"""damage-package.py PACKAGE COPY CASES: no truncation and no damage crashes mpc-exec."""

import random
import subprocess
import sys


def run(path, data):
    with open(path, "wb") as file:
        file.write(data)
    result = subprocess.run(
        ["mpc-exec", "verify", path, "--tolerance=0"], capture_output=True, text=True, timeout=60
    )
    assert result.returncode in (0, 2), (result.returncode, result.stderr)
    assert result.returncode == 0 or "error: package '" in result.stderr, result.stderr
    return result.returncode


def main(package, copy, cases):
    with open(package, "rb") as file:
        good = file.read()
    assert run(copy, good) == 0
    for size in range(0, len(good), 4096):
        assert run(copy, good[:size]) == 2, size
    random.seed(2)
    for _ in range(int(cases)):
        bad = bytearray(good)
        bad[random.randrange(len(bad))] ^= random.randrange(1, 256)
        # What passes did not touch a number, or the run would differ: 1.
        run(copy, bytes(bad))
    print("no crash")


main(*sys.argv[1:])
