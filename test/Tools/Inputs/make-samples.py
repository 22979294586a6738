"""make-samples.py F.npz SAMPLES NAME:f4|i8:SIZE,SIZE:LIMIT...: arrays of made-up data."""

import random
import struct
import sys
import zipfile


def values(kind, count, limit):
    if kind == "f4":
        return struct.pack(f"<{count}f", *(random.gauss(0, 1) for _ in range(count)))
    return struct.pack(f"<{count}q", *(random.randrange(limit) for _ in range(count)))


def npy(kind, shape, data):
    head = str({"descr": "<" + kind, "fortran_order": False, "shape": tuple(shape)})
    head += " " * (-(len(head) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data


def main(path, samples, *arrays):
    random.seed(1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for text in arrays:
            name, kind, sizes, limit = text.split(":")
            shape = [int(samples)] + [int(size) for size in sizes.split(",") if size]
            count = 1
            for size in shape:
                count *= size
            archive.writestr(name + ".npy", npy(kind, shape, values(kind, count, int(limit or 0))))


main(*sys.argv[1:])
