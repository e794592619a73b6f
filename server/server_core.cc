#include "server/server_core.h"

#include <algorithm>
#include <utility>

#include "protocol/tars/packet_writer.h"
#include "protocol/trace/set_name.h"
#include "server/filtered_serve.h"
#include "transport/base/check.h"
#include "transport/base/log.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/executor.h"

namespace tarsier {
namespace {

// How old a path's figure may be that somebody else is refused for. All are asked again before, so
// this also bounds what asking costs while the limit is reached.
constexpr Duration recount_period = std::chrono::milliseconds(10);
constexpr Duration refusals_log_period = std::chrono::seconds(60);
// For how long a refusal may still matter to ReadPause, and then some.
constexpr Duration refusals_matter = std::chrono::seconds(1);

struct NoParameters {
  template <class Self, class Visit>
  static void tars_each(Self&, Visit&&) {}
};

tars::BodyFormat format_of(const tars::RequestView& request) {
  switch (request.version) {
    case tars::version_tup: return tars::BodyFormat::tup;
    case tars::version_json: return tars::BodyFormat::json;
    case tars::version_tup_legacy:
      return tars::is_tup_legacy_body(request.body) ? tars::BodyFormat::tup2
                                                    : tars::BodyFormat::tars;
    default: return tars::BodyFormat::tars;
  }
}

// A call that passed its filters by would be worse than one that is refused.
Error no_filters_on_threads(const std::string& servant) {
  return Error(Code::unsupported,
               "the filters of this server run on the loop, and cannot yet stand "
               "before the handler threads of " +
                   servant + ": serve it without one of the two");
}

// The one place where exceptions of user code become text.
std::string current_exception_text() {
  try {
    throw;
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "the servant threw something that is no std::exception";
  }
}

}  // namespace

ServerCore::ServerCore(Env& env, const ServerOptions& options)
    : env_(env),
      options_(options),
      read_pause_(options.read_pause),
      buffered_(options.buffered_bytes_max, options.connections_max),
      refusals_(refusals_log_period),
      filter_failures_(refusals_log_period) {}

ServerCore::~ServerCore() {
  while (first_kept_ != nullptr) let_go(*first_kept_);
  if (reading_resumes_ != 0 && !Demolition::under_way()) env_.timers.cancel(reading_resumes_);
}

// The call outlives the server. What its coroutine waits for still knows the frame and resumes it
// when it comes, so the frame stays; in a world that is dead nothing comes, and it goes.
void ServerCore::let_go(ServerCall::Kept& kept) {
  unlink(kept);
  kept.core = nullptr;
  if (kept.gate != nullptr) std::exchange(kept.gate, nullptr)->forgotten();
  if (!kept.for_handlers) kept.session = SessionRef();
  if (!Demolition::under_way()) return;
  kept.executor = nullptr;
  if (kept.frame) kept.frame.destroy();
}

Result<std::vector<ServerCore::Entry>::iterator> ServerCore::place_of(const std::string& name) {
  const auto place =
      std::lower_bound(servants_.begin(), servants_.end(), name,
                       [](const Entry& e, const std::string& n) { return e.name < n; });
  if (place != servants_.end() && place->name == name)
    return Error(Code::exists, "the server has a servant '" + name + "' already");
  last_found_ = nullptr;
  return place;
}

Result<> ServerCore::add_servant(std::string name, Servant& servant,
                                 const ServantOptions& options) {
  TARSIER_TRY(const auto place, place_of(name));
  auto gate =
      std::make_unique<InFlightGate>(*this, servant, name, options.in_flight, options.queue);
  servants_.insert(place, Entry{std::move(name), options, &servant, std::move(gate), nullptr});
  return {};
}

Result<> ServerCore::add_servant(std::string name, Handlers handlers,
                                 const ServantOptions& options) {
  if (filtered()) return no_filters_on_threads(name);
  TARSIER_TRY(const auto place, place_of(name));
  TARSIER_TRY(auto threads, HandlerThreads::make(*this, name, std::move(handlers), options.queue));
  servants_.insert(place, Entry{std::move(name), options, nullptr, nullptr, std::move(threads)});
  return {};
}

const ServerCore::Entry* ServerCore::find_servant(std::string_view name) const {
  if (last_found_ != nullptr && last_found_->name == name) [[likely]]
    return last_found_;
  const auto place =
      std::lower_bound(servants_.begin(), servants_.end(), name,
                       [](const Entry& e, std::string_view n) { return e.name < n; });
  if (place == servants_.end() || place->name != name) return nullptr;
  last_found_ = &*place;
  return last_found_;
}

TimePoint ServerCore::deadline_of(const tars::RequestView& request, TimePoint received) const {
  const Duration asked = request.timeout_ms > 0
                             ? Duration(std::chrono::milliseconds(request.timeout_ms))
                             : options_.call_timeout_default;
  return deadline_after(received, std::min(asked, options_.call_timeout_max));
}

ServerCore::Outcome ServerCore::dispatch(ReplyPath& path, std::span<const std::byte> packet,
                                         TimePoint received, TimePoint now) {
  tars::RequestView request;
  if (auto decoded = tars::decode_request(packet, request); !decoded) [[unlikely]] {
    ++counters_.malformed_requests;
    if (!request.identified) return Outcome::close;
    return refuse(path, packet, request, Error(Code::server_decode, decoded.error().detail));
  }
  ++counters_.calls;
  path.tup = request.version == tars::version_tup || request.version == tars::version_tup_legacy;
  if (request.unknown_bytes > 0) ++counters_.trailing_bytes;
  if (request.one_way()) ++counters_.one_way_calls;
  if (!tars::version_is_supported(request.version)) [[unlikely]] {
    ++counters_.version_unknown;
    return refuse(
        path, packet, request,
        Error(Code::server_decode, "requests of version " + std::to_string(request.version) +
                                       " are not understood: 1, 2, 3 and 5 are"));
  }
  if (!options_.set_division.empty() && !trace::set_admits(request, options_.set_division))
      [[unlikely]] {
    ++counters_.wrong_set;
    return refuse(path, packet, request,
                  Error(Code::invalid_set, "this server is of set " + options_.set_division +
                                               ", which the caller's must not call: see to the "
                                               "sets of both"));
  }
  const Entry* entry = find_servant(request.servant);
  if (entry == nullptr || (entry->options.needs_keys && entry->name != path.keys_of)) [[unlikely]] {
    ++counters_.no_servant;
    return refuse(path, packet, request,
                  Error(Code::no_servant,
                        "no servant '" + std::string(request.servant) + "' on this server"));
  }
  CallRules rules;
  rules.deadline = deadline_of(request, received);
  rules.received = received;
  rules.format = format_of(request);
  rules.lenient = entry->options.lenient;
  ServerCall call(*this, path, packet.size(), request, rules);
  if (now >= rules.deadline) [[unlikely]] {
    ++counters_.expired;
    call.answer_error(Error(Code::queue_timeout, "the request expired before it ran"));
  } else if (request.function == "tars_ping") [[unlikely]] {
    call.answer(Result<NoParameters>(NoParameters{}));
  } else if (kept_bytes_ >= options_.kept_bytes_total_max) [[unlikely]] {
    ++counters_.overloaded;
    call.answer_error(Error(Code::overload,
                            "the calls in flight hold all that this server keeps for them: try "
                            "another one, or later"));
  } else if (entry->gate != nullptr && entry->gate->open()) [[likely]] {
    call.rules_.gate = entry->gate.get();
    start(*entry->servant, call);
  } else {
    serve(*entry, call, packet, received);
  }
  return Outcome::goes_on;
}

void ServerCore::start(Servant& servant, ServerCall& call) {
  if (filtered()) [[unlikely]]
    return serve_filtered(*this, *options_.filters, servant, call);
  run(servant, call);
}

// On threads, or not at once.
void ServerCore::serve(const Entry& entry, ServerCall& call, std::span<const std::byte> packet,
                       TimePoint received) {
  if (const TimePoint now = env_.clock.now(); now < refusing_until_) read_pause_.admitted(now);
  CallQueue::Arrival arrival;
  arrival.received = received;
  arrival.deadline = call.deadline();
  arrival.connection = call.session().id();
  arrival.urgent = entry.options.urgent;
  if (entry.handlers != nullptr) {
    if (!filtered()) return entry.handlers->take(call, packet, arrival);
    return call.answer_error(no_filters_on_threads(entry.name));
  }
  if (entry.options.urgent) return start(*entry.servant, call);
  call.rules_.gate = entry.gate.get();
  entry.gate->wait(call, packet, arrival);
}

std::size_t ServerCore::handlers_running() const {
  std::size_t running = 0;
  for (const Entry& entry : servants_)
    if (entry.handlers != nullptr) running += entry.handlers->running();
  return running;
}

void ServerCore::close_handlers() {
  for (const Entry& entry : servants_) {
    if (entry.gate != nullptr) entry.gate->close();
    if (entry.handlers != nullptr) entry.handlers->close();
  }
  for (ServerCall::Kept* kept = first_kept_; kept != nullptr;) {
    ServerCall::Kept* const next = kept->next;
    if (kept->for_handlers) let_go(*kept);
    kept = next;
  }
  for (const Entry& entry : servants_) {
    const std::size_t abandoned = entry.handlers != nullptr ? entry.handlers->abandon() : 0;
    if (abandoned == 0) continue;
    TARSIER_LOG(env_.log, warn, "server",
                std::to_string(abandoned) + " handler threads of " + entry.name +
                    " still run calls when the server stops: they are abandoned, and their answers "
                    "go nowhere");
  }
}

void ServerCore::refused_call() {
  const TimePoint now = env_.clock.now();
  refusing_until_ = deadline_after(now, refusals_matter);
  if (!read_pause_.refused(now)) return;
  ++counters_.paused_refusing;
  reading_resumes_ = env_.timers.call_at(read_pause_.until(), [this] {
    reading_resumes_ = 0;
    resume_reading(false);
  });
}

void ServerCore::resume_reading(bool has_room) {
  if (!read_pause_.resumes(env_.clock.now(), has_room)) return;
  if (reading_resumes_ != 0) env_.timers.cancel(std::exchange(reading_resumes_, 0));
  for (const Slot& slot : slots_)
    if (slot.path != nullptr) slot.path->resume_reading();
}

ServerCore::Outcome ServerCore::refuse(ReplyPath& path, std::span<const std::byte> packet,
                                       const tars::RequestView& request, const Error& error) {
  CallRules rules;
  rules.format =
      request.version == tars::version_tup ? tars::BodyFormat::tup : tars::BodyFormat::tars;
  ServerCall(*this, path, packet.size(), request, rules).answer_error(error);
  return Outcome::goes_on;
}

void ServerCore::run(Servant& servant, ServerCall& call) {
  const bool inside_another = std::exchange(running_, true);
  std::string why = "the servant dropped the call without answering";
  try {
    servant.tars_dispatch(call);
  } catch (...) {
    why = current_exception_text();
    ++counters_.exceptions;
  }
  running_ = inside_another;
  if (!call.answered()) call.answer_error(Error(Code::unknown, why));
  if (forgotten_.empty()) [[likely]]
    return;
  for (auto& forgotten : std::exchange(forgotten_, {})) {
    ++counters_.replies_forgotten;
    forgotten->answer_error(Error(Code::unknown, why));
  }
}

void ServerCore::filter_failed(std::string_view object, std::string_view function,
                               const std::string& which, const Error& why) {
  ++counters_.filters_failed;
  const std::uint64_t times = filter_failures_.count(env_.clock.now());
  if (times == 0) return;
  TARSIER_LOG(env_.log, warn, "server",
              which + " of " + std::string(object) + "." + std::string(function) +
                  " failed, which changes nothing: " + why.to_string() +
                  LogThrottle::suffix(times));
}

std::uint64_t ServerCore::add_path(ReplyPath& path) {
  std::uint32_t index = 0;
  if (free_slots_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  Slot& slot = slots_[index];
  slot.path = &path;
  ++slot.generation;
  return (static_cast<std::uint64_t>(slot.generation) << 32) | index;
}

void ServerCore::remove_path(std::uint64_t id) {
  const auto index = static_cast<std::uint32_t>(id);
  TARSIER_CHECK(find_path(id) != nullptr, "a path is removed once");
  slots_[index].path = nullptr;
  free_slots_.push_back(index);
}

ReplyPath* ServerCore::find_path(std::uint64_t id) const {
  const auto index = static_cast<std::uint32_t>(id);
  if (index >= slots_.size() || slots_[index].generation != id >> 32) return nullptr;
  return slots_[index].path;
}

ReplyPath* ServerCore::find_open_path(std::uint64_t id) const {
  ReplyPath* const path = find_path(id);
  return path != nullptr && path->open() ? path : nullptr;
}

void ServerCore::post_on(std::uint64_t id, PathAction action) {
  ++actions_pending_;
  env_.executor.post([this, id, action] { act(id, action); });
}

void ServerCore::at_turn_end_on(std::uint64_t id, PathAction action) {
  ++actions_pending_;
  env_.executor.at_turn_end([this, id, action] { act(id, action); });
}

void ServerCore::post(Callback action) {
  ++actions_pending_;
  env_.executor.post([this, own = std::move(action)]() mutable {
    --actions_pending_;
    own();
  });
}

void ServerCore::act(std::uint64_t id, PathAction action) {
  --actions_pending_;
  if (ReplyPath* const path = find_path(id)) action(*path);
}

Result<> ServerCore::push(std::uint64_t id, std::string_view function, std::string_view description,
                          std::span<const std::byte> body, const tars::StringMap& context) {
  ReplyPath* path = find_open_path(id);
  const Result<> may =
      path != nullptr ? path->may_push() : Error(Code::closed, "the connection to push to is gone");
  if (!may) {
    ++counters_.pushes_refused;
    return may.error();
  }
  tars::StringMap status;
  if (!function.empty()) status.emplace("TARS_FUNC", function);
  tars::ResponseHeader header;
  header.status = &status;
  header.description = description;
  header.context = &context;
  header.body_bytes_guess = body.size();
  TARSIER_TRY_VOID(tars::write_frame(path->output(true), header, body));
  ++counters_.pushes;
  path->pushed();
  return {};
}

bool ServerCore::may_buffer(const ReplyPath& path, std::size_t bytes) {
  if (buffered_.fits(bytes)) [[likely]]
    return true;
  recount_buffers();
  if (buffered_.fits(bytes)) return true;
  ++counters_.closed_buffered_max;
  if (const std::uint64_t times = refusals_.count(env_.clock.now()); times > 0) {
    TARSIER_LOG(env_.log, warn, "server",
                "all connections together buffer " + std::to_string(buffered_.bytes()) +
                    " bytes, more than the server allows: reset the one to " +
                    path.peer().to_string() + ", which holds " + std::to_string(bytes) +
                    LogThrottle::suffix(times));
  }
  return false;
}

void ServerCore::recount_buffers() {
  const TimePoint now = env_.clock.now();
  if (recounted_ != TimePoint::min() && now < deadline_after(recounted_, recount_period)) return;
  recounted_ = now;
  for (const Slot& slot : slots_)
    if (slot.path != nullptr) slot.path->recount();
}

void ServerCore::link(ServerCall::Kept& kept) {
  kept.next = first_kept_;
  if (first_kept_ != nullptr) first_kept_->previous = &kept;
  first_kept_ = &kept;
  ++calls_kept_;
  kept_bytes_ += kept.bytes;
}

void ServerCore::unlink(ServerCall::Kept& kept) {
  (kept.previous != nullptr ? kept.previous->next : first_kept_) = kept.next;
  if (kept.next != nullptr) kept.next->previous = kept.previous;
  --calls_kept_;
  kept_bytes_ -= kept.bytes;
}

void ServerCall::answer_current_exception() noexcept {
  const std::string text = current_exception_text();
  if (away_ == nullptr && core() != nullptr) ++core()->counters_.exceptions;
  answer_error(Error(Code::unknown, text));
}

}  // namespace tarsier
