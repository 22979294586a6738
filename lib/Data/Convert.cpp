#include "Errors.h"
#include "mpc/Data/ElementType.h"

using namespace mpc::data;

llvm::Error mpc::data::convertElements(ElementType from, const char *source,
                                       ElementType to, char *target,
                                       int64_t count) {
  return catchFileError(
      [&] { mpcrt::convert(from, source, to, target, count); });
}
