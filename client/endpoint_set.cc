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
namespace {

using balance::EndpointId;
using balance::Outcome;

balance::PickerOptions picker_options(const ClientCore& core, balance::Policy policy,
                                      Random& random) {
  balance::PickerOptions options = core.options().balance;
  options.policy = policy;
  if (options.subset.client == 0) options.subset.client = random.next();
  return options;
}

}  // namespace

EndpointSet::EndpointSet(ClientCore& core, Resolver* resolver, std::string servant,
                         const std::string& set, std::size_t frame_bytes_max,
                         balance::Policy policy)
    : core_(core),
      servant_(std::move(servant)),
      frame_bytes_max_(frame_bytes_max),
      resolver_(resolver),
      random_(core.env().random.fork("balance " + servant_)),
      picker_(picker_options(core, policy, random_)),
      budget_(core.options().retry),
      attempts_(*this, core.options().repeat_bytes_max),
      waiting_(core),
      resting_(core,
               [this](PendingCall& call, CallAttempt& attempt) { send_again(call, attempt); }),
      head_(core, set) {
  if (core.options().throttle) throttle_.emplace(*core.options().throttle);
}

EndpointSet::EndpointSet(ClientCore& core, const ObjectName& name, std::size_t frame_bytes_max,
                         balance::Policy policy)
    : EndpointSet(core, nullptr, name.servant, core.options().set_division, frame_bytes_max,
                  policy) {
  TARSIER_CHECK(name.direct(), "an object without endpoints needs a registry");
  const Result<> listed = list(name.endpoints, {});
  TARSIER_CHECK(listed.ok(), "an object names more endpoints than limits::endpoints_max");
}

EndpointSet::EndpointSet(ClientCore& core, Resolver& resolver, const Lookup& lookup,
                         std::size_t frame_bytes_max, balance::Policy policy)
    : EndpointSet(core, &resolver, lookup.object,
                  lookup.scope == Lookup::Scope::set ? lookup.where : core.options().set_division,
                  frame_bytes_max, policy) {
  waiting_.waits_because("the registry has not answered yet");
  resolver.watch(lookup, *this);
}

EndpointSet::~EndpointSet() = default;

bool EndpointSet::in_loop() const { return core_.env().executor.in_loop(); }

// ---- endpoints ----------------------------------------------------------------------------------

// What stays keeps its connection and the calls on it; what goes finishes what is under way.
Result<> EndpointSet::list(std::span<const Endpoint> active, std::span<const Endpoint> inactive) {
  TARSIER_TRY_VOID(picker_.set_endpoints(active, inactive, core_.env().clock.now()));
  std::map<std::string, std::unique_ptr<Channel>> known;
  for (Place& place : places_)
    if (place.channel != nullptr)
      known.emplace(place.endpoint.identity(), std::move(place.channel));
  places_.clear();
  only_ = EndpointId();
  for (const auto& listed : {active, inactive}) {
    for (const Endpoint& endpoint : listed) {
      const std::string identity = endpoint.identity();
      const EndpointId id = *picker_.find(identity);
      if (id.slot >= places_.size()) places_.resize(id.slot + 1);
      Place& place = places_[id.slot];
      if (!place.endpoint.host.empty()) continue;  // it was named before
      place.endpoint = endpoint;
      if (const auto channel = known.find(identity); channel != known.end())
        place.channel = std::move(channel->second);
      if (picker_.size() == 1) only_ = id;
    }
  }
  for (auto& [identity, channel] : known) retire(std::move(channel));
  reconnect_at_ = picker_.next_reconnect();
  return {};
}

// Those to which there is a channel; `refused`: why the last of the others is not.
std::vector<Endpoint> EndpointSet::callable(const std::vector<Endpoint>& listed,
                                            std::string& refused) const {
  std::vector<Endpoint> all;
  for (const Endpoint& endpoint : listed) {
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

void EndpointSet::on_endpoints(const EndpointLists& lists) {
  std::string refused;
  const std::vector<Endpoint> active = callable(lists.active, refused);
  const std::vector<Endpoint> inactive = callable(lists.inactive, refused);
  if (const Result<> listed = list(active, inactive); !listed) {
    TARSIER_LOG(core_.env().log, warn, "client",
                "the endpoints of " + servant_ + " stay as they are: " + listed.error().detail);
    return;
  }
  settled_.reset();
  if (picker_.size() > 0) return hand_on_waiting();
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
    const TimePoint now = core_.env().clock.now();
    HeaderAgain again(waiting.request, waiting.deadline - now);
    const CallTerms terms(waiting.deadline, waiting.info, nullptr);
    ByteBuffer* const output =
        begin_first(waiting.call, terms, waiting.traits, again.header(), now);
    if (output != nullptr) end(tars::write_frame(*output, again.header(), waiting.request.body));
  });
}

Channel& EndpointSet::channel_at(EndpointId id) {
  Place& place = places_[id.slot];
  if (place.channel == nullptr) [[unlikely]]
    place.channel =
        make_channel(core_, *this, place.endpoint, frame_bytes_max_, core_.transport_to(servant_));
  return *place.channel;
}

void EndpointSet::on_connect_ended(Channel& channel, TimePoint began, bool made) {
  if (closed_) return;
  const TimePoint now = core_.env().clock.now();
  if (const auto id = picker_.find(channel.endpoint().identity())) {
    made ? picker_.connected(*id, now) : picker_.connect_failed(*id, began, now, random_.next());
    reconnect_at_ = picker_.next_reconnect();
  }
  if (!made && resolver_ != nullptr) resolver_->doubted(*this);
}

// Calls go elsewhere until somebody has connected to it again.
void EndpointSet::leave(Channel& channel) {
  if (const auto id = picker_.find(channel.endpoint().identity())) {
    picker_.leave(*id, core_.options().retry_wait, core_.env().clock.now(), random_.next());
    reconnect_at_ = picker_.next_reconnect();
  }
  if (resolver_ != nullptr) resolver_->doubted(*this);
}

void EndpointSet::connect_to_the_unreachable(TimePoint now) {
  while (const auto id = picker_.reconnect_due(now)) {
    ++core_.counters().background_connects;
    channel_at(*id).connect_now();
  }
  reconnect_at_ = picker_.next_reconnect();
}

// New calls go elsewhere or over a new connection; those under way end on the old one.
void EndpointSet::replace(Channel& channel) {
  const auto place = std::find_if(places_.begin(), places_.end(), [&](const Place& each) {
    return each.channel.get() == &channel;
  });
  if (place != places_.end()) retire(std::move(place->channel));
}

void EndpointSet::on_reconnect_asked(Channel& channel) {
  leave(channel);
  replace(channel);
}

void EndpointSet::retire(std::unique_ptr<Channel> channel) {
  if (channel == nullptr) return;
  std::erase_if(retired_, [](const auto& each) { return each->quiet(); });
  retired_.push_back(std::move(channel));
  retired_.back()->retire();
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

void EndpointSet::close() {
  closed_ = true;
  if (resolver_ != nullptr) resolver_->unwatch(*this);
  waiting_.close();
  resting_.close();
  for (const Place& place : places_)
    if (place.channel != nullptr) place.channel->close();
  for (const auto& channel : retired_) channel->close();
  pushes_.clear();
}

bool EndpointSet::quiet() const {
  const auto is_quiet = [](const std::unique_ptr<Channel>& channel) {
    return channel == nullptr || channel->quiet();
  };
  return std::all_of(places_.begin(), places_.end(),
                     [&](const Place& place) { return is_quiet(place.channel); }) &&
         std::all_of(retired_.begin(), retired_.end(), is_quiet);
}

}  // namespace tarsier
