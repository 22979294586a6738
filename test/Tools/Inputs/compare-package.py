"""compare-package.py DIR: the package's losses and weights are the JIT's, bit for bit.

DIR has jit.jsonl and package.jsonl (one line a step), weights.npz, and the
checkpoint checkpoint/step-N/model.safetensors of the last step.
"""

import json
import struct
import sys
import zipfile


def read_losses(path):
    with open(path) as file:
        lines = [json.loads(line) for line in file]
    return [line["loss"] for line in lines if "loss" in line]


def read_safetensors(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        body = file.read()
    header.pop("__metadata__", None)
    return {name: body[slice(*entry["data_offsets"])] for name, entry in header.items()}


def read_npz(path):
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            begin = 10 + struct.unpack("<H", content[8:10])[0]
            arrays[name.removesuffix(".npy")] = content[begin:]
    return arrays


def main(directory):
    jit = read_losses(directory + "/jit.jsonl")
    package = read_losses(directory + "/package.jsonl")
    assert jit == package and len(jit) >= 3, (jit, package)
    checkpoint = f"{directory}/checkpoint/step-{len(jit)}/model.safetensors"
    a, b = read_safetensors(checkpoint), read_npz(directory + "/weights.npz")
    assert a.keys() == b.keys() and len(a) >= 4, (sorted(a), sorted(b))
    for name in a:
        assert a[name] == b[name], name + " differs"


main(sys.argv[1])
