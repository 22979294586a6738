//===- ScatterTable.h - buffers of a sum of rows ----------------*- C++ -*-===//
//
// What a kernel that adds rows into a table does on every target: where its
// buffers are, which row an id names, and when the table has to be filled.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_CONVERSION_FUSEDTOVECTOR_SCATTERTABLE_H
#define MPC_LIB_CONVERSION_FUSEDTOVECTOR_SCATTERTABLE_H

#include "VectorBuilder.h"
#include "mpc/Fusion/Scatter.h"

namespace mpc {

class ScatterTable {
public:
  /// `arguments` are the kernel's: the region's operands, the table, and the
  /// first row of this device's part where the table is cut.
  ScatterTable(const ScatterRegion &region, VectorBuilder &vectors,
               mlir::ValueRange arguments);

  /// The table row that the id at `position` names here, as an index; outside
  /// of the table where it is another device's.
  mlir::Value getRow(mlir::Value position);

  /// What rows are added to: `fill` emits zeros, or a copy of the base, which
  /// is left out at run time where base and table are one buffer.
  void prepare(llvm::function_ref<void()> fill);

  mlir::Value ids, updates, table;
  /// Null where sums begin with zeros.
  mlir::Value base;
  mlir::Type element;
  /// Elements of a row, rows of the table, and ids.
  int64_t rowSize, rows, positions;

private:
  VectorBuilder &v;
  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Type idElement;
  /// Null where the table is whole.
  mlir::Value offset;
};

} // namespace mpc

#endif
