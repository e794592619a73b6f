#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "protocol/tars/frame.h"
#include "server/in_flight.h"
#include "server/reply_path.h"
#include "server/server_core.h"
#include "transport/completion.h"
#include "transport/lingering_close.h"
#include "transport/transport.h"

namespace tarsier {

class Session;

// One connection, for people who look at a server.
struct ConnectionInfo {
  std::uint64_t id = 0;
  Endpoint peer{};
  Duration idle{};  // since the last byte came
  std::size_t calls_in_flight = 0;
  std::size_t unsent_bytes = 0;
};

// Who owns sessions. The server does.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  // The session ended: nothing it started runs any more. Called once, from the loop; the owner may
  // destroy the session at once.
  virtual void session_ended(Session& session) = 0;
  // Where all sessions of a loop read into: only one of them reads at a time.
  virtual std::span<std::byte> read_buffer() = 0;
};

// One connection of a server: reads, cuts frames, has each dispatched inline, and sends what was
// answered meanwhile in one piece. No coroutine and no timer of its own: it costs a few hundred
// bytes while idle, and the owner asks it now and then whether its time is over (check_time).
//
// Reading stops, and with it the peer's TCP window closes, while too many calls are in flight, too
// much is held for them, too many answered bytes are unsent, or the server has its hands full with
// refusing calls. What was read by then waits in
// `backlog_`.
class Session final : public ReplyPath {
 public:
  Session(ServerCore& core, SessionOwner& owner, std::unique_ptr<Connection> connection,
          const SessionLimits& limits);
  ~Session() override;

  // `first`: what somebody has read from the connection already.
  void start(std::span<const std::byte> first = {});
  // Closes what has waited too long.
  void check_time(TimePoint now);
  // From now on: nothing in flight and quiet for a moment means over.
  void drain();
  // Now, whatever is in flight.
  void abort();
  ConnectionInfo info(TimePoint now) const;

  std::uint64_t id() const override { return id_; }
  bool open() const override { return state_ != State::leaving && state_ != State::ended; }
  const Endpoint& peer() const override { return connection_->peer(); }
  ByteBuffer& output(bool) override { return output_; }
  void answered_later(const Endpoint& to, std::size_t request_bytes) override;
  void call_kept(std::size_t bytes) override { in_flight_.add(bytes); }
  void call_ended(std::size_t bytes) override;
  void resume_reading() override;
  void recount() override;
  Result<> may_push() override;
  void pushed() override { output_grew(); }
  void close_when_sent() override;

  // Place in the owner's list, and what it leaves when it ends.
  std::size_t index = 0;
  Admission* admission = nullptr;

 private:
  // paused: until a call ends. blocked: until the peer takes answers. leaving: what the peer still
  // sends is dropped, until it has all that was sent to it.
  enum class State : std::uint8_t { reading, paused, blocked, peer_finished, leaving, ended };

  static void on_event(void* self, Result<void> result);
  void on_readable();
  // Returns whether more may be there.
  bool read_once();
  void cut_frames();
  void set_aside(std::span<const std::byte> rest);
  bool over_limits(std::size_t unsent);
  void check_taking(TimePoint now, std::size_t unsent);
  void flush();
  void send_output();
  void output_grew();
  void flush_later();
  void count_buffers();
  std::size_t buffered_now() const;
  void go_on();
  void resume_later();
  void end(std::uint64_t ServerCounters::* reason, bool reset = false);
  void wait_lingering();
  void linger();
  void close(bool reset);
  void finish_later();
  void finish();

  ServerCore& core_;
  SessionOwner& owner_;
  std::unique_ptr<Connection> connection_;
  Completion<void> event_;  // readable, or unsent fell: one at a time
  tars::FrameSplitter splitter_;
  ByteBuffer output_;
  // What was read and not cut yet when reading paused. It stays where it is until the last of it is
  // cut, so that pausing again copies nothing.
  ByteBuffer backlog_;
  std::size_t backlog_cut_ = 0;
  std::uint64_t id_;
  Duration idle_wait_;
  TimePoint first_packet_by_;  // no_deadline: it came, or may take as long as any
  TimePoint last_byte_;
  TimePoint frame_began_;                 // meaningful inside a frame
  std::size_t buffered_ = 0;              // as the core has counted it
  std::uint64_t sent_ = 0;                // handed to the connection, ever
  std::uint64_t taken_seen_ = 0;          // by the peer, at taking_since_
  TimePoint taking_since_ = no_deadline;  // no_deadline: little is unsent
  LingeringClose linger_;                 // while leaving
  InFlight in_flight_;
  std::uint32_t output_guess_ = 256;
  State state_ = State::reading;
  bool busy_ = false;  // cutting frames: answers are flushed when that is done
  bool flush_posted_ = false;
  bool resume_posted_ = false;
  bool draining_ = false;
  bool close_asked_ = false;
};

}  // namespace tarsier
