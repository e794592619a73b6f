#pragma once

#include <algorithm>
#include <cstdint>

#include "client/balance/outcome.h"
#include "transport/base/time.h"

namespace tarsier::balance {

struct RetryOptions {
  std::uint32_t attempts_max = 3;  // of one call, the first among them; 1: no retries
  Duration backoff_first = std::chrono::milliseconds(25);
  Duration backoff_max = std::chrono::seconds(1);
  std::uint32_t budget = 100;           // tokens
  std::uint32_t budget_permille = 100;  // of a token, earned by a call that goes well
};

// How much repeating a client allows itself towards one servant, so that its retries never become
// the load that keeps the servant down. A failure costs a token, a success earns a tenth of one;
// below half of them nothing is repeated. So as long as more than one call in eleven fails,
// retries dry up.
//
// What was never sent is neither: repeating it is the first that a server sees of it.
class RetryBudget {
 public:
  explicit RetryBudget(const RetryOptions& options)
      : most_(std::int64_t{options.budget} * 1000),
        earned_(options.budget_permille),
        left_(most_) {}

  void succeeded() { left_ = std::min(most_, left_ + earned_); }
  void failed() { spend(); }
  // A backup request is paid for when it is sent: it follows no failure.
  void sent_backup() { spend(); }
  bool allows() const { return left_ > most_ / 2; }
  std::int64_t thousandths_left() const { return left_; }

 private:
  void spend() { left_ = std::max<std::int64_t>(0, left_ - 1000); }

  std::int64_t most_;
  std::int64_t earned_;
  std::int64_t left_;  // thousandths of a token
};

// One attempt of a call, and the question whether another one may follow.
struct Attempt {
  Outcome outcome = Outcome::answered;
  std::uint32_t attempts = 1;  // made so far
  bool idempotent = false;     // the caller says that running twice does no harm
  Duration left{};             // of the call's time
  Duration at_least{};         // the server asked to wait for so long
};

enum class RetryVerdict : std::uint8_t {
  retry,
  final,   // an answer, or nobody waits: there is nothing to repeat
  unsafe,  // it may have run
  enough,  // attempts
  no_budget,
  no_time,
};

struct RetryDecision {
  RetryVerdict verdict = RetryVerdict::final;
  Duration wait{};  // before the next attempt: full jitter
};

// Pure: nothing is spent. What was never sent needs no budget. `random`: 64 random bits.
RetryDecision decide_retry(const RetryOptions& options, const RetryBudget& budget,
                           const Attempt& attempt, std::uint64_t random);

// Whether a call that is not answered yet may be sent to a second endpoint as well, without ending
// the first attempt. `after`: since the call began, zero for never.
struct BackupQuestion {
  Duration after{};
  Duration passed{};           // since the call began
  Duration left{};             // of the call's time
  std::uint32_t attempts = 1;  // made so far
  bool idempotent = false;
  bool sent = false;  // there is a backup request already
};
bool may_send_backup(const RetryOptions& options, const RetryBudget& budget,
                     const BackupQuestion& question);

}  // namespace tarsier::balance
