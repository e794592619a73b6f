#include <utility>

#include "client/channel.h"
#include "transport/base/limits.h"

// What a Channel does that is a waiting room: it keeps frames and calls like any other, and hands
// them on instead of connecting.
namespace tarsier {

void Channel::hand_on(HandOn to) {
  const Bytes frames = output_.take();
  std::span<const std::byte> rest = frames.span();
  tars::FrameSplitter splitter(limits::frame_bytes_max);
  splitter.feed(rest);
  std::span<const std::byte> packet;
  while (splitter.next(packet) == tars::FrameSplitter::Cut::frame) {
    Waiting waiting;
    const auto own = tars::decode_request(packet, waiting.request);
    const auto id = static_cast<std::uint32_t>(waiting.request.request_id);
    waiting.deadline = pending_.deadline_of(id);
    waiting.call = waiting.request.one_way() ? nullptr : pending_.take(id);
    if (waiting.call == nullptr && !waiting.request.one_way()) continue;  // forgotten, or too late
    if (waiting.call != nullptr) {
      waiting.call->channel_ = nullptr;
      waiting.info = waiting.call->info_;
    }
    // No server would take it either: names and maps have limits.
    if (!own) {
      fail(waiting.call, Error(Code::send, "the request is not legal: " + own.error().detail));
    } else {
      to(waiting);
    }
  }
}

void Channel::fail_waiting(const Error& error) {
  hand_on([&](const Waiting& waiting) { fail(waiting.call, error); });
}

}  // namespace tarsier
