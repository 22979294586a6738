//===- MPITransport.cpp - The plugin that carries bytes by MPI ------------===//
//
// Built where CMake finds an MPI, loaded where a launcher has started more than
// one process. Uses MPI's point-to-point calls only: reductions by MPI have no
// order that could be relied on.
//
//===----------------------------------------------------------------------===//
#include "mpcrt/transport.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mpi.h>

namespace {

static_assert(sizeof(MPI_Request) <= sizeof(mpcrt_request),
              "a request is a handle");

struct State {
  MPI_Comm world = MPI_COMM_NULL;
};

MPI_Comm worldOf(void *state) { return static_cast<State *>(state)->world; }

mpcrt_request toHandle(MPI_Request request) {
  mpcrt_request handle = 0;
  std::memcpy(&handle, &request, sizeof request);
  return handle;
}

MPI_Request fromHandle(mpcrt_request handle) {
  MPI_Request request;
  std::memcpy(&request, &handle, sizeof request);
  return request;
}

int32_t sendMessage(void *state, int32_t to, int32_t tag, const void *data,
                    size_t bytes, mpcrt_request *out) {
  MPI_Request request = MPI_REQUEST_NULL;
  int error = MPI_Isend(data, static_cast<int>(bytes), MPI_BYTE, to, tag,
                        worldOf(state), &request);
  *out = toHandle(request);
  return error;
}

int32_t receiveMessage(void *state, int32_t from, int32_t tag, void *data,
                       size_t bytes, mpcrt_request *out) {
  MPI_Request request = MPI_REQUEST_NULL;
  int error = MPI_Irecv(data, static_cast<int>(bytes), MPI_BYTE,
                        from == MPCRT_ANY_RANK ? MPI_ANY_SOURCE : from, tag,
                        worldOf(state), &request);
  *out = toHandle(request);
  return error;
}

int32_t testMessage(void *, mpcrt_request *handle, int32_t *done) {
  MPI_Request request = fromHandle(*handle);
  int flag = 0;
  int error = MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
  *handle = toHandle(request);
  *done = flag;
  return error;
}

void cancelMessage(void *, mpcrt_request *handle) {
  MPI_Request request = fromHandle(*handle);
  if (request == MPI_REQUEST_NULL)
    return;
  MPI_Cancel(&request);
  MPI_Request_free(&request);
}

void describeError(void *, int32_t error, char *text, size_t capacity) {
  char message[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(error, message, &length);
  std::snprintf(text, capacity, "%s", message);
}

void closeTransport(void *pointer) {
  auto *state = static_cast<State *>(pointer);
  MPI_Comm_free(&state->world);
  MPI_Finalize();
  delete state;
}

/// Open MPI's processes of one machine read each other's memory. In containers
/// that is often forbidden, and where the other one has died it ends the
/// reader, who could not say any more what has happened. Users may say
/// otherwise.
void avoidDirectReads() {
  setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
}

int32_t refuse(char *text, size_t capacity, const char *reason) {
  std::snprintf(text, capacity, "%s", reason);
  return 1;
}

void findLocal(MPI_Comm world, mpcrt_transport &out) {
  MPI_Comm local = MPI_COMM_NULL;
  MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &local);
  MPI_Comm_rank(local, &out.local_rank);
  MPI_Comm_size(local, &out.local_size);
  MPI_Comm_free(&local);
}

int largestTag(MPI_Comm world) {
  int *bound = nullptr, found = 0;
  MPI_Comm_get_attr(world, MPI_TAG_UB, &bound, &found);
  return found ? *bound : 32767; // what the standard promises
}

} // namespace

extern "C" __attribute__((visibility("default"))) int32_t mpcrt_transport_open(
    uint32_t version, mpcrt_transport *out, char *text, size_t capacity) {
  if (version != MPCRT_TRANSPORT_VERSION)
    return refuse(text, capacity, "the plugin is of another version of mpc");
  avoidDirectReads();
  int provided = 0;
  if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided))
    return refuse(text, capacity, "MPI_Init_thread failed");
  if (provided < MPI_THREAD_SERIALIZED)
    return refuse(text, capacity,
                  "this MPI may be used by one thread only "
                  "(MPI_THREAD_SERIALIZED is needed)");
  auto *state = new State;
  MPI_Comm_dup(MPI_COMM_WORLD, &state->world);
  MPI_Comm_set_errhandler(state->world, MPI_ERRORS_RETURN);
  MPI_Comm_rank(state->world, &out->rank);
  MPI_Comm_size(state->world, &out->size);
  findLocal(state->world, *out);
  out->max_tag = largestTag(state->world);
  out->state = state;
  out->send = sendMessage;
  out->receive = receiveMessage;
  out->test = testMessage;
  out->cancel = cancelMessage;
  out->describe = describeError;
  out->close = closeTransport;
  return 0;
}
