#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "client/balance/endpoint_picker.h"
#include "client/balance/policy.h"
#include "client/call_options.h"
#include "client/sending.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/packet_writer.h"
#include "transport/base/bytes.h"
#include "transport/base/error.h"
#include "transport/base/time.h"

namespace tarsier {

// What the choice of endpoints and repetitions asks of a call, for as long as it lives.
struct CallTraits {
  CallTraits() = default;
  explicit CallTraits(const CallOptions& options)
      : hash(options.hash),
        hash_kind(options.hash_kind),
        idempotent(options.idempotent),
        repeat(options.repeat) {}

  std::optional<std::uint64_t> hash;
  balance::HashKind hash_kind = balance::HashKind::of_policy;
  bool idempotent = false;
  bool repeat = true;
};

// One awaited call on its way: where it is, since when, and what it takes to send it again.
class CallAttempt final : public Sending {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    // The three ends of Sending; the attempt is the owner's to give back.
    virtual void on_answered(CallAttempt& attempt) = 0;
    virtual bool on_failed(CallAttempt& attempt, PendingCall& call, Error& error,
                           Duration retry_after) = 0;
    virtual void on_forgotten(CallAttempt& attempt) noexcept = 0;
  };

  explicit CallAttempt(Owner& owner) : owner_(owner) {}

  void answered() override { owner_.on_answered(*this); }
  bool failed(PendingCall& call, Error& error, Duration retry_after) override {
    return owner_.on_failed(*this, call, error, retry_after);
  }
  void forgotten() noexcept override { owner_.on_forgotten(*this); }

  CallTraits traits;
  ReplyInfo* info = nullptr;
  TimePoint deadline;      // of the call
  TimePoint began;         // this attempt
  balance::EndpointId at;  // where it went
  bool under_way = false;  // on a channel, instead of waiting for its turn
  bool counted = false;    // the picker was told that it started
  bool elsewhere = false;  // the next attempt goes to another endpoint, or not at all
  std::uint32_t attempts = 1;
  ByteBuffer frame;              // the request; empty: it was not kept, and cannot be repeated
  std::optional<Error> earlier;  // what the last attempt but this one ended with
  bool earlier_may_have_run = false;

 private:
  Owner& owner_;
};

// Attempts and their memory, used again and again. What is kept of requests is bounded: a request
// that is too large, or too many of them, and calls are made that cannot be repeated.
class AttemptPool {
 public:
  AttemptPool(CallAttempt::Owner& owner, std::size_t kept_bytes_max)
      : owner_(owner), kept_bytes_max_(kept_bytes_max) {}

  CallAttempt& take();
  void give_back(CallAttempt& attempt);
  void keep(CallAttempt& attempt, std::span<const std::byte> frame);
  std::size_t kept_bytes() const { return kept_bytes_; }

 private:
  CallAttempt::Owner& owner_;
  const std::size_t kept_bytes_max_;
  std::size_t kept_bytes_ = 0;
  std::deque<CallAttempt> all_;
  std::vector<CallAttempt*> free_;
};

// The header of a request that was encoded before, to encode it once more. The views of `header()`
// stand in this object and in the packet.
class HeaderAgain {
 public:
  HeaderAgain(const tars::RequestView& request, Duration left);
  HeaderAgain(const HeaderAgain&) = delete;
  HeaderAgain& operator=(const HeaderAgain&) = delete;
  tars::RequestHeader& header() { return header_; }

 private:
  tars::StringMap context_;
  tars::StringMap status_;
  tars::RequestHeader header_;
};

}  // namespace tarsier
