//===- ImportONNX.h - mpc-translate --import-onnx ---------------*- C++ -*-===//

#ifndef MPC_TOOLS_MPC_TRANSLATE_IMPORTONNX_H
#define MPC_TOOLS_MPC_TRANSLATE_IMPORTONNX_H

/// Does the command line ask for an import?
bool isONNXImport(int argc, char **argv);

/// The exit code.
int importONNXMain(int argc, char **argv);

#endif
