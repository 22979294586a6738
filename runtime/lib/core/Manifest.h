//===- Manifest.h - The executable, parsed and checked ----------*- C++ -*-===//
//
// The in-memory form of docs/executable-format.md. Whoever holds a Manifest may
// rely on every index, offset and size in it: parseManifest has checked each
// buffer of each action against its arena, each launch against its buffers,
// each group against its collectives and each send against its receive.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CORE_MANIFEST_H
#define MPCRT_CORE_MANIFEST_H

#include "Attention.h"
#include "StridedCopy.h"
#include "mpcrt/mpcrt.h"
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mpcrt {

using Index = int32_t;

/// A global tensor: an input, an output or a variable.
struct TensorInfo {
  std::string name;
  int32_t dtype = 0;
  std::vector<int64_t> shape;
  int64_t bytes = 0;
};

struct Arena {
  int64_t bytes = 0;
  int64_t workspaceOffset = 0;
  int64_t workspaceBytes = 0;
};

/// The box [begin, begin + size) of a variable, dense at `offset`.
struct Shard {
  Index device = 0;
  int64_t offset = 0;
  std::vector<int64_t> begin, size;
};

struct Variable {
  TensorInfo tensor;
  std::vector<Shard> shards;
};

struct Channel {
  Index from = 0, to = 0;
  /// Most sends of any program: the capacity of the channel's queue.
  int64_t capacity = 0;
};

//===----------------------------------------------------------------------===//
// Launches: `Index` fields name buffers or scalars of the action.
//===----------------------------------------------------------------------===//

/// Code of a device that is no host, as its driver reads it: text that ends
/// with a zero (PTX), or an object.
struct Module {
  /// Text for every GPU, an object for one kind; one of them may be empty.
  std::string ptx, cubin;
};

/// A function of the host, or the entry of a module, launched with one block
/// shape: grid blocks of `block` threads. Its parameters are the launch's
/// buffers and then its scalars, 8 bytes each.
struct Kernel {
  std::string symbol;
  Index module = -1; // -1: of the host
  int64_t grid = 1, block = 1;
  int64_t sharedBytes = 0; // dynamic shared memory

  bool isOfHost() const { return module < 0; }
};

struct KernelLaunch {
  Index kernel = 0;
  std::vector<Index> buffers, scalars;
  int64_t extent = 0, grain = 1; // of the host's kernels
};

struct MatmulLaunch {
  mpcrt_matmul_desc desc = {};
  Index a = 0, b = 0, c = 0, aux = -1;
  Index bias = -1; // or its gradient, which is written
  int64_t aOffset = 0, bOffset = 0, cOffset = 0; // bytes
  /// Numbers the matmuls of an executable, so that devices can look up plans.
  Index number = 0;
};

struct AttentionLaunch {
  struct Operand {
    Index buffer = -1;  // -1: there is none
    int64_t offset = 0; // bytes
  };
  mpcrt_attention_desc desc = {};
  std::array<Operand, attentionRoles> operands; // by role

  /// Addresses of the operands, null where there is none; `buffer` gives those
  /// of buffers.
  template <typename Buffer>
  std::array<char *, attentionRoles> addresses(const Buffer &buffer) const {
    std::array<char *, attentionRoles> list = {};
    for (size_t role = 0; role < list.size(); ++role)
      if (operands[role].buffer >= 0)
        list[role] = buffer(operands[role].buffer) + operands[role].offset;
    return list;
  }
  /// Numbers the attentions of an executable.
  Index number = 0;
};

struct CopyLaunch {
  Index src = 0, dst = 0;
  int64_t srcOffset = 0, dstOffset = 0; // bytes
  /// Scalar that moves the source by so many elements, or -1.
  Index srcStart = -1;
  int64_t elementBytes = 0;
  /// Bytes of the source that may be skipped before the box leaves it.
  int64_t srcSlack = 0;
  StridedCopy copy;
};

struct FillLaunch {
  Index dst = 0;
  int64_t bytes = 0;
  uint8_t value = 0;
};

/// A box of the host's tensor and its dense counterpart on the device.
struct HostBox {
  Index tensor = 0, buffer = 0;
  std::vector<Index> begin; // scalars
  std::vector<int64_t> size;
  StridedCopy copy;
};

struct FeedLaunch {
  HostBox box;
};

struct FetchLaunch {
  HostBox box;
  Index condition = -1; // a scalar; -1: always
  /// Counts the accumulating fetches of a body; -1: overwrites.
  Index accumulation = -1;
};

enum class Reduce : uint8_t { Sum, Max, Min };

struct CollectiveLaunch {
  int32_t kind = MPCRT_ALL_REDUCE;
  Reduce reduce = Reduce::Sum;
  int32_t dtype = 0;
  Index group = 0; // a scalar
  Index src = 0, dst = 0;
  /// all_reduce has the shape [count].
  std::vector<int64_t> shape;
  /// The dimension split on the source's or the result's side, and its block;
  /// all_to_all has one on each side.
  int32_t srcDim = -1, dstDim = -1;
  int64_t srcBlock = 0, dstBlock = 0;
  /// An AwaitLaunch names it: it runs beside the launches until there.
  bool isAwaited = false;
};

/// The end of the collective that is launch number `launch` of the body.
struct AwaitLaunch {
  Index launch = 0;
};

using Launch = std::variant<KernelLaunch, MatmulLaunch, AttentionLaunch,
                            CopyLaunch, FillLaunch, FeedLaunch, FetchLaunch,
                            CollectiveLaunch, AwaitLaunch>;

struct Body {
  std::string name;
  std::vector<int64_t> bufferBytes;
  Index scalars = 0; // how many an action must bring at least
  Index accumulations = 0;
  std::vector<Launch> launches;
};

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

enum class ActionKind : uint8_t {
  Prepare,
  Forward,
  Backward,
  InputGrad,
  WeightGrad,
  Update,
  Send,
  Recv,
  WaitSend
};

struct Action {
  int64_t id = 0;
  ActionKind kind = ActionKind::Forward;
  int32_t chunk = 0;
  int32_t micro = -1;

  Index body = -1; // of all kinds but the last three
  std::vector<int64_t> offsets, scalars;
  /// Its first entry in Program::contributions.
  Index firstContribution = 0;

  Index channel = 0; // of the last three kinds
  int64_t offset = 0, bytes = 0, tag = 0;
  /// The send is the `message`-th of its channel in this program.
  int64_t message = 0;

  /// Of a receive: something else is done before what it fills is touched.
  bool isBeside = false;
  /// So many receives of the device's list must have ended before this action.
  Index receivesBefore = 0;
};

/// One accumulating fetch of one action; they are added to the output after the
/// run, in the order of Program::contributions.
struct Contribution {
  Index device = 0;
  int32_t micro = 0;
  bool active = false; // its `if` is not 0
  Index output = 0;
  std::vector<int64_t> begin, size;
  int64_t stagingOffset = 0; // bytes, in the session's staging buffer
};

struct Program {
  std::string name;
  std::vector<TensorInfo> inputs, outputs;
  std::vector<Body> bodies;
  std::vector<std::vector<Action>> devices;
  std::vector<Contribution> contributions;
  std::vector<Index> contributionOrder; // ascending device, micro, action
  int64_t stagingBytes = 0;
};

struct Manifest {
  std::string target;
  std::vector<Module> modules;
  std::vector<Kernel> kernels;
  std::vector<Arena> arenas;
  std::vector<Variable> variables;
  std::vector<std::vector<Index>> groups;
  std::vector<Channel> channels;
  std::vector<Program> programs;
  Index matmuls = 0, attentions = 0;

  Index deviceCount() const { return static_cast<Index>(arenas.size()); }
};

/// Fails with MPCRT_BAD_MANIFEST and a message that names the place, for
/// example "programs[0].devices[1].actions[3].offsets[2]: ...".
Manifest parseManifest(std::string_view text);

const char *actionKindName(ActionKind kind);
const char *collectiveName(int32_t kind);

} // namespace mpcrt

#endif // MPCRT_CORE_MANIFEST_H
