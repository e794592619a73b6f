#include "client/call_attempt.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "transport/base/limits.h"

namespace tarsier {
namespace {

// What one request may take of the bytes that are kept, and how much of its memory, and of how many
// of them, waits for the next one.
constexpr std::size_t frame_kept_max = 64 * limits::kib;
constexpr std::size_t memory_kept_max = 1 * limits::kib;
constexpr std::size_t free_with_memory_max = 1'024;

}  // namespace

CallAttempt& AttemptPool::take() {
  if (free_.empty()) return all_.emplace_back(owner_);
  CallAttempt& attempt = *free_.back();
  free_.pop_back();
  return attempt;
}

void AttemptPool::give_back(CallAttempt& attempt) {
  kept_bytes_ -= attempt.frame.size();
  if (attempt.frame.capacity() > memory_kept_max || free_.size() >= free_with_memory_max) {
    attempt.frame = ByteBuffer();
  } else {
    attempt.frame.clear();
  }
  attempt.under_way = false;
  attempt.counted = false;
  attempt.elsewhere = false;
  attempt.attempts = 1;
  attempt.earlier.reset();
  attempt.earlier_may_have_run = false;
  free_.push_back(&attempt);
}

void AttemptPool::keep(CallAttempt& attempt, std::span<const std::byte> frame) {
  if (frame.size() > frame_kept_max || frame.size() > kept_bytes_max_ - kept_bytes_) return;
  attempt.frame.append(frame);
  kept_bytes_ += frame.size();
}

HeaderAgain::HeaderAgain(const tars::RequestView& request, Duration left)
    : context_(request.context.to_map()), status_(request.status.to_map()) {
  header_.version = request.version;
  header_.message_type = request.message_type;
  header_.servant = request.servant;
  header_.function = request.function;
  header_.timeout_ms = static_cast<std::int32_t>(std::max<std::int64_t>(1, to_ms(left)));
  header_.context = &context_;
  header_.status = &status_;
  header_.body_bytes_guess = request.body.size();
}

}  // namespace tarsier
