// JSON from files that others wrote: parsed with limits, nothing silently lost.
#ifndef MPC_DATA_STRICTJSON_H
#define MPC_DATA_STRICTJSON_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <nlohmann/json.hpp>

namespace mpc::data {

struct JSONLimits {
  size_t depth = 64;         ///< nested objects and arrays
  size_t values = 8'000'000; ///< keys, elements and scalars together
  size_t keyBytes = 4096;    ///< one key
};

/// Parses one JSON document; only white space may follow it. Errors: bad
/// UTF-8 or syntax (with the byte), an object with the same key twice, a limit
/// exceeded. Never throws.
llvm::Expected<nlohmann::json> parseStrictJSON(llvm::StringRef text,
                                               const JSONLimits &limits = {});

/// A whole number written without sign, fraction or exponent, at most 2^53
/// (what every JSON reader keeps exactly). `what` names it in the error.
llvm::Expected<int64_t> strictUnsigned(const nlohmann::json &value,
                                       llvm::StringRef what);

} // namespace mpc::data

#endif // MPC_DATA_STRICTJSON_H
