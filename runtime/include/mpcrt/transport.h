/* What carries bytes between the processes of a run: a table of functions that
 * a plugin fills. The runtime builds everything else on it: collectives,
 * time-outs, heartbeats. A plugin is a shared object with one symbol,
 * mpcrt_transport_open; it needs no other part of the runtime. mpc comes with
 * one for MPI, which has no ABI of its own and so must be met as source.
 *
 * Calls never come from two threads at once, but from any thread, except open
 * and close: those come from the same one. No call may block: what takes time
 * is a request that is tested until it is done.
 */
#ifndef MPCRT_TRANSPORT_H
#define MPCRT_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MPCRT_TRANSPORT_VERSION 2
#define MPCRT_TRANSPORT_SYMBOL "mpcrt_transport_open"

/* A message under way. */
typedef uint64_t mpcrt_request;

enum { MPCRT_ANY_RANK = -1 };

typedef struct mpcrt_transport {
  int32_t rank, size; /* this process, and how many there are */
  int32_t local_rank; /* this process among those of this machine */
  int32_t local_size; /* how many of them run on this machine */
  int32_t max_tag;    /* tags are 0 to this */
  void *state;

  /* Start a message. Messages from one process to another that have the same
   * tag arrive in the order in which they were started. `data` stays
   * untouched (and alive) until the request is done. A receive takes at most
   * `bytes`; `from` may be MPCRT_ANY_RANK. `bytes` is below 2^31. Return 0, or
   * an error's number. */
  int32_t (*send)(void *state, int32_t to, int32_t tag, const void *data,
                  size_t bytes, mpcrt_request *request);
  int32_t (*receive)(void *state, int32_t from, int32_t tag, void *data,
                     size_t bytes, mpcrt_request *request);
  /* Sets `done` to 1 when the request is over, which ends it. */
  int32_t (*test)(void *state, mpcrt_request *request, int32_t *done);
  /* Ends a request, done or not, as far as that is possible. */
  void (*cancel)(void *state, mpcrt_request *request);
  /* The text of an error's number. */
  void (*describe)(void *state, int32_t error, char *text, size_t capacity);
  /* All processes call it; the last call. */
  void (*close)(void *state);
} mpcrt_transport;

/* Joins the other processes, which may wait for them. `version` is the caller's
 * MPCRT_TRANSPORT_VERSION. Returns 0, or another number and a reason in
 * `text`. */
typedef int32_t (*mpcrt_transport_opener)(uint32_t version,
                                          mpcrt_transport *transport,
                                          char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif /* MPCRT_TRANSPORT_H */
