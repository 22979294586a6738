"""compare-metrics.py A B STEPS EPOCHS [ERROR]: two runs had the same losses."""

import json
import math
import sys


def read(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def main(first, second, steps, epochs, error=1e-4):
    a, b = read(first), read(second)
    assert len(a) == len(b) == steps + epochs, (len(a), len(b))
    compared = 0
    for x, y in zip(a, b):
        assert x.keys() == y.keys(), (x, y)
        for key in x:
            if key != "step_ms":
                assert math.isclose(x[key], y[key], rel_tol=error), (key, x, y)
                compared += 1
    assert compared >= 4 * (steps + epochs)


main(*sys.argv[1:3], *map(int, sys.argv[3:5]), *map(float, sys.argv[5:]))
