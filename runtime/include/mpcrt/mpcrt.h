/* mpcrt: runs the executables that mpc compiles. Dependency-free C.
 *
 * Example (errors left out):
 *
 *   mpcrt_executable *exe;
 *   mpcrt_executable_load(text, length, find_kernel, library, &exe);
 *   mpcrt_session *session;
 *   mpcrt_session_create(exe, NULL, &session);
 *   mpcrt_session_write(session, "w1", NULL, NULL, weights, sizeof weights);
 *   mpcrt_buffer in = {images, sizeof images}, out = {&loss, sizeof loss};
 *   mpcrt_session_run(session, mpcrt_executable_find(exe, "train"),
 *                     &in, 1, &out, 1);
 *
 * Every call that can fail returns a status: NULL is success, anything else is
 * an object to be read and destroyed. No call prints, aborts or throws.
 * Sessions and executables may be used by one thread at a time; an executable
 * may be destroyed before its sessions.
 */
#ifndef MPCRT_MPCRT_H
#define MPCRT_MPCRT_H

#include "mpcrt/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mpcrt_status mpcrt_status;
typedef struct mpcrt_executable mpcrt_executable;
typedef struct mpcrt_session mpcrt_session;
typedef struct mpcrt_world mpcrt_world;

enum {
  MPCRT_OK = 0,
  MPCRT_INVALID_ARGUMENT = 1, /* the caller's mistake; nothing happened */
  MPCRT_BAD_MANIFEST = 2, /* the executable is damaged or of another version */
  MPCRT_NOT_FOUND = 3,    /* a name that does not exist */
  MPCRT_OUT_OF_MEMORY = 4,
  MPCRT_UNSUPPORTED = 5, /* this build or machine cannot do it */
  MPCRT_TIMEOUT = 6,  /* devices waited for others; the message says for whom */
  MPCRT_MISMATCH = 7, /* devices met with different collectives or messages */
  MPCRT_POISONED = 8, /* an earlier run of this session failed */
  MPCRT_INTERNAL = 9,
  MPCRT_PEER_FAILED = 10 /* another process; the message says which and why */
};

int32_t mpcrt_status_code(const mpcrt_status *status);
const char *mpcrt_status_message(const mpcrt_status *status);
/* Where in the runtime's sources the error was found. */
const char *mpcrt_status_file(const mpcrt_status *status);
int32_t mpcrt_status_line(const mpcrt_status *status);
void mpcrt_status_destroy(mpcrt_status *status);

/* MPCRT_ABI_VERSION of the library, to compare with that of the header. */
int32_t mpcrt_version(void);

/* --- Executables ------------------------------------------------------- */

/* Parses and checks a manifest (docs/executable-format.md) completely: every
 * index, offset and size is checked here, once. `manifest` is not kept. */
mpcrt_status *mpcrt_executable_load(const char *manifest, size_t length,
                                    mpcrt_resolver resolve, void *context,
                                    mpcrt_executable **out);
void mpcrt_executable_destroy(mpcrt_executable *executable);

/* A tensor as the host sees it: global shape, dense, row-major. Pointers live
 * as long as the executable. */
typedef struct mpcrt_tensor_info {
  const char *name;
  const int64_t *shape;
  int64_t bytes;
  int32_t rank;
  int32_t dtype;
} mpcrt_tensor_info;

int32_t mpcrt_executable_devices(const mpcrt_executable *executable);
int32_t mpcrt_executable_programs(const mpcrt_executable *executable);
/* NULL when there is no such program. */
const char *mpcrt_executable_program_name(const mpcrt_executable *executable,
                                          int32_t program);
/* The program's index, or -1. */
int32_t mpcrt_executable_find(const mpcrt_executable *executable,
                              const char *program);
/* Number of inputs, outputs, variables; -1 when there is no such program. */
int32_t mpcrt_executable_inputs(const mpcrt_executable *executable,
                                int32_t program);
int32_t mpcrt_executable_outputs(const mpcrt_executable *executable,
                                 int32_t program);
int32_t mpcrt_executable_variables(const mpcrt_executable *executable);
mpcrt_status *mpcrt_executable_input(const mpcrt_executable *executable,
                                     int32_t program, int32_t index,
                                     mpcrt_tensor_info *out);
mpcrt_status *mpcrt_executable_output(const mpcrt_executable *executable,
                                      int32_t program, int32_t index,
                                      mpcrt_tensor_info *out);
mpcrt_status *mpcrt_executable_variable(const mpcrt_executable *executable,
                                        int32_t index, mpcrt_tensor_info *out);

/* --- Several processes ------------------------------------------------- */

/* The processes of a run, started together by a launcher such as mpirun. They
 * do the same calls in the same order; devices are dealt to them in blocks.
 * Calls on a world fail with MPCRT_TIMEOUT and who is missing, or with
 * MPCRT_PEER_FAILED. After an error the world is of no more use: announce it,
 * and leave the process without closing. */
typedef struct mpcrt_world_options {
  uint32_t struct_size; /* sizeof(mpcrt_world_options) of the caller */
  uint32_t timeout_ms;  /* longest silence of a peer; 0 means 30000 */
  const char *plugin;   /* NULL: $MPCRT_TRANSPORT, else the MPI plugin */
} mpcrt_world_options;

/* Loads the plugin and joins the other processes. Closing waits for all. */
mpcrt_status *mpcrt_world_open(const mpcrt_world_options *options,
                               mpcrt_world **out);
mpcrt_status *mpcrt_world_close(mpcrt_world *world);

int32_t mpcrt_world_rank(const mpcrt_world *world);
int32_t mpcrt_world_size(const mpcrt_world *world);
/* How many of the processes run on this machine. */
int32_t mpcrt_world_local_size(const mpcrt_world *world);

/* A meeting: `all` gets the `bytes` of every process, by rank. `what` (below 64
 * characters) is compared, and named in errors. With `patient` those who still
 * show signs of life may come late. */
mpcrt_status *mpcrt_world_share(mpcrt_world *world, const char *what,
                                const void *mine, size_t bytes, void *all,
                                int32_t patient);
/* Rank 0's bytes for everybody; patient. */
mpcrt_status *mpcrt_world_broadcast(mpcrt_world *world, const char *what,
                                    void *data, size_t bytes);

/* Tells the others that this process ends, so that they need not wait. */
void mpcrt_world_announce(mpcrt_world *world, const char *reason);
/* Texts, cut at `capacity`: what process `rank` has announced, and what this
 * one waits for at the moment (a line a device). Both may be "". */
void mpcrt_world_failure(const mpcrt_world *world, int32_t rank, char *text,
                         size_t capacity);
void mpcrt_world_waits(const mpcrt_world *world, char *text, size_t capacity);

/* --- Sessions ---------------------------------------------------------- */

typedef struct mpcrt_options {
  uint32_t struct_size;       /* sizeof(mpcrt_options) of the caller */
  uint32_t timeout_ms;        /* longest wait for a peer; 0 means 30000 */
  int32_t threads_per_device; /* 0: max(1, cores / devices) */
  int32_t isolate;          /* 1: test mode, a kernel that touches the arena of
                               another device crashes; slow */
  int32_t trace;            /* 1: record mpcrt_trace_event */
  const char *communicator; /* NULL: the default of the executable's target */
  mpcrt_world *world;       /* NULL: all devices are in this process */
} mpcrt_options;

/* Threads that a device gets in a session with these values; compilers plan the
 * matmul workspace for it. */
int32_t mpcrt_default_threads(int32_t devices);

/* Allocates the arenas (zeroed) and starts one worker a device. `options` may
 * be NULL. In a world the session has this process's devices: the number of
 * devices must be a multiple of that of processes. */
mpcrt_status *mpcrt_session_create(const mpcrt_executable *executable,
                                   const mpcrt_options *options,
                                   mpcrt_session **out);
void mpcrt_session_destroy(mpcrt_session *session);

typedef struct mpcrt_buffer {
  void *data;
  size_t bytes;
} mpcrt_buffer;

/* Runs one program on all devices and returns when all have finished. Inputs
 * are only read. In a world all processes run it, read the rows of inputs that
 * their devices feed (mpcrt_session_input_rows), and rank 0 gets the outputs;
 * the others' are undefined. After an error other than MPCRT_INVALID_ARGUMENT
 * the session is poisoned: its variables are undefined and further runs fail.
 */
mpcrt_status *mpcrt_session_run(mpcrt_session *session, int32_t program,
                                const mpcrt_buffer *inputs, size_t input_count,
                                const mpcrt_buffer *outputs,
                                size_t output_count);

/* Reads or writes a box of a variable's global tensor, dense and row-major on
 * the host. `begin` and `size` (one entry a dimension) may both be NULL: all of
 * it. Writing reaches every replica; reading takes the first one. In a world
 * writing reaches this process's devices, and all processes read together: rank
 * 0 gets the box. */
mpcrt_status *mpcrt_session_write(mpcrt_session *session, const char *variable,
                                  const int64_t *begin, const int64_t *size,
                                  const void *data, size_t bytes);
mpcrt_status *mpcrt_session_read(mpcrt_session *session, const char *variable,
                                 const int64_t *begin, const int64_t *size,
                                 void *data, size_t bytes);

/* Sets rows[i] to 1 where a device of this process reads row i (of dimension 0)
 * of the input; leaves the others. `count` is that dimension. */
mpcrt_status *mpcrt_session_input_rows(const mpcrt_session *session,
                                       int32_t program, int32_t input,
                                       uint8_t *rows, size_t count);

/* A part of a variable, as one device holds it. Pointers live as long as the
 * session. */
typedef struct mpcrt_shard {
  const int64_t *begin, *size; /* one entry a dimension */
  int32_t device;
  int32_t is_here; /* 1: the device belongs to this process */
} mpcrt_shard;

/* The variable's shards that together are all of it, without replicas, by
 * ascending index. Past the last one `device` is -1. */
mpcrt_status *mpcrt_session_shard(const mpcrt_session *session,
                                  const char *variable, int32_t index,
                                  mpcrt_shard *out);

/* The same as mpcrt_session_read for a box that devices of this process hold:
 * no other process takes part. */
mpcrt_status *mpcrt_session_read_here(mpcrt_session *session,
                                      const char *variable,
                                      const int64_t *begin, const int64_t *size,
                                      void *data, size_t bytes);

/* --- What happened ----------------------------------------------------- */

typedef struct mpcrt_memory {
  int64_t predicted; /* bytes the manifest plans for the device */
  int64_t allocated; /* bytes the device's allocator gave out */
} mpcrt_memory;

mpcrt_status *mpcrt_session_memory(const mpcrt_session *session, int32_t device,
                                   mpcrt_memory *out);

/* One action of the latest run. Times are nanoseconds of CLOCK_MONOTONIC: those
 * of the device's work, where it works later than it is asked. A receive that
 * runs beside other actions overlaps them. */
typedef struct mpcrt_trace_event {
  int32_t program;
  int32_t device;
  int64_t action; /* the action's id */
  int64_t start_ns;
  int64_t end_ns;
} mpcrt_trace_event;

/* Copies up to `capacity` events, ordered by device and then as in its list,
 * and stores how many there are. */
mpcrt_status *mpcrt_session_trace(const mpcrt_session *session,
                                  mpcrt_trace_event *events, size_t capacity,
                                  size_t *count);

enum {
  MPCRT_ALL_REDUCE = 0,
  MPCRT_ALL_GATHER = 1,
  MPCRT_REDUCE_SCATTER = 2,
  MPCRT_ALL_TO_ALL = 3,
  MPCRT_COLLECTIVES = 4
};

/* Work of one device since the session began. Bytes of a collective are those
 * of its full tensor (all members' blocks together). */
typedef struct mpcrt_counters {
  int64_t actions;
  int64_t kernels;
  int64_t matmuls;
  int64_t matmul_flops; /* 2 m n k a matmul and batch entry */
  int64_t attentions;   /* and gradients of them */
  int64_t sends, send_bytes;
  int64_t receives, receive_bytes;
  int64_t collectives[MPCRT_COLLECTIVES];
  int64_t collective_bytes[MPCRT_COLLECTIVES];
} mpcrt_counters;

mpcrt_status *mpcrt_session_counters(const mpcrt_session *session,
                                     int32_t device, mpcrt_counters *out);

/* --- This machine ------------------------------------------------------ */

/* A device that a target could use, as its driver describes it. */
typedef struct mpcrt_device_info {
  char name[96]; /* "NVIDIA H200" */
  int64_t memory_bytes;
  int32_t compute_capability; /* 10 major + minor: 90 */
  int32_t multiprocessors;
  int32_t clock_khz, memory_clock_khz; /* the highest ones */
  int32_t memory_bus_bits;
  int32_t links;                       /* NVLinks that are up; -1: unknown */
  int32_t pcie_generation, pcie_lanes; /* 0: unknown */
} mpcrt_device_info;

/* The devices of a target on this machine, by number: stores up to `capacity`
 * and how many there are. Where the driver is missing, MPCRT_UNSUPPORTED says
 * what to do; "cpu" has no driver to ask. */
mpcrt_status *mpcrt_machine_devices(const char *target,
                                    mpcrt_device_info *devices, size_t capacity,
                                    size_t *count);

enum {
  MPCRT_LINK_HOST = 0,  /* through the host's memory */
  MPCRT_LINK_PCIE = 1,  /* directly, over the bus */
  MPCRT_LINK_NVLINK = 2 /* directly, over links of their own */
};

/* How two of these devices reach each other. */
mpcrt_status *mpcrt_machine_link(const char *target, int32_t from, int32_t to,
                                 int32_t *link);

/* --- For the compiler -------------------------------------------------- */

/* Bytes of arena workspace that this matmul needs on the CPU with so many
 * threads. A device's workspace is the largest of its matmuls. */
mpcrt_status *mpcrt_matmul_workspace(const mpcrt_matmul_desc *desc,
                                     int32_t threads, int64_t *bytes);

/* Bytes of arena workspace for the operands of this matmul that cuBLASLt cannot
 * read where they lie. What the workspace has beyond that is the library's. */
mpcrt_status *mpcrt_cuda_matmul_copies(const mpcrt_matmul_desc *desc,
                                       int64_t *bytes);

/* An estimate of the workspace that cuDNN needs for this attention. A device's
 * arena has room for the largest one of its attentions and matmuls; what a
 * device turns out to need beyond that it takes beside the arena when a session
 * is created. */
mpcrt_status *mpcrt_cuda_attention_workspace(const mpcrt_attention_desc *desc,
                                             int64_t *bytes);

/* Whether this machine can run executables of a target ("cpu", "cuda"): if not,
 * the status says what is missing and what to do. Loads what the target needs,
 * and nothing of an executable. */
mpcrt_status *mpcrt_target_check(const char *target);

/* Whether the CPU's library multiplies this element type: 1 or 0. bf16 needs
 * AVX-512. */
int32_t mpcrt_matmul_has_type(int32_t dtype);

/* Whether the CPU adds this matmul's bias and applies its activation while it
 * writes C: 1 if so; 0 if a kernel afterwards is as fast or faster. */
int32_t mpcrt_matmul_has_fast_epilogue(const mpcrt_matmul_desc *desc);

MPCRT_STATIC_ASSERT(sizeof(mpcrt_tensor_info) == 32, "no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_options) == 40, "padding of 4 only");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_world_options) == 16, "no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_shard) == 24, "no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_buffer) == 16, "no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_memory) == 16, "no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_device_info) == 136, "no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_trace_event) == 32, "no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_counters) == 17 * 8, "no padding");

#ifdef __cplusplus
}
#endif

#endif /* MPCRT_MPCRT_H */
