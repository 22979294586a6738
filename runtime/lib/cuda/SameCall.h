//===- SameCall.h - Compares prototypes with a vendor's header --*- C++ -*-===//
#ifndef MPCRT_CUDA_SAMECALL_H
#define MPCRT_CUDA_SAMECALL_H

#include <cstddef>
#include <type_traits>

namespace mpcrt::cuda {

/// Handles are other pointers there, and enumerations other integers, so
/// parameters are compared by kind and size.
template <typename A, typename B>
constexpr bool samePassing =
    std::is_pointer_v<A> == std::is_pointer_v<B> && sizeof(A) == sizeof(B);

template <typename Ours, typename Theirs> constexpr bool sameCall = false;
template <typename... Ours, typename Result, typename... Theirs>
constexpr bool sameCall<int (*)(Ours...), Result (*)(Theirs...)> = [] {
  if constexpr (sizeof...(Ours) != sizeof...(Theirs))
    return false;
  else
    return sizeof(Result) == sizeof(int) && (samePassing<Ours, Theirs> && ...);
}();

#define MPCRT_SAME(ours, theirs)                                               \
  static_assert(                                                               \
      static_cast<long long>(ours) == static_cast<long long>(theirs), #theirs)

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_SAMECALL_H
