//===- Actions.h - A pipeline schedule as lists of actions ------*- C++ -*-===//
//
// A schedule says what every device group does, in order. It is data: the
// generators write it, complete() adds the transfers, check() proves it, the
// simulator times it and the runtime executes the very same lists.
//
// Dependencies are not stored. They follow from the edges of the partitioned
// program (Program.h), so that every order the checker accepts is legal.
//
// 1F1B on two groups with two micro-batches, before completion:
//
//   0F0,0F1,0B0,0B1
//   1F0,1B0,1F1,1B1
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_ACTIONS_H
#define MPC_SCHEDULE_ACTIONS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace mpc::schedule {

enum class ActionKind : uint8_t {
  Prepare,    ///< once a step, before everything else: casts, gathers
  Forward,    ///< F
  Backward,   ///< B: input and weight gradient in one body
  InputGrad,  ///< I: the first half of a split backward
  WeightGrad, ///< W: the second half, accumulates gradients
  Update,     ///< once a step, after everything else, in levels
  Send,       ///< posts a buffer and goes on; it must stay untouched
  Recv,       ///< blocks until the send was posted, then copies
  WaitSend,   ///< blocks until the receiver has its copy
};

/// True for the kinds that run once for each micro-batch.
bool isPerMicro(ActionKind kind);
/// True for Send, Recv and WaitSend.
bool isTransfer(ActionKind kind);
/// True for the kinds that add to gradients: Backward and WeightGrad.
bool accumulatesGradients(ActionKind kind);
/// The manifest's word: "forward", "input_grad", "wait_send", ...
llvm::StringRef kindName(ActionKind kind);

/// One step of one device group.
struct Action {
  ActionKind kind = ActionKind::Forward;
  /// Pipeline stage; for a transfer, the stage of the body that produces it.
  int chunk = 0;
  /// Micro-batch, or -1 for what happens once a step.
  int micro = -1;
  /// Prepare and Update run in levels: all of level 0, then level 1, ...
  int part = 0;
  /// Transfers only: kind of the producing body, index into the program's
  /// edges, and both ends. An edge to several groups is several transfers.
  ActionKind payload = ActionKind::Forward;
  int edge = -1;
  int fromGroup = -1;
  int toGroup = -1;

  bool operator==(const Action &) const = default;
};

/// Ordered lists of actions, one a device group.
struct Schedule {
  int numGroups = 0;
  int numChunks = 0;
  int numMicroBatches = 0;
  /// Device group that owns each chunk; any map (a group may own several).
  std::vector<int> chunkToGroup;
  std::vector<std::vector<Action>> lists;

  bool operator==(const Schedule &) const = default;
};

/// A number for each action that is unique in the schedule: its index when the
/// lists are read one after the other. Traces and manifests use it.
int64_t actionId(const Schedule &schedule, int group, int index);
/// The same where every group has `members` devices, of the one at `member`.
int64_t actionId(const Schedule &schedule, int group, int index,
                 int64_t members, int64_t member);

/// The most micro-batches of a chunk between their actions of two kinds; at
/// least one.
int64_t countInFlight(const Schedule &schedule, int chunk, ActionKind from,
                      ActionKind to);

/// A cell in PyTorch's notation, extended:
///   2F0 2B0 2I0 2W0     stage 2, micro-batch 0
///   2PREPARE 2UPDATE.1  once a step; level 1
///   0SEND_F1:3>2        stage 0's forward result of micro-batch 1, which is
///                       edge 3, leaves for group 2
///   0RECV_F1:3<0        ... is received from group 0
///   0WAIT_F1:3>2        ... may be overwritten again
/// Results of once-a-step bodies are SEND_P and SEND_U. A transfer without a
/// micro-batch happens once a step.
std::string toText(const Action &action);

/// The inverse of toText for a cell of `group`'s row.
llvm::Expected<Action> parseAction(llvm::StringRef cell, int group);

/// One row a group, cells separated by commas; a group with nothing to do
/// prints as a lone comma (two bubbles).
std::string printCSV(const Schedule &schedule);

/// Reads printCSV's text or a hand-written schedule. Empty cells are bubbles
/// and carry no meaning; blank lines and lines starting with '#' are skipped.
/// Counts follow from the cells: a row is a group, and chunks and micro-batches
/// must be numbered without gaps. Errors name row and column, from 1:
///   row 2, column 3: unknown action '1X0', expected one of ...
/// The order of the actions is not judged here; see checkCompute and check.
llvm::Expected<Schedule> parseCSV(llvm::StringRef text);

/// {"micro_batches": 2, "chunk_to_group": [0, 1], "lists": [["0F0", ...], ...]}
nlohmann::json toJSON(const Schedule &schedule);
llvm::Expected<Schedule> fromJSON(const nlohmann::json &json);

/// Counts, sizes and index ranges agree, so that every index in the lists may
/// be used without further checks. Says nothing about the order.
llvm::Error checkShape(const Schedule &schedule);

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_ACTIONS_H
