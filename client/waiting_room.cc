#include "client/waiting_room.h"

#include <utility>

#include "protocol/tars/frame.h"
#include "transport/base/limits.h"

namespace tarsier {

ByteBuffer* WaitingRoom::begin(PendingCall* call, const CallTerms& terms, const CallTraits& traits,
                               tars::RequestHeader& header) {
  if (closed_) {
    calls_.fail(call, Error(Code::closed, "the client is closed"));
    return nullptr;
  }
  if (frames_.size() >= core_.options().queued_bytes_max || calls_.full()) {
    ++core_.counters().queue_full;
    calls_.fail(call,
                Error(Code::send, "client queue full: " + std::to_string(frames_.size()) +
                                      " bytes are unsent and " + std::to_string(calls_.size()) +
                                      " calls wait for an endpoint of this object"));
    return nullptr;
  }
  open_traits_ = traits;
  calls_.begin(call, terms, header);
  return &frames_;
}

void WaitingRoom::end(const Result<>& encoded) {
  if (calls_.end(encoded)) traits_.push_back(open_traits_);
}

void WaitingRoom::hand_on(HandOn to) {
  const Bytes frames = frames_.take();
  auto all_traits = std::exchange(traits_, {});
  tars::FrameSplitter splitter(limits::frame_bytes_max);
  splitter.feed(frames.span());
  std::span<const std::byte> packet;
  while (splitter.next(packet) == tars::FrameSplitter::Cut::frame) {
    Waiting waiting;
    waiting.traits = all_traits.front();
    all_traits.pop_front();
    const auto own = tars::decode_request(packet, waiting.request);
    const auto id = static_cast<std::uint32_t>(waiting.request.request_id);
    if (!waiting.request.one_way()) {
      waiting.call = calls_.give_away(id, waiting.info, waiting.deadline);
      if (waiting.call == nullptr) continue;  // forgotten, or too late
    }
    // No server would take it either: names and maps have limits.
    if (!own) {
      calls_.fail(waiting.call,
                  Error(Code::send, "the request is not legal: " + own.error().detail));
    } else {
      to(waiting);
    }
  }
}

void WaitingRoom::fail_all(const Error& error) {
  hand_on([&](const Waiting& waiting) { calls_.fail(waiting.call, error); });
}

void WaitingRoom::close() {
  if (std::exchange(closed_, true)) return;
  fail_all(Error(Code::closed, "the client was closed"));
}

Error WaitingRoom::timed_out() const {
  return Error(Code::no_endpoint, "no endpoint before the deadline of the call: " + reason_);
}

}  // namespace tarsier
