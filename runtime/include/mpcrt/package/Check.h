//===- Check.h - What the programs of a package should give -----*- C++ -*-===//
#ifndef MPCRT_PACKAGE_CHECK_H
#define MPCRT_PACKAGE_CHECK_H

#include "mpcrt/mpcrt.h"
#include "mpcrt/package/Manifest.h"

namespace mpcrt {

/// Runs `steps` training steps from the session's variables (or `main` as
/// often, where `manifest` has no training) on made-up data. The compiler
/// stores the result, the runner compares its own. Throws std::exception.
PackagedCheck runCheck(const mpcrt_executable *executable,
                       mpcrt_session *session, const PackageManifest &manifest,
                       int64_t steps);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_CHECK_H
