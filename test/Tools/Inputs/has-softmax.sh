#!/bin/sh
# mpc-reduce's test: the module is valid and has a softmax.
mpc-opt "$1" 2>/dev/null | grep -q mpc.softmax
