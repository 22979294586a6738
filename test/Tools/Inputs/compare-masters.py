"""compare-masters.py BF16 F32: masters are the other checkpoint's parameters."""

import json
import struct
import sys


def read(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        body = file.read()
    header.pop("__metadata__", None)
    return {
        name: (entry["dtype"], body[slice(*entry["data_offsets"])])
        for name, entry in header.items()
    }


def main(narrow, wide):
    compared = 0
    for name, (dtype, parameter) in wide.items():
        assert dtype == "F32", name
        assert narrow[name][0] == "BF16", name
        assert narrow[name + ".master"] == (dtype, parameter), name
        compared += 1
    assert compared >= 4, compared


main(read(sys.argv[1]), read(sys.argv[2]))
