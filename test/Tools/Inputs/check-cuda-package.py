"""What a package for the target cuda holds: check-cuda-package.py F.mpcpkg ARCH [--cubin-ends-in=TEXT]

Prints a line a fact. Fails where kernels, modules and launches do not fit each other.
"""
import base64
import json
import sys
import zipfile

package = zipfile.ZipFile(sys.argv[1])
arch = sys.argv[2]
described = json.loads(package.read("package.json"))
executable = json.loads(package.read("cuda/executable.json"))
print("members", " ".join(sorted(name for name in package.namelist() if not name.startswith("weights/"))))
print("targets", json.dumps(described["targets"], sort_keys=True))
print("target", executable["target"])

kernels, modules = executable["kernels"], executable["modules"]
assert len(kernels) == len(modules) == described["targets"][0]["modules"]
for kernel in kernels:
    ptx = modules[kernel["module"]]["ptx"]
    assert f".visible .entry {kernel['entry']}(" in ptx and f".target {arch}" in ptx
    # A parameter is a buffer or a scalar, 8 bytes each.
    kernel["parameters"] = sum(line.strip().startswith(".param") for line in ptx.splitlines())
cubins = [base64.b64decode(module["cubin"], validate=True) for module in modules if "cubin" in module]
for option in sys.argv[3:]:
    assert all(code.decode().rstrip().endswith(option.removeprefix("--cubin-ends-in=")) for code in cubins)
print("cubins", len(cubins))

launches = {}
for program in executable["programs"]:
    for device in program["devices"]:
        for action in device["actions"]:
            assert all(offset % 64 == 0 for offset in action.get("offsets", []))
    for body in program["bodies"]:
        for launch in body["launches"]:
            launches.setdefault(launch["op"], []).append(launch)
for launch in launches.get("kernel", []):
    assert set(launch) == {"op", "kernel", "buffers", "scalars"}
    assert kernels[launch["kernel"]]["parameters"] == len(launch["buffers"]) + len(launch["scalars"])
most = max((len(launch["buffers"]) for launch in launches.get("kernel", [])), default=0)
print("buffers of the largest launch", most)
print("products with bias", sum("bias" in launch for launch in launches["matmul"]))
products = launches["matmul"]
for activation in "relu", "gelu", "gelu-gradient":
    having = [launch for launch in products if launch.get("activation") == activation]
    extra = {field: sum(field in launch for launch in having) for field in ("bias", "aux", "bias_gradient")}
    print("products with", activation, len(having), *(f"{field} {count}" for field, count in extra.items() if count))
attentions = launches.get("attention", [])
print("attentions", len(attentions), "gradients", sum(launch["gradient"] for launch in attentions))
# Queries, keys and values are parts of one product; so are their gradients of one operand.
for launch in attentions:
    assert launch["q"] == launch["k"] == launch["v"] and launch["k_offset"] and ("lse" in launch or not launch["gradient"])
    assert not launch["gradient"] or launch["grad_q"] == launch["grad_k"] == launch["grad_v"]
print("types of products", sorted({launch["dtype"] + " " + launch["c_dtype"] for launch in launches["matmul"]}))
for arena in executable["arenas"]:
    assert arena["bytes"] % 256 == 0 and arena["workspace"]["offset"] % 256 == 0
for variable in executable["variables"]:
    assert all(shard["offset"] % 256 == 0 for shard in variable["shards"])
