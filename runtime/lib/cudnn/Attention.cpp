//===- Attention.cpp - Attention by cuDNN's graphs ------------------------===//
//
// The only source that sees cuDNN's headers. It links none of NVIDIA's
// libraries: the frontend looks functions up in the cuDNN that it is given, and
// loads the CUDA runtime itself.
//
//===----------------------------------------------------------------------===//
#include "../core/Attention.h"
#include "../cuda/AttentionPlugin.h"
#include <algorithm>
#include <cstdio>
#include <cudnn_frontend.h>
#include <mutex>

namespace cudnn_frontend {
void *cudnn_dlhandle = nullptr;
} // namespace cudnn_frontend

namespace fe = cudnn_frontend;

namespace mpcrt::cuda {

MPCRT_ATTENTION_FUNCTIONS(MPCRT_DECLARE_ATTENTION)
static_assert(std::is_same_v<decltype(&cudnnGetVersion), size_t (*)()>,
              "as cuda/Cudnn.h has it");

struct AttentionLibraryTag {
  cudnnHandle_t handle = nullptr;
};

struct AttentionPlanTag {
  cudnnHandle_t handle;
  fe::graph::Graph graph;
};

namespace {

using Tensor = std::shared_ptr<fe::graph::Tensor_attributes>;

struct Failure {
  int status;
  std::string text;
};

void check(const fe::error_t &error, int status) {
  if (error.is_bad())
    throw Failure{status, error.err_msg};
}

void check(cudnnStatus_t status, const char *call) {
  if (status == CUDNN_STATUS_SUCCESS)
    return;
  throw Failure{
      status == CUDNN_STATUS_ALLOC_FAILED ? AttentionNoMemory : AttentionFailed,
      std::string(call) + ": " + fe::detail::get_error_string(status)};
}

/// Calls `body`; exceptions, ours and those of the frontend, become a status.
template <typename Body>
int guard(AttentionError *error, const Body &body) noexcept {
  auto report = [&](int status, const char *text) {
    std::snprintf(error->text, sizeof error->text, "%s", text);
    std::replace(std::begin(error->text), std::end(error->text), '\n', ' ');
    return status;
  };
  try {
    body();
    return 0;
  } catch (const Failure &failure) {
    return report(failure.status, failure.text.c_str());
  } catch (const std::bad_alloc &) {
    return report(AttentionNoMemory, "out of memory");
  } catch (const std::exception &e) {
    return report(AttentionFailed, e.what());
  }
}

/// A graph of one attention. Tensors have their role and 1 for a name.
class Builder {
public:
  Builder(fe::graph::Graph &graph, const mpcrt_attention_desc &desc)
      : graph(graph), desc(desc) {
    graph
        .set_io_data_type(desc.dtype == MPCRT_BF16 ? fe::DataType_t::BFLOAT16
                                                   : fe::DataType_t::HALF)
        .set_intermediate_data_type(fe::DataType_t::FLOAT)
        .set_compute_data_type(fe::DataType_t::FLOAT);
  }

  void addForward() {
    fe::graph::SDPA_attributes attributes;
    setUp(attributes, "attention");
    attributes.set_generate_stats(desc.has_lse != 0);
    auto [o, lse] = graph.sdpa(input(AttentionQ), input(AttentionK),
                               input(AttentionV), std::move(attributes));
    addOutput(o, AttentionO);
    if (desc.has_lse)
      addOutput(lse, AttentionLSE);
  }

  void addGradient(bool deterministic) {
    fe::graph::SDPA_backward_attributes attributes;
    setUp(attributes, "attention_gradient");
    attributes.set_deterministic_algorithm(deterministic);
    auto [q, k, v] = graph.sdpa_backward(
        input(AttentionQ), input(AttentionK), input(AttentionV),
        input(AttentionO), input(AttentionGradO), input(AttentionLSE),
        std::move(attributes));
    addOutput(q, AttentionGradQ);
    addOutput(k, AttentionGradK);
    addOutput(v, AttentionGradV);
  }

private:
  template <typename Attributes>
  void setUp(Attributes &attributes, const char *name) const {
    attributes.set_name(name).set_attn_scale(static_cast<float>(desc.scale));
    if (desc.causal)
      attributes.set_diagonal_alignment(fe::DiagonalAlignment_t::TOP_LEFT)
          .set_diagonal_band_right_bound(0);
  }

  /// cuDNN's order of dimensions is [b, h, s, d]; the log-sum-exps are its
  /// "stats" [b, h, s, 1], natural logarithms of sums of scaled scores.
  void describe(fe::graph::Tensor_attributes &tensor, int role) const {
    tensor.set_uid(role + 1);
    if (role == AttentionLSE) {
      tensor.set_dim({desc.b, desc.h, desc.s, 1})
          .set_stride({desc.h * desc.s, desc.s, 1, 1})
          .set_data_type(fe::DataType_t::FLOAT);
      return;
    }
    auto [b, length, heads, width] = attentionSizes(desc, role);
    const AttentionStrides &strides = desc.*attentionStrides[role];
    tensor.set_dim({b, heads, length, width})
        .set_stride({strides[0], strides[2], strides[1], strides[3]});
  }
  Tensor input(int role) {
    fe::graph::Tensor_attributes tensor;
    describe(tensor, role);
    return graph.tensor(tensor);
  }
  void addOutput(const Tensor &tensor, int role) {
    tensor->set_output(true);
    describe(*tensor, role);
  }

  fe::graph::Graph &graph;
  const mpcrt_attention_desc &desc;
};

/// Before the frontend is used first.
void setUp(void *cudnn) {
  static std::once_flag once;
  std::call_once(once, [&] { fe::cudnn_dlhandle = cudnn; });
}

} // namespace

int mpcrt_attention_open(int version, void *cudnn, AttentionLibrary *library,
                         AttentionError *error) {
  return guard(error, [&] {
    if (version != attentionPluginVersion)
      throw Failure{AttentionFailed, "it is of another version of mpc; install "
                                     "the one that was built with it"};
    setUp(cudnn);
    auto made = std::make_unique<AttentionLibraryTag>();
    check(fe::detail::create_handle(&made->handle), "cudnnCreate");
    *library = made.release();
  });
}

int mpcrt_attention_close(AttentionLibrary library) {
  AttentionError ignored;
  return guard(&ignored, [&] {
    std::unique_ptr<AttentionLibraryTag> owner(library);
    check(fe::detail::destroy_handle(owner->handle), "cudnnDestroy");
  });
}

int mpcrt_attention_create(AttentionLibrary library,
                           const mpcrt_attention_desc *desc, int deterministic,
                           AttentionPlan *plan, int64_t *workspaceBytes,
                           AttentionError *error) {
  return guard(error, [&] {
    std::unique_ptr<AttentionPlanTag> made(
        new AttentionPlanTag{library->handle, {}});
    Builder builder(made->graph, *desc);
    if (desc->gradient)
      builder.addGradient(deterministic);
    else
      builder.addForward();
    check(made->graph.build(made->handle, {fe::HeurMode_t::A}),
          AttentionUnsupported);
    check(made->graph.get_workspace_size(*workspaceBytes), AttentionFailed);
    *plan = made.release();
  });
}

int mpcrt_attention_destroy(AttentionPlan plan) {
  delete plan;
  return 0;
}

int mpcrt_attention_run(AttentionPlan plan, char *const *operands,
                        char *workspace, Stream stream, AttentionError *error) {
  return guard(error, [&] {
    std::unordered_map<int64_t, void *> tensors;
    for (int role = 0; role < attentionRoles; ++role)
      if (operands[role])
        tensors[role + 1] = operands[role];
    check(fe::detail::set_stream(plan->handle,
                                 reinterpret_cast<cudaStream_t>(stream)),
          "cudnnSetStream");
    check(plan->graph.execute(plan->handle, tensors, workspace),
          AttentionFailed);
  });
}

} // namespace mpcrt::cuda
