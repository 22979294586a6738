#!/usr/bin/env python3
"""Writes a GPT (pre-norm, causal, tied embedding) as an mpc module.

    make-gpt.py gpt  > gpt.mlir
    make-gpt.py tiny > gpt-tiny.mlir
    make-gpt.py gpt2 | gpt2-xl: the sizes of GPT-2, 124M and 1558M parameters
    make-gpt.py gpt2 --work: tokens and floating-point operations of a training step
"""

import sys
from dataclasses import dataclass


@dataclass
class Config:
    layers: int
    width: int
    heads: int
    sequence: int
    vocabulary: int
    batch: int

    def parameters(self):
        block = 12 * self.width**2 + 13 * self.width
        return self.layers * block + (self.vocabulary + self.sequence + 2) * self.width

    def work(self):
        """Tokens of a step, and its operations as MFU counts them: 6 N + 6 L C T a token (llm.c)."""
        tokens = self.batch * self.sequence
        return tokens, tokens * 6 * (self.parameters() + self.layers * self.width * self.sequence)


CONFIGS = {
    "gpt": Config(4, 256, 8, 64, 256, 8),
    "tiny": Config(2, 32, 4, 16, 32, 4),
    "gpt2": Config(12, 768, 12, 1024, 50257, 16),
    "gpt2-xl": Config(48, 1600, 25, 1024, 50257, 4),
}


def tensor(*shape, element="f32"):
    return f"tensor<{'x'.join(map(str, (*shape, element)))}>"


class Writer:
    """Collects the variables and the lines of @main."""

    def __init__(self, config):
        self.c = config
        self.head = config.width // config.heads
        self.variables, self.lines = [], []
        self.x = tensor(config.batch, config.sequence, config.width)

    def variable(self, name, init, *shape, view=None):
        view = f" view [{', '.join(map(str, view))}]" if view else ""
        self.variables.append(
            f"mpc.variable @{name} parameter {init}{view} : {tensor(*shape)}"
        )
        self.lines.append(f"%{name} = mpc.read @{name} : {tensor(*shape)}")
        return f"%{name}"

    def op(self, result, text):
        self.lines.append(f"%{result} = mpc.{text}")
        return f"%{result}"

    def norm(self, name, x):
        width = self.c.width
        scale = self.variable(f"{name}.scale", "constant(1.0)", width)
        bias = self.variable(f"{name}.bias", "constant(0.0)", width)
        row = tensor(width)
        return self.op(
            name,
            f"layer_norm {x}, {scale}, {bias} epsilon 1.0e-05"
            f" : ({self.x}, {row}, {row}) -> {self.x}",
        )

    def add(self, name, a, b, a_type, b_type=None):
        types = a_type if b_type is None else f"({a_type}, {b_type}) -> {a_type}"
        return self.op(name, f"add {a}, {b} : {types}")

    def attention(self, p, x):
        c, d = self.c, self.head
        # Heads are a dimension of their own; files keep [width, 3 * width].
        qkv_type = tensor(c.batch, c.sequence, 3, c.heads, d)
        w = self.variable(f"{p}.qkv.w", "normal(0.0, 0.02)", c.width, 3, c.heads, d,
                          view=(c.width, 3 * c.width))
        b = self.variable(f"{p}.qkv.b", "constant(0.0)", 3, c.heads, d,
                          view=(3 * c.width,))
        y = self.op(f"{p}.qkv.y",
                    f'einsum "bsk,kthd->bsthd" {x}, {w}'
                    f" : ({self.x}, {tensor(c.width, 3, c.heads, d)}) -> {qkv_type}")
        y = self.add(f"{p}.qkv", y, b, qkv_type, tensor(3, c.heads, d))
        part_type = tensor(c.batch, c.sequence, 1, c.heads, d)
        head_type = tensor(c.batch, c.sequence, c.heads, d)
        parts = []
        for i, name in enumerate("qkv"):
            part = self.op(f"{p}.{name}.part",
                           f"slice {y} dim 2 start {i} size 1 : {qkv_type} -> {part_type}")
            parts.append(self.op(f"{p}.{name}",
                                 f"reshape {part} : {part_type} to {head_type}"))
        scale = d**-0.5
        z = self.op(f"{p}.heads",
                    f"attention {', '.join(parts)} scale {scale!r} causal"
                    f" : ({head_type}, {head_type}, {head_type}) -> {head_type}")
        # The residual's two projections start smaller, by the depth (GPT-2).
        deviation = f"normal(0.0, {0.02 / (2 * c.layers) ** 0.5:.6f})"
        w = self.variable(f"{p}.proj.w", deviation, c.heads, d, c.width,
                          view=(c.width, c.width))
        b = self.variable(f"{p}.proj.b", "constant(0.0)", c.width)
        z = self.op(f"{p}.proj",
                    f'einsum "bshd,hdk->bsk" {z}, {w}'
                    f" : ({head_type}, {tensor(c.heads, d, c.width)}) -> {self.x}")
        return self.add(f"{p}.out", z, b, self.x, tensor(c.width))

    def mlp(self, p, x):
        c, hidden = self.c, 4 * self.c.width
        hidden_type = tensor(c.batch, c.sequence, hidden)
        w = self.variable(f"{p}.fc.w", "normal(0.0, 0.02)", c.width, hidden)
        b = self.variable(f"{p}.fc.b", "constant(0.0)", hidden)
        y = self.op(f"{p}.fc", f"matmul {x}, {w} : ({self.x},"
                               f" {tensor(c.width, hidden)}) -> {hidden_type}")
        y = self.add(f"{p}.fc.y", y, b, hidden_type, tensor(hidden))
        y = self.op(f"{p}.gelu", f"gelu tanh {y} : {hidden_type}")
        deviation = f"normal(0.0, {0.02 / (2 * c.layers) ** 0.5:.6f})"
        w = self.variable(f"{p}.proj.w", deviation, hidden, c.width)
        b = self.variable(f"{p}.proj.b", "constant(0.0)", c.width)
        y = self.op(f"{p}.proj", f"matmul {y}, {w} : ({hidden_type},"
                                 f" {tensor(hidden, c.width)}) -> {self.x}")
        return self.add(f"{p}.out", y, b, self.x, tensor(c.width))

    def block(self, index, x):
        p = f"h{index}"
        y = self.attention(f"{p}.attn", self.norm(f"{p}.ln1", x))
        x = self.add(f"{p}.mid", x, y, self.x)
        y = self.mlp(f"{p}.mlp", self.norm(f"{p}.ln2", x))
        return self.add(f"{p}.out", x, y, self.x)

    def module(self):
        c = self.c
        table_type = tensor(c.vocabulary, c.width)
        ids_type = tensor(c.batch, c.sequence, element="i64")
        logits_type = tensor(c.batch, c.sequence, c.vocabulary)
        table = self.variable("wte", "normal(0.0, 0.02)", c.vocabulary, c.width)
        positions = self.variable("wpe", "normal(0.0, 0.02)", c.sequence, c.width)
        x = self.op("tokens",
                    f"embedding {table}, %ids : ({table_type}, {ids_type}) -> {self.x}")
        x = self.add("embedded", x, positions, self.x, tensor(c.sequence, c.width))
        for index in range(c.layers):
            x = self.block(index, x)
        x = self.norm("ln", x)
        logits = self.op("logits",
                         f'einsum "bsk,vk->bsv" {x}, {table}'
                         f" : ({self.x}, {table_type}) -> {logits_type}")
        body = "\n  ".join(self.lines)
        return f"""// A GPT of {c.layers} layers, width {c.width}, {c.heads} heads; written by make-gpt.py.
{chr(10).join(self.variables)}

func.func @main(%ids: {ids_type} {{mpc.name = "ids"}})
    -> ({logits_type} {{mpc.name = "logits"}}) {{
  {body}
  return {logits} : {logits_type}
}}"""


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in CONFIGS or sys.argv[2:] not in ([], ["--work"]):
        sys.exit(f"usage: make-gpt.py {'|'.join(CONFIGS)} [--work]")
    config = CONFIGS[sys.argv[1]]
    print(*config.work() if sys.argv[2:] else [Writer(config).module()])
