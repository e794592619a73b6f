#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sim/event_queue.h"
#include "sim/fifo.h"
#include "sim/node.h"
#include "sim/trace.h"
#include "transport/base/bytes.h"
#include "transport/base/random.h"
#include "transport/completion.h"
#include "transport/transport.h"

namespace tarsier::sim {

class Network;

enum class Side : std::uint8_t { client = 0, server = 1 };
constexpr Side opposite(Side side) { return side == Side::client ? Side::server : Side::client; }

// Both kernel halves of one connection and the bytes between them. It lives in the Network under an
// id, like a descriptor pair: it outlives the handles (a closed connection still delivers what it
// had queued), and a callback finds it by id or not at all.
//
// Bytes stay in order whatever happens; what the network decides is when they move and where they
// are cut. A byte passes through: queued (in the process) → taken (by the sender's kernel) → on the
// wire → received. The last three share one queue, so nothing is copied until the reader reads.
//
// Simplifications against a kernel, all invisible to a correct program: acknowledgements and window
// updates cost no time, and there is no delayed ACK, Nagle or congestion window.
class Stream final {
 public:
  using Id = std::uint64_t;  // 0: none

  struct Half {
    Life* life;
    Endpoint at;
  };
  // `draws` is named by the connection; `number` is the how-manieth of the world it is.
  Stream(Network& network, Id id, std::uint64_t number, Half client, Half server, Random draws);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  Id id() const { return id_; }
  std::uint64_t number() const { return number_; }
  Life& life(Side side) const { return *end(side).life; }
  const Endpoint& local(Side side) const { return end(side).at; }

  // What a Connection does, by side. Without effect when the life of that side is over.
  void start_wait_readable(Side side, Completion<void>& done);
  Result<std::size_t> read_some(Side side, std::span<std::byte> into);
  void send(Side side, Bytes bytes);
  std::size_t unsent_bytes(Side side) const { return flow(side).queued_bytes; }
  void start_wait_unsent(Side side, std::size_t bytes, Completion<void>& done);
  void finish_sending(Side side);
  void close(Side side);
  void abort(Side side);

  // The handle of this side comes into being, and goes.
  std::unique_ptr<Connection> make_handle(Side side);
  void let_go(Side side);
  bool has_handle(Side side) const { return end(side).has_handle; }
  bool over(Side side) const { return end(side).over; }
  bool broken(Side side) const { return end(side).broken; }
  // Nothing can be seen of it any more.
  bool forgettable() const;

  // No byte from `sender` arrives before `when` (the end of the handshake).
  void not_before(Side sender, TimePoint when) { flow(sender).last_arrival = when; }
  // The connection never came to be for this side: its kernel answers with a reset.
  void refuse(Side side);

  // The life of this side ends: its kernel closes (killed), or nothing is left (powered off).
  void die(Side side, CrashKind kind);
  // The path may be open again: what was held or lost goes on its way.
  void path_changed();
  // A middle box breaks the connection for both sides; or forgets it without a word.
  void inject_reset();
  void silence() { silent_ = true; }
  bool silent() const { return silent_; }

  std::string waiting(Side side) const;

 private:
  struct Segment {
    std::uint32_t bytes = 0;
    bool finish = false;
    bool reset = false;
    TimePoint arrival;
  };
  struct End {
    Life* life = nullptr;
    Endpoint at;
    bool has_handle = false;
    bool closed = false;  // by its program
    bool over = false;    // the kernel of this side has forgotten it
    bool broken = false;  // a reset arrived
    Completion<void>* readable = nullptr;
    Completion<void>* unsent = nullptr;
    std::size_t unsent_bound = 0;
    bool readable_scheduled = false;
    bool unsent_scheduled = false;
    bool flush_scheduled = false;
  };
  // One direction, named by its sender.
  struct Flow {
    Fifo<Bytes> queued;
    std::size_t queued_bytes = 0;
    Fifo<Bytes> bytes;  // received, then wire, then taken
    std::size_t received_bytes = 0;
    std::size_t wire_bytes = 0;
    std::size_t taken_bytes = 0;
    std::size_t unacknowledged_bytes = 0;
    std::size_t held_acknowledgements = 0;  // the path back was cut when the bytes arrived
    std::uint64_t taken_offset = 0;         // of the next byte the kernel takes
    std::uint64_t wire_offset = 0;          // of the next byte to go on the wire
    Fifo<Segment> segments;
    TimePoint last_arrival{};
    EventQueue::Id arrival_event = 0;
    bool stalled = false;
    bool clogged = false;  // held, not lost
    TimePoint stalled_since{};
    EventQueue::Id give_up_event = 0;
    bool finishing = false;
    bool finish_on_wire = false;
    bool finished = false;     // arrived
    bool unread_lost = false;  // the sender closed without reading what it was sent
    Random draws{0};
  };

  End& end(Side side) { return ends_[static_cast<std::size_t>(side)]; }
  const End& end(Side side) const { return ends_[static_cast<std::size_t>(side)]; }
  Flow& flow(Side sender) { return flows_[static_cast<std::size_t>(sender)]; }
  const Flow& flow(Side sender) const { return flows_[static_cast<std::size_t>(sender)]; }
  bool active(Side side) const { return end(side).life->alive() && !end(side).closed; }
  bool readable(Side side) const;

  void later(Side side, void (Stream::*method)(Side));
  void notify_readable(Side side);
  void fire_readable(Side side);
  void notify_unsent(Side side);
  void fire_unsent(Side side);
  void schedule_flush(Side side);
  void flush(Side side);

  void take(Side side);
  void transmit(Side side);
  void finish_on_wire(Side side);
  void put_on_wire(Side side, Segment segment, Duration delay);
  void schedule_arrival(Side side);
  void arrive(Side side);
  bool deliver(Side side, const Segment& segment);
  void acknowledge(Side side, std::size_t bytes);
  void stall(Side side, bool clogged);
  void give_up(Side side);
  void end_stall(Side side);
  void receive_reset(Side side);
  void send_reset(Side side);
  void drop_unsent(Side side);
  void drop_received(Side side);
  void drop_wire(Side side);
  void drop_all(Side side);
  void record(Side side, EventKind kind, std::uint64_t payload);
  Error reset_error(Side side) const;

  Network& network_;
  const Id id_;
  const std::uint64_t number_;
  bool silent_ = false;
  std::array<End, 2> ends_;
  std::array<Flow, 2> flows_;
};

}  // namespace tarsier::sim
