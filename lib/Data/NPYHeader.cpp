#include "NPYHeader.h"
#include "Errors.h"
#include "mpcrt/files/NPY.h"

using namespace mpc::data;

llvm::Expected<NPYHeader> mpc::data::parseNPYHeader(llvm::StringRef content) {
  NPYHeader header;
  llvm::Error error = catchFileError([&] {
    mpcrt::ArrayHeader parsed = mpcrt::parseArrayHeader(content);
    header = {parsed.type, parsed.fortranOrder,
              Shape(parsed.shape.begin(), parsed.shape.end()),
              parsed.dataOffset};
  });
  if (error)
    return error;
  return header;
}

std::string mpc::data::npyHeaderText(ElementType type,
                                     llvm::ArrayRef<int64_t> shape) {
  return mpcrt::writeArrayHeader(type, {shape.data(), shape.size()});
}
