#!/usr/bin/env python3
"""Writes the networks that the importer is tested with, as their exporters do.

    pip install torch transformers onnx onnxscript numpy tensorflow-cpu tf2onnx
    export.py DIR [NAME...]         all of them, or those named
    export.py DIR --check MPC_RUN   runs `mpc-run infer` on what is there
    export.py DIR --losses NAME     PyTorch's losses of four steps of gradient
                                    descent, at rate 0.5, on DIR/tokens.npz

A model NAME is NAME.onnx with its inputs and outputs as PyTorch (or Keras)
computes them in NAME-in.npz and NAME-out.npz. Names are FAMILY-OPSET, with
`old` for PyTorch's TorchScript exporter; `-dynamic` leaves batch and sequence
open. Weights are random, and so are the vectors that training starts with zeros
or ones: exporters drop or merge those.
"""

import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.filterwarnings("ignore")

VOCABULARY = 64
BATCH, SEQUENCE = 2, 16


def config(kind, **more):
    import transformers

    sizes = dict(vocab_size=VOCABULARY, bos_token_id=0, eos_token_id=0)
    if kind is transformers.GPT2Config:
        sizes.update(n_layer=2, n_embd=32, n_head=4, n_positions=32)
    else:
        sizes.update(
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=32,
        )
    sizes.update(more)
    return kind(**sizes)


def make_gpt2():
    import transformers as t

    return t.GPT2LMHeadModel(config(t.GPT2Config))


def make_gpt2_124m():
    import transformers as t

    return t.GPT2LMHeadModel(t.GPT2Config())


def make_llama():
    import transformers as t

    return t.LlamaForCausalLM(config(t.LlamaConfig, num_key_value_heads=2))


def make_qwen2():
    import transformers as t

    return t.Qwen2ForCausalLM(
        config(t.Qwen2Config, num_key_value_heads=2, tie_word_embeddings=True)
    )


def make_bert():
    import transformers as t

    return t.BertForMaskedLM(config(t.BertConfig))


def make_mlp():
    import torch.nn as nn

    return nn.Sequential(
        nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16), nn.GELU(), nn.Linear(16, 8)
    )


def make_mlp_softmax():
    import torch.nn as nn

    return nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 8), nn.Softmax(-1))


FAMILIES = {
    "mlp": make_mlp,
    "mlp_softmax": make_mlp_softmax,
    "gpt2": make_gpt2,
    "bert": make_bert,
    "llama": make_llama,
    "qwen2": make_qwen2,
    "gpt2_124m": make_gpt2_124m,
}
MODELS = [
    "mlp-18",
    "mlp-old",
    "mlp_softmax-18-dynamic",
    "gpt2-18",
    "gpt2-18-dynamic",
    "gpt2-23",
    "bert-18",
    "bert-23",
    "bert-old",
    "llama-18",
    "llama-18-dynamic",
    "llama-23",
    "llama-25",
    "qwen2-18",
    "qwen2-23",
    "gpt2_124m-18",
    "keras_mlp-15",
]


def perturb(model):
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.05)


def with_logits_only(model, family):
    """Hugging Face's models return more, and take a cache."""
    import torch

    class Bert(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            return self.model(input_ids=input_ids, attention_mask=attention_mask)[0]

    class Decoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, input_ids):
            return self.model(input_ids=input_ids, use_cache=False)[0]

    return Bert() if family == "bert" else Decoder()


def make_inputs(family):
    import torch

    if family.startswith("mlp"):
        return {"x": torch.randn(BATCH, 16)}
    if family == "gpt2_124m":
        return {"input_ids": torch.randint(0, 50257, (2, 64))}
    inputs = {"input_ids": torch.randint(0, VOCABULARY, (BATCH, SEQUENCE))}
    if family == "bert":
        inputs["attention_mask"] = torch.ones(BATCH, SEQUENCE, dtype=torch.int64)
        inputs["attention_mask"][1, 11:] = 0
    return inputs


def export_torch(name, path):
    import torch

    family, opset, *flags = name.split("-")
    model = make_model(name)
    inputs = make_inputs(family)
    if not family.startswith("mlp"):
        model = with_logits_only(model, family)
    with torch.no_grad():
        logits = model(*inputs.values()).numpy()
    options = dict(
        input_names=list(inputs), output_names=["logits"], verbose=False
    )
    if opset == "old":
        options.update(dynamo=False)
    else:
        options.update(dynamo=True, opset_version=int(opset))
    if "dynamic" in flags:
        longest = 1024 if family == "gpt2_124m" else 32
        dims = [torch.export.Dim("batch"), torch.export.Dim("sequence", max=longest)]
        options["dynamic_shapes"] = [
            {i: dims[i] for i in range(1 if family.startswith("mlp") else x.ndim)}
            for x in inputs.values()
        ]
    torch.onnx.export(model, tuple(inputs.values()), path, **options)
    arrays = {key: value.numpy() for key, value in inputs.items()}
    return arrays, {"logits": logits}


def export_keras(name, path):
    import keras

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((16,)),
            keras.layers.Dense(32, activation="relu", bias_initializer="normal"),
            keras.layers.Dense(8, activation="softmax", bias_initializer="normal"),
        ]
    )
    x = np.random.default_rng(1).standard_normal((BATCH, 16)).astype(np.float32)
    y = np.asarray(model(x))
    model.export(path, format="onnx", verbose=False)
    return {"keras_tensor": x}, {"Identity:0": y}


def shrink(path):
    """One file, without the exporter's notes on where each node came from."""
    import onnx

    model = onnx.load(path)
    for item in list(model.graph.node) + list(model.graph.value_info):
        del item.metadata_props[:]
        item.doc_string = ""
    for item in [model, model.graph] + list(model.graph.input) + list(model.graph.output):
        del item.metadata_props[:]
    del model.graph.value_info[:]
    if os.path.exists(path + ".data"):
        os.remove(path + ".data")
    onnx.save(model, path)


def export(directory, name):
    path = os.path.join(directory, name + ".onnx")
    make = export_keras if name.startswith("keras") else export_torch
    inputs, outputs = make(name, path)
    if "124m" not in name:
        shrink(path)
    np.savez(path[:-5] + "-in.npz", **inputs)
    np.savez(path[:-5] + "-out.npz", **outputs)


def check(directory, mpc_run):
    """0 if every output is within 1e-4 of the largest value."""
    failures = 0
    for file in sorted(os.listdir(directory)):
        if not file.endswith(".onnx"):
            continue
        base = os.path.join(directory, file[:-5])
        with tempfile.TemporaryDirectory() as scratch:
            output = os.path.join(scratch, "out.npz")
            command = [mpc_run, "infer", base + ".onnx"]
            command += ["--input=" + base + "-in.npz", "--output=" + output]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode:
                print(f"{file}: FAILED\n{run.stderr}")
                failures += 1
                continue
            got = list(np.load(output).values())[0]
        expected = list(np.load(base + "-out.npz").values())[0]
        error = np.abs(got - expected).max() / np.abs(expected).max()
        print(f"{file}: {error:.1e}")
        failures += not error <= 1e-4
    return failures


def make_model(name):
    import torch

    torch.manual_seed(len(name))
    model = FAMILIES[name.split("-")[0]]().eval()
    perturb(model)
    return model


def print_losses(directory, name):
    import torch

    random = np.random.default_rng(0)
    shape = (4, SEQUENCE)
    arrays = {x: random.integers(0, VOCABULARY, shape) for x in ["input_ids", "label"]}
    np.savez(os.path.join(directory, "tokens.npz"), **arrays)
    ids, label = (torch.tensor(array) for array in arrays.values())
    model = make_model(name)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(4):
        logits = model(input_ids=ids, use_cache=False)[0]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), label.flatten())
        print(name, loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def main(arguments):
    directory, *rest = arguments
    if rest[:1] == ["--losses"]:
        return print_losses(directory, rest[1])
    if rest[:1] == ["--check"]:
        return 1 if check(directory, rest[1]) else 0
    os.makedirs(directory, exist_ok=True)
    for name in rest or MODELS:
        try:
            export(directory, name)
            print(name, os.path.getsize(os.path.join(directory, name + ".onnx")))
        except Exception as error:  # an exporter that cannot
            print(f"{name}: {type(error).__name__}: {str(error)[:300]}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
