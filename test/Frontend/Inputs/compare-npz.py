"""compare-npz.py GOT.npz EXPECTED.npz: each array within 1e-4 of its largest
value. Python's own library only."""

import ast
import struct
import sys
import zipfile


def read(path):
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            data = archive.read(name)
            (length,) = struct.unpack("<H", data[8:10])
            header = ast.literal_eval(data[10 : 10 + length].decode())
            if header["descr"] != "<f4" or header["fortran_order"]:
                sys.exit(f"{path}: {name} is no row-major f32")
            body = data[10 + length :]
            arrays[name] = (
                header["shape"],
                struct.unpack(f"<{len(body) // 4}f", body),
            )
    return arrays


got, expected = read(sys.argv[1]), read(sys.argv[2])
if got.keys() != expected.keys():
    sys.exit(f"arrays {sorted(got)}, expected {sorted(expected)}")
for name, (shape, values) in expected.items():
    if got[name][0] != shape:
        sys.exit(f"{name}: shape {got[name][0]}, expected {shape}")
    largest = max(map(abs, values))
    error = max(abs(a - b) for a, b in zip(got[name][1], values)) / largest
    print(f"{name}: {error:.1e}")
    if not error <= 1e-4:
        sys.exit(1)
