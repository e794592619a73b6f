#include "client/balance/retry.h"

#include "client/balance/backoff.h"

namespace tarsier::balance {

RetryDecision decide_retry(const RetryOptions& options, const RetryBudget& budget,
                           const Attempt& attempt, std::uint64_t random) {
  RetryDecision decision;
  if (attempt.outcome == Outcome::answered || attempt.outcome == Outcome::abandoned) {
    decision.verdict = RetryVerdict::final;
  } else if (!safe_to_repeat(attempt.outcome) && !attempt.idempotent) {
    decision.verdict = RetryVerdict::unsafe;
  } else if (attempt.attempts >= options.attempts_max) {
    decision.verdict = RetryVerdict::enough;
  } else if (!never_sent(attempt.outcome) && !budget.allows()) {
    decision.verdict = RetryVerdict::no_budget;
  } else {
    const std::uint32_t repeated = attempt.attempts > 0 ? attempt.attempts - 1 : 0;
    const Duration most = doubled(options.backoff_first, repeated, options.backoff_max);
    decision.wait = std::max(attempt.at_least, any_of(most, random));
    decision.verdict = decision.wait < attempt.left ? RetryVerdict::retry : RetryVerdict::no_time;
  }
  return decision;
}

bool may_send_backup(const RetryOptions& options, const RetryBudget& budget,
                     const BackupQuestion& question) {
  return question.idempotent && !question.sent && question.after > Duration::zero() &&
         question.passed >= question.after && question.left > Duration::zero() &&
         question.attempts < options.attempts_max && budget.allows();
}

}  // namespace tarsier::balance
