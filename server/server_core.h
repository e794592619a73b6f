#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/tars/packet.h"
#include "protocol/trace/status.h"
#include "server/buffer_budget.h"
#include "server/frame_pool.h"
#include "server/handler_threads.h"
#include "server/handlers.h"
#include "server/in_flight_gate.h"
#include "server/overload/handler_queue.h"
#include "server/overload/in_flight_limit.h"
#include "server/overload/read_pause.h"
#include "server/reply_path.h"
#include "server/servant.h"
#include "server/server_call.h"
#include "server/server_options.h"
#include "transport/base/buffer_pool.h"
#include "transport/base/function.h"
#include "transport/base/log_throttle.h"
#include "transport/env.h"
#include "transport/timers.h"

namespace tarsier {

struct ServantOptions {
  // decode=lenient: as upstream, damage met while looking for an optional field reads as the end
  // of the message (spec §1.5), for this servant's arguments.
  bool lenient = false;
  // There is no such servant for connections that have not shown its keys
  // (ListenerLimits::keys_of). Without it, it answers at every listener of the server.
  bool needs_keys = false;
  // Of a servant on the loop: how many of its calls may be kept at a time, to be answered later
  // (coroutines that suspend, Replies). None for a servant that holds calls for as long as nothing
  // happens, as in long polling: they are no work, and a limit would take them for it.
  InFlightLimitOptions in_flight = InFlightLimitOptions::adaptive();
  // Calls beyond that limit, or those that find every handler thread busy.
  HandlerQueueOptions queue;
  // Administration and keep-alive: its calls pass over the limit, and have a lane of their own
  // before handler threads.
  bool urgent = false;
};

// What all connections of a server share: servants by name, the paths that answers may still take,
// the calls that were kept, counters. Turns a packet into a call and a call into an answer.
class ServerCore {
 public:
  ServerCore(Env& env, const ServerOptions& options);
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;
  ~ServerCore();

  Env& env() { return env_; }
  const ServerOptions& options() const { return options_; }
  ServerCounters& counters() { return counters_; }
  BufferPool& buffers() { return buffers_; }
  const ServerCounters& counters() const { return counters_; }
  const std::optional<trace::DyeRule>& dye_rule() const { return dye_rule_; }
  void set_dye_rule(std::optional<trace::DyeRule> rule) { dye_rule_ = std::move(rule); }

  // exists: that name is taken.
  Result<> add_servant(std::string name, Servant& servant, const ServantOptions& options);
  // limit: so many threads are not to be had.
  Result<> add_servant(std::string name, Handlers handlers, const ServantOptions& options);

  enum class Outcome : std::uint8_t { goes_on, close };
  // Answers one packet that came on `path` at `received`, now or later. close: it was no request.
  Outcome dispatch(ReplyPath& path, std::span<const std::byte> packet, TimePoint received,
                   TimePoint now);

  // Has the servant answer, now or later.
  void run(Servant& servant, ServerCall& call);
  void filter_failed(std::string_view object, std::string_view function, const std::string& which,
                     const Error& why);

  // Paths register under a number for those who come back later.
  std::uint64_t add_path(ReplyPath& path);
  void remove_path(std::uint64_t id);
  ReplyPath* find_path(std::uint64_t id) const;
  // Null also for one that is over.
  ReplyPath* find_open_path(std::uint64_t id) const;

  // Runs `action` on a later turn, or at the end of this one, if the path is still there then.
  using PathAction = void (*)(ReplyPath& path);
  void post_on(std::uint64_t id, PathAction action);
  void at_turn_end_on(std::uint64_t id, PathAction action);
  void post(Callback action);
  // Of those that have not run.
  std::size_t actions_pending() const { return actions_pending_; }

  Result<> push(std::uint64_t path, std::string_view function, std::string_view description,
                std::span<const std::byte> body, const tars::StringMap& context);

  std::size_t calls_kept() const { return calls_kept_; }
  std::size_t kept_bytes() const { return kept_bytes_; }
  // Of those calls, that wait for their servant.
  std::size_t calls_waiting() const { return calls_waiting_; }
  std::size_t handlers_running() const;
  // The last of stop(): answers what waits, and lets go of what handler threads run.
  void close_handlers();

  // Somebody was answered with -9; somebody waiting was taken, and there is room for many more.
  void refused_call();
  void room_for_calls() { resume_reading(true); }
  bool reading_paused() const { return read_pause_.paused(); }

  // What some path buffers was `before` and is `after`.
  void buffers_changed(std::size_t before, std::size_t after) { buffered_.change(before, after); }
  // Whether `path`, whose buffers have grown to `bytes`, may go on. False: all of them together
  // buffer too much, which has been counted and logged.
  bool may_buffer(const ReplyPath& path, std::size_t bytes);
  std::size_t buffered_bytes() const { return buffered_.bytes(); }
  // From how many unsent bytes on a path reads no more.
  std::size_t unsent_bytes_pause() const {
    const std::size_t usual = options_.unsent_bytes_pause;
    if (!buffered_.scarce()) [[likely]]
      return usual;
    return std::min(usual, std::max(buffered_.share(), limits::kib));
  }

 private:
  friend class CallQueue;
  friend class InFlightGate;
  friend class ServerCall;
  struct Entry {
    std::string name;
    ServantOptions options;
    Servant* servant = nullptr;  // on the loop, with its gate; or else
    std::unique_ptr<InFlightGate> gate;
    std::unique_ptr<HandlerThreads> handlers;
  };
  struct Slot {
    ReplyPath* path = nullptr;
    std::uint32_t generation = 0;
  };

  Result<std::vector<Entry>::iterator> place_of(const std::string& name);
  const Entry* find_servant(std::string_view name) const;
  void serve(const Entry& entry, ServerCall& call, std::span<const std::byte> packet,
             TimePoint received);
  bool filtered() const { return options_.filters != nullptr && !options_.filters->empty(); }
  // On the loop, now: through its filters, if there are any.
  void start(Servant& servant, ServerCall& call);
  void resume_reading(bool has_room);
  Outcome refuse(ReplyPath& path, std::span<const std::byte> packet,
                 const tars::RequestView& request, const Error& error);
  TimePoint deadline_of(const tars::RequestView& request, TimePoint received) const;
  void recount_buffers();

  void act(std::uint64_t id, PathAction action);
  void link(ServerCall::Kept& kept);
  void unlink(ServerCall::Kept& kept);
  void let_go(ServerCall::Kept& kept);

  Env& env_;
  const ServerOptions options_;
  FramePool::Owner frames_ = FramePool::make();
  ServerCounters counters_;
  BufferPool buffers_;
  std::vector<Entry> servants_;  // in order of name
  mutable const Entry* last_found_ = nullptr;
  std::optional<trace::DyeRule> dye_rule_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::size_t actions_pending_ = 0;
  ServerCall::Kept* first_kept_ = nullptr;
  std::size_t calls_kept_ = 0;
  std::size_t calls_waiting_ = 0;
  ReadPause read_pause_;
  Timers::Id reading_resumes_ = 0;
  // Until when admissions are told to read_pause_, which a server that refuses nobody is spared.
  TimePoint refusing_until_ = TimePoint::min();
  std::size_t kept_bytes_ = 0;
  BufferBudget buffered_;
  TimePoint recounted_ = TimePoint::min();
  LogThrottle refusals_;
  LogThrottle filter_failures_;
  // Replies that were destroyed while their servant was still running: answered when it returns,
  // because it may have thrown.
  bool running_ = false;
  std::vector<std::unique_ptr<ServerCall>> forgotten_;
};

}  // namespace tarsier
