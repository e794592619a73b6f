#include "client/endpoint_set.h"

#include <algorithm>
#include <map>
#include <utility>

#include "client/blocking_call.h"
#include "client/posted_call.h"
#include "client/user_code.h"
#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/clock.h"
#include "transport/executor.h"

namespace tarsier {

EndpointSet::EndpointSet(ClientCore& core, const ObjectName& name, std::size_t frame_bytes_max)
    : core_(core),
      servant_(name.servant),
      frame_bytes_max_(frame_bytes_max),
      waiting_(core),
      head_(core, core.options().set_division) {
  TARSIER_CHECK(name.direct(), "an object without endpoints needs a registry");
  for (const Endpoint& endpoint : name.endpoints) channels_.push_back(channel_to(endpoint));
}

EndpointSet::EndpointSet(ClientCore& core, Resolver& resolver, const Lookup& lookup,
                         std::size_t frame_bytes_max)
    : core_(core),
      servant_(lookup.object),
      frame_bytes_max_(frame_bytes_max),
      resolver_(&resolver),
      waiting_(core),
      head_(core, lookup.scope == Lookup::Scope::set ? lookup.where : core.options().set_division) {
  waiting_.waits_because("the registry has not answered yet");
  resolver.watch(lookup, *this);
}

EndpointSet::~EndpointSet() = default;

bool EndpointSet::in_loop() const { return core_.env().executor.in_loop(); }

std::unique_ptr<Channel> EndpointSet::channel_to(const Endpoint& to) {
  return make_channel(core_, *this, to, frame_bytes_max_, core_.transport_to(servant_));
}

Channel& EndpointSet::pick(const std::optional<std::uint64_t>& hash) {
  const std::size_t count = channels_.size();
  if (hash) {
    cursor_ = static_cast<std::size_t>(*hash % count);
  } else {
    cursor_ = cursor_ + 1 < count ? cursor_ + 1 : 0;
  }
  for (std::size_t i = 0; i < count; ++i) {
    Channel& channel = *channels_[cursor_];
    if (!channel.failed_recently()) return channel;
    cursor_ = cursor_ + 1 < count ? cursor_ + 1 : 0;
  }
  return *channels_[cursor_];
}

void EndpointSet::fail_unsent(PendingCall* call, const Error& why) {
  if (call != nullptr) return call->on_failure(why);
  ++core_.counters().one_way_dropped;
}

ByteBuffer* EndpointSet::begin(const CallTarget& target, PendingCall* call,
                               tars::RequestHeader& header) {
  ClientCounters& counters = core_.counters();
  ++(call != nullptr ? counters.calls : counters.one_way_calls);
  const CallOptions& options = target.options;
  const Duration timeout = head_.timeout_of(target);
  if (timeout <= Duration::zero()) [[unlikely]] {
    fail_unsent(call, Error(Code::timeout,
                            "nothing is left of the time of the call that this one is made for"));
    return nullptr;
  }
  header.servant = servant_;
  head_.fill(target, timeout, header);
  if (resolver_ != nullptr) {
    resolver_->used(*this);
    if (channels_.empty() && settled_) {
      fail_unsent(call, *settled_);
      return nullptr;
    }
  }
  open_channel_ = channels_.empty() ? nullptr : &pick(options.hash);
  return open_channel_ != nullptr
             ? open_channel_->begin(call, timeout, options.reply_info, header)
             : waiting_.begin(call, timeout, options.reply_info, options.hash, header);
}

void EndpointSet::end(const Result<>& encoded) {
  open_channel_ != nullptr ? open_channel_->end(encoded) : waiting_.end(encoded);
}

// Those to which there is a channel; `refused`: why the last of the others is not.
std::vector<Endpoint> EndpointSet::callable(const std::vector<Endpoint>& active,
                                            std::string& refused) const {
  std::vector<Endpoint> all;
  for (const Endpoint& endpoint : active) {
    if (const auto fits = check_channel_to(endpoint, core_.transport_to(servant_)); fits) {
      all.push_back(endpoint);
    } else {
      refused = fits.error().detail;
      TARSIER_LOG(core_.env().log, warn, "client",
                  "an endpoint of " + servant_ + " is passed over: " + refused);
    }
  }
  return all;
}

// What stays keeps its connection and the calls on it; what goes finishes what is under way.
void EndpointSet::on_endpoints(const EndpointLists& lists) {
  std::map<std::string, std::unique_ptr<Channel>> known;
  for (auto& channel : channels_) known.emplace(channel->endpoint().identity(), std::move(channel));
  channels_.clear();
  std::string refused;
  for (const Endpoint& endpoint : callable(lists.active, refused)) {
    auto& channel = known[endpoint.identity()];
    channels_.push_back(channel != nullptr ? std::move(channel) : channel_to(endpoint));
  }
  drop_retired();
  for (auto& [identity, channel] : known) {
    if (channel == nullptr) continue;
    retired_.push_back(std::move(channel));
    retired_.back()->retire();
  }
  cursor_ = 0;
  settled_.reset();
  if (!channels_.empty()) return hand_on_waiting();
  if (!refused.empty()) settle(Error(Code::no_endpoint, std::move(refused)));
}

void EndpointSet::settle(Error why) {
  settled_ = std::move(why);
  waiting_.fail_all(*settled_);
}

bool EndpointSet::on_unresolved(const Error& why, bool settled) {
  waiting_.waits_because(why.to_string());
  if (settled) {
    settle(why.code == Code::no_endpoint
               ? why
               : Error(Code::no_endpoint, "the registry does not answer: " + why.to_string()));
  }
  return !waiting_.empty();
}

void EndpointSet::hand_on_waiting() {
  waiting_.hand_on([&](const WaitingRoom::Waiting& waiting) {
    const tars::StringMap context = waiting.request.context.to_map();
    const tars::StringMap status = waiting.request.status.to_map();
    tars::RequestHeader header;
    header.version = waiting.request.version;
    header.message_type = waiting.request.message_type;
    header.servant = waiting.request.servant;
    header.function = waiting.request.function;
    header.timeout_ms = waiting.request.timeout_ms;
    header.context = &context;
    header.status = &status;
    header.body_bytes_guess = waiting.request.body.size();
    const Duration left = std::max<Duration>(waiting.deadline - core_.env().clock.now(),
                                             std::chrono::milliseconds(1));
    Channel& channel = pick(waiting.hash);
    ByteBuffer* const output = channel.begin(waiting.call, left, waiting.info, header);
    if (output != nullptr) channel.end(tars::write_frame(*output, header, waiting.request.body));
  });
}

void EndpointSet::on_unreachable(Channel&) {
  if (resolver_ != nullptr) resolver_->doubted(*this);
}

void EndpointSet::post(const CallTarget& target, std::unique_ptr<OwnedCall> call,
                       Result<ByteBuffer> body) {
  post_call(core_.env().executor, *this, target, std::move(call), std::move(body));
}

void EndpointSet::set_push_callback(PushCallback callback, CallbackOn on) {
  auto target = std::make_unique<PushTarget>(std::move(callback), on);
  run_on_loop(core_.env().executor, [&] {
    // The old one may be running beside the loop.
    (push_running_ ? next_push_target_ : push_target_) = std::move(target);
  });
}

bool EndpointSet::waits_for_pushes() const {
  return push_target_ != nullptr && push_target_->callback;
}

void EndpointSet::on_push(const tars::ResponseView& view) {
  if (push_target_ == nullptr || !push_target_->callback ||
      pushes_.size() >= limits::pushes_waiting_max) {
    ++core_.counters().pushes_dropped;
    return;
  }
  Push push;
  push.function = view.status.find("TARS_FUNC").value_or("");
  push.description = view.description;
  push.context = view.context.to_map();
  push.body.append(view.body);
  pushes_.push_back(std::move(push));
  if (!push_running_) deliver_push();
}

// One at a time, so that a callback sees pushes in order and never runs twice at once, and one that
// is replaced while it runs lives until it returns.
void EndpointSet::deliver_push() {
  for (;;) {
    push_running_ = !pushes_.empty();
    if (next_push_target_ != nullptr) push_target_ = std::move(next_push_target_);
    if (!push_running_) return;
    Push push = std::move(pushes_.front());
    pushes_.pop_front();
    if (!push_target_->callback) {
      ++core_.counters().pushes_dropped;
    } else if (push_target_->on == CallbackOn::loop) {
      const std::string thrown = what_it_threw(push_target_->callback, std::move(push));
      if (!thrown.empty()) core_.callback_threw(UserFunction{servant_, "(push)"}, thrown);
    } else {
      return core_.run_beside(
          UserFunction{servant_, "(push)"},
          [target = push_target_.get(), late = std::move(push)]() mutable {
            target->callback(std::move(late));
          },
          [this] { deliver_push(); });
    }
  }
}

// New calls go elsewhere or over a new connection; those under way end on the old one.
void EndpointSet::replace(Channel& channel) {
  const auto place = std::find_if(channels_.begin(), channels_.end(),
                                  [&](const auto& owned) { return owned.get() == &channel; });
  if (place == channels_.end()) return;
  auto successor = channel_to(channel.endpoint());
  successor->mark_failed();
  std::swap(*place, successor);
  drop_retired();
  retired_.push_back(std::move(successor));
  channel.retire();
}

void EndpointSet::drop_retired() {
  std::erase_if(retired_, [](const auto& channel) { return channel->quiet(); });
}

void EndpointSet::close() {
  if (resolver_ != nullptr) resolver_->unwatch(*this);
  waiting_.close();
  for (const auto& channel : channels_) channel->close();
  for (const auto& channel : retired_) channel->close();
  pushes_.clear();
}

bool EndpointSet::quiet() const {
  const auto is_quiet = [](const auto& channel) { return channel->quiet(); };
  return std::all_of(channels_.begin(), channels_.end(), is_quiet) &&
         std::all_of(retired_.begin(), retired_.end(), is_quiet);
}

}  // namespace tarsier
