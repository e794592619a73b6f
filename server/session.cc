#include "server/session.h"

#include <algorithm>
#include <utility>

#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier {
namespace {

constexpr std::size_t reads_per_event = 4;
// Answers of one turn are handed over in pieces of about this size, so that the output is not
// copied again and again while it grows.
constexpr std::size_t output_piece_bytes = 256 * limits::kib;
constexpr std::size_t output_guess_max = 64 * limits::kib;
// How much more memory than twice their size answers may hold while they wait to be taken: as the
// first ones of a connection, and behind others.
constexpr std::size_t slack_max = 16 * limits::kib;
constexpr std::size_t queued_slack_max = 1 * limits::kib;

}  // namespace

Session::Session(ServerCore& core, SessionOwner& owner, std::unique_ptr<Connection> connection,
                 const SessionLimits& limits)
    : core_(core),
      owner_(owner),
      connection_(std::move(connection)),
      event_(&Session::on_event, this),
      splitter_(limits.frame_bytes_max),
      id_(core.add_path(*this)),
      idle_wait_(limits.idle_wait),
      first_packet_by_(limits.first_packet_wait > Duration::zero()
                           ? deadline_after(core.env().clock.now(), limits.first_packet_wait)
                           : no_deadline),
      last_byte_(core.env().clock.now()) {
  keys_of = limits.keys_of;
}

Session::~Session() {
  core_.buffers_changed(buffered_, 0);
  core_.remove_path(id_);
}

void Session::start(std::span<const std::byte> first) {
  backlog_.append(first);
  go_on();
}

void Session::on_event(void* self, Result<void> result) {
  auto& session = *static_cast<Session*>(self);
  if (session.state_ == State::ended) return session.finish();
  if (session.state_ == State::leaving) return session.linger();
  // Errors of the wait show again when reading.
  (void)result;
  session.on_readable();
}

void Session::on_readable() {
  if (core_.reading_paused()) {
    flush();
    return go_on();
  }
  state_ = State::reading;
  busy_ = true;
  if (!backlog_.empty()) {
    splitter_.feed(backlog_.span().subspan(backlog_cut_));
    cut_frames();
    if (state_ == State::reading) set_aside({});
  }
  for (std::size_t i = 0; i < reads_per_event && state_ == State::reading; ++i)
    if (!read_once()) break;
  flush();
  busy_ = false;
  if (state_ == State::ended) return finish_later();
  if (state_ == State::leaving) return wait_lingering();
  go_on();
}

bool Session::read_once() {
  const std::span<std::byte> room = splitter_.room();
  const std::span<std::byte> into = room.empty() ? owner_.read_buffer() : room;
  Result<std::size_t> taken = connection_->read_some(into);
  if (!taken) {
    if (taken.code() != Code::would_block) {
      if (splitter_.pending_bytes() > 0) ++core_.counters().ended_inside_frame;
      end(nullptr);
    }
    return false;
  }
  if (*taken == 0) {
    if (splitter_.pending_bytes() > 0) ++core_.counters().ended_inside_frame;
    state_ = State::peer_finished;
    return false;
  }
  last_byte_ = core_.env().clock.now();
  if (room.empty()) {
    splitter_.feed(into.first(*taken));
  } else {
    splitter_.filled(*taken);
  }
  cut_frames();
  return *taken == into.size();
}

void Session::cut_frames() {
  const bool inside_before = splitter_.pending_bytes() > 0;
  bool cut_any = false;
  const TimePoint now = core_.env().clock.now();
  std::size_t unsent = connection_->unsent_bytes();
  std::span<const std::byte> packet;
  while (state_ == State::reading) {
    if (over_limits(unsent)) {
      set_aside(splitter_.take_rest());
      state_ = State::paused;
      break;
    }
    const auto cut = splitter_.next(packet);
    if (cut == tars::FrameSplitter::Cut::more) break;
    if (cut == tars::FrameSplitter::Cut::bad_length)
      return end(&ServerCounters::closed_frame_length);
    cut_any = true;
    if (output_.capacity() == 0) output_ = core_.buffers().take(output_guess_);
    if (core_.dispatch(*this, packet, last_byte_, now) == ServerCore::Outcome::close)
      return end(&ServerCounters::closed_no_request);
    if (output_.size() >= output_piece_bytes) {
      flush();
      unsent = connection_->unsent_bytes();
    }
  }
  if (cut_any) first_packet_by_ = no_deadline;
  if (splitter_.pending_bytes() > 0 && (cut_any || !inside_before)) frame_began_ = last_byte_;
}

// `rest` is the end of what was read, or of backlog_ if that was being cut.
void Session::set_aside(std::span<const std::byte> rest) {
  if (backlog_.empty()) return backlog_.append(rest);
  backlog_cut_ = backlog_.size() - rest.size();
  if (!rest.empty()) return;
  backlog_ = ByteBuffer();
  backlog_cut_ = 0;
}

bool Session::over_limits(std::size_t unsent) {
  const ServerOptions& options = core_.options();
  if (core_.reading_paused()) return true;
  if (in_flight_.pauses(options, core_.counters())) return true;
  if (output_.size() + unsent >= core_.unsent_bytes_pause()) {
    ++core_.counters().paused_unsent;
    return true;
  }
  return false;
}

void Session::flush() {
  send_output();
  count_buffers();
}

void Session::send_output() {
  if (!open()) return;
  if (output_.empty()) return core_.buffers().give(output_);
  output_guess_ = static_cast<std::uint32_t>(std::min(output_.size(), output_guess_max));
  const std::size_t slack = connection_->unsent_bytes() == 0 ? slack_max : queued_slack_max;
  sent_ += output_.size();
  connection_->send(core_.buffers().send(output_, slack));
}

void Session::count_buffers() {
  if (!open()) return recount();
  const std::size_t before = buffered_;
  recount();
  if (buffered_ > before && !core_.may_buffer(*this, buffered_)) end(nullptr, true);
}

void Session::recount() {
  const std::size_t before = std::exchange(buffered_, buffered_now());
  core_.buffers_changed(before, buffered_);
}

std::size_t Session::buffered_now() const {
  const std::size_t unsent = connection_->unsent_bytes();
  if (!open()) return unsent;
  return splitter_.memory_bytes() + backlog_.capacity() + output_.capacity() + unsent;
}

void Session::output_grew() {
  if (output_.size() >= output_piece_bytes) return flush();
  flush_later();
}

void Session::flush_later() {
  if (busy_ || flush_posted_ || !open()) return;
  flush_posted_ = true;
  core_.at_turn_end_on(id_, [](ReplyPath& path) {
    auto& session = static_cast<Session&>(path);
    session.flush_posted_ = false;
    session.flush();
  });
}

// Starts what comes next: reading, waiting until the peer takes something, or nothing until a call
// ends.
void Session::go_on() {
  if (event_.pending() || !open()) return;
  const ServerOptions& options = core_.options();
  const bool quiet = in_flight_.calls() == 0 && output_.empty();
  if (quiet && (close_asked_ || state_ == State::peer_finished)) return end(nullptr);
  if (state_ == State::peer_finished) return;
  if (in_flight_.full(options) || core_.reading_paused()) {
    state_ = State::paused;
    return;
  }
  if (const std::size_t pause = core_.unsent_bytes_pause(); connection_->unsent_bytes() >= pause) {
    state_ = State::blocked;
    connection_->start_wait_unsent(pause / 2, event_);
    return;
  }
  if (!backlog_.empty()) return resume_later();
  state_ = State::reading;
  connection_->start_wait_readable(event_);
}

// On a later turn: goes on with what go_on() left, or with the frames in backlog_, which do not
// make the connection readable.
void Session::resume_later() {
  if (busy_ || resume_posted_ || !open()) return;
  resume_posted_ = true;
  core_.post_on(id_, [](ReplyPath& path) {
    auto& session = static_cast<Session&>(path);
    session.resume_posted_ = false;
    if (!session.open()) return;
    if (!session.event_.pending()) return session.on_readable();
    session.flush();
    if (session.close_asked_ && session.in_flight_.calls() == 0) session.end(nullptr);
  });
}

void Session::resume_reading() {
  if (!event_.pending()) resume_later();
}

void Session::answered_later(const Endpoint&, std::size_t) { output_grew(); }

void Session::call_ended(std::size_t bytes) {
  in_flight_.remove(bytes);
  // Paused, or the peer finished, or closing: this call may have been what everything waits for.
  if (close_asked_ || !event_.pending()) resume_later();
}

Result<> Session::may_push() {
  const std::size_t unsent = connection_->unsent_bytes() + output_.size();
  if (unsent <= core_.options().unsent_bytes_max) return {};
  return Error(Code::limit, "the peer has not taken " + std::to_string(unsent) +
                                " bytes yet, behind which nothing is pushed: push again later, or "
                                "close the connection");
}

void Session::close_when_sent() {
  close_asked_ = true;
  resume_later();
}

void Session::check_time(TimePoint now) {
  const ServerOptions& options = core_.options();
  const auto over = [now](TimePoint since, Duration wait) {
    return now >= deadline_after(since, wait);
  };
  count_buffers();
  const std::size_t unsent = connection_->unsent_bytes();
  if (state_ == State::leaving && linger_.late(*connection_, now, options.stalled_wait))
    return close(unsent > 0);
  if (!open()) return;
  if (unsent >= options.unsent_bytes_pause || state_ == State::blocked)
    return check_taking(now, unsent);
  taking_since_ = no_deadline;
  if (state_ == State::paused || state_ == State::peer_finished) return;
  if (now >= first_packet_by_) return end(&ServerCounters::closed_no_packet);
  if (splitter_.pending_bytes() > 0) {
    if (over(frame_began_, options.frame_wait)) {
      end(&ServerCounters::closed_slow_frame);
    } else if (over(last_byte_, options.silence_wait)) {
      end(&ServerCounters::closed_silence);
    }
    return;
  }
  if (in_flight_.calls() > 0) return;
  if (draining_) {
    if (over(last_byte_, options.drain_quiet)) end(nullptr);
  } else if (idle_wait_ > Duration::zero() && over(last_byte_, idle_wait_)) {
    end(&ServerCounters::closed_idle);
  }
}

ConnectionInfo Session::info(TimePoint now) const {
  ConnectionInfo info;
  info.id = id_;
  info.peer = connection_->peer();
  info.idle = now - last_byte_;
  info.calls_in_flight = in_flight_.calls();
  info.unsent_bytes = connection_->unsent_bytes() + output_.size();
  return info;
}

// While reading pauses because of `unsent`: does the peer take its answers?
void Session::check_taking(TimePoint now, std::size_t unsent) {
  const ServerOptions& options = core_.options();
  const bool much = unsent > options.unsent_bytes_max;
  const std::size_t least = much ? options.unsent_bytes_pause : 1;
  const std::uint64_t taken = sent_ - unsent;
  if (taking_since_ == no_deadline || taken - taken_seen_ >= least) {
    taken_seen_ = taken;
    taking_since_ = now;
  } else if (now >= deadline_after(taking_since_, options.stalled_wait)) {
    end(much ? &ServerCounters::closed_unsent_max : &ServerCounters::closed_stalled, true);
  }
}

void Session::drain() { draining_ = true; }

void Session::abort() {
  if (state_ == State::leaving) return close(true);
  end(nullptr, true);
}

// Once: nothing is read or answered any more. Unless by a reset, what was answered is still
// delivered. As long as that takes, the session has its place among the connections: who does not
// read has no more of them for being closed.
void Session::end(std::uint64_t ServerCounters::* reason, bool reset) {
  if (!open()) return;
  if (reason != nullptr) ++(core_.counters().*reason);
  if (!reset && !output_.empty()) connection_->send(core_.buffers().send(output_));
  const bool all_is_said = state_ == State::peer_finished && connection_->unsent_bytes() == 0;
  if (reset || all_is_said) return close(reset);
  state_ = State::leaving;
  linger_.begin(*connection_, core_.env().clock.now());
  if (!busy_) wait_lingering();
}

// Lets go of what was read, and waits for the peer.
void Session::wait_lingering() {
  splitter_ = tars::FrameSplitter();
  backlog_ = ByteBuffer();
  output_ = ByteBuffer();
  recount();
  if (!event_.pending()) connection_->start_wait_readable(event_);
}

void Session::linger() {
  switch (linger_.next(*connection_, owner_.read_buffer())) {
    case LingeringClose::Next::wait_readable: return connection_->start_wait_readable(event_);
    case LingeringClose::Next::wait_unsent: return connection_->start_wait_unsent(0, event_);
    case LingeringClose::Next::close: return close(false);
  }
}

// finish() follows when the pending operation has said so, or on a later turn.
void Session::close(bool reset) {
  state_ = State::ended;
  if (reset) {
    connection_->abort();
  } else {
    connection_->close();
  }
  recount();
  if (!busy_ && !event_.pending()) finish_later();
}

void Session::finish_later() {
  core_.post_on(id_, [](ReplyPath& path) { static_cast<Session&>(path).finish(); });
}

void Session::finish() { owner_.session_ended(*this); }

}  // namespace tarsier
