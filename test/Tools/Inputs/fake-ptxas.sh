#!/bin/sh
# Stands for the CUDA toolkit's assembler: "-v -arch=sm_NN IN -o OUT". Its objects are the text.
cp "$3" "$5"
echo "$2" >> "$5"
