#include "sim/stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/network.h"
#include "sim/world.h"

namespace tarsier::sim {
namespace {

Error closed_error() { return Error(Code::closed, "the connection was closed on this side"); }

}  // namespace

Stream::Stream(Network& network, Id id, std::uint64_t number, Half client, Half server,
               Random draws)
    : network_(network), id_(id), number_(number) {
  end(Side::client).life = client.life;
  end(Side::client).at = std::move(client.at);
  end(Side::server).life = server.life;
  end(Side::server).at = std::move(server.at);
  flow(Side::client).draws = draws.fork(0);
  flow(Side::server).draws = draws.fork(1);
}

Stream::~Stream() {
  for (const Flow& one : flows_) {
    network_.world().queue().cancel(one.arrival_event);
    network_.world().queue().cancel(one.give_up_event);
  }
}

void Stream::record(Side side, EventKind kind, std::uint64_t payload) {
  network_.world().record(&end(side).life->node(), kind, number_ * 2 + static_cast<unsigned>(side),
                          payload);
}

Error Stream::reset_error(Side side) const {
  return Error(Code::reset,
               "the connection to " + endpoint_text(end(opposite(side)).at) + " was reset");
}

// By id: when the callback runs, the stream may be gone.
void Stream::later(Side side, void (Stream::*method)(Side)) {
  end(side).life->make_ready([&network = network_, id = id_, side, method] {
    if (Stream* self = network.find(id)) (self->*method)(side);
  });
}

// ---------------------------------------------------------------------------------- reading

bool Stream::readable(Side side) const {
  const Flow& incoming = flow(opposite(side));
  return end(side).closed || incoming.received_bytes > 0 || incoming.finished || end(side).broken;
}

void Stream::start_wait_readable(Side side, Completion<void>& done) {
  done.arm();
  End& self = end(side);
  if (!self.life->alive()) return;
  TARSIER_CHECK(self.readable == nullptr, "one wait for readability at a time");
  self.readable = &done;
  notify_readable(side);
}

void Stream::notify_readable(Side side) {
  End& self = end(side);
  if (self.readable == nullptr || self.readable_scheduled || !readable(side)) return;
  self.readable_scheduled = true;
  later(side, &Stream::fire_readable);
}

void Stream::fire_readable(Side side) {
  End& self = end(side);
  self.readable_scheduled = false;
  if (self.readable == nullptr || !readable(side)) return;
  const bool closed = self.closed;
  std::exchange(self.readable, nullptr)->complete(closed ? Result<>(closed_error()) : Result<>());
}

Result<std::size_t> Stream::read_some(Side side, std::span<std::byte> into) {
  TARSIER_CHECK(!into.empty(), "a read needs room for at least one byte");
  if (!active(side)) return closed_error();
  Flow& incoming = flow(opposite(side));
  if (incoming.received_bytes == 0) {
    // In this order: after a FIN the kernel goes on answering 0, whatever comes later.
    if (incoming.finished) return std::size_t{0};
    if (end(side).broken) return reset_error(side);
    return Error(Code::would_block);
  }
  const std::size_t wanted = std::min(into.size(), incoming.received_bytes);
  std::size_t taken = 0;
  while (taken < wanted) {
    Bytes& first = incoming.bytes.front();
    const std::size_t part = std::min(wanted - taken, first.size());
    std::memcpy(into.data() + taken, first.data(), part);
    taken += part;
    if (part == first.size()) {
      incoming.bytes.pop();
    } else {
      first.remove_prefix(part);
    }
  }
  incoming.received_bytes -= taken;
  if (incoming.taken_bytes > 0) transmit(opposite(side));  // the window opened
  return taken;
}

// ---------------------------------------------------------------------------------- sending

void Stream::send(Side side, Bytes bytes) {
  Flow& out = flow(side);
  if (!active(side) || out.finishing || end(side).broken || bytes.empty()) return;
  record(side, EventKind::send, hash_payload(bytes));
  out.queued_bytes += bytes.size();
  out.queued.push(std::move(bytes));
  schedule_flush(side);
}

void Stream::finish_sending(Side side) {
  if (!active(side) || flow(side).finishing) return;
  flow(side).finishing = true;
  schedule_flush(side);
}

void Stream::schedule_flush(Side side) {
  if (std::exchange(end(side).flush_scheduled, true)) return;
  end(side).life->at_turn_end([&network = network_, id = id_, side] {
    if (Stream* self = network.find(id)) self->flush(side);
  });
}

void Stream::flush(Side side) {
  end(side).flush_scheduled = false;
  if (end(side).over) return;
  take(side);
  transmit(side);
}

// The write call: the kernel takes what its buffer has room for, or less.
void Stream::take(Side side) {
  Flow& out = flow(side);
  const std::size_t capacity = network_.send_buffer_bytes(end(side).life->node());
  const std::size_t used = out.taken_bytes + out.unacknowledged_bytes;
  std::size_t room = std::min(capacity - std::min(capacity, used), out.queued_bytes);
  if (room > 0) {
    const std::size_t whole = room;
    room = network_.write_bytes(end(side).life->node(), room, out.draws, out.taken_offset);
    // The rest at the next turn, when the loop finds the socket writable again.
    if (room < whole) later(side, &Stream::flush);
  }
  out.queued_bytes -= room;
  out.taken_bytes += room;
  out.taken_offset += room;
  while (room > 0) {
    Bytes& first = out.queued.front();
    if (first.size() <= room) {
      room -= first.size();
      out.bytes.push(out.queued.pop());
    } else {
      out.bytes.push(first.slice(0, room));
      first.remove_prefix(room);
      room = 0;
    }
  }
  notify_unsent(side);
}

void Stream::start_wait_unsent(Side side, std::size_t bytes, Completion<void>& done) {
  done.arm();
  End& self = end(side);
  if (!self.life->alive()) return;
  TARSIER_CHECK(self.unsent == nullptr, "one wait for unsent bytes at a time");
  self.unsent = &done;
  self.unsent_bound = bytes;
  notify_unsent(side);
}

void Stream::notify_unsent(Side side) {
  End& self = end(side);
  if (self.unsent == nullptr || self.unsent_scheduled) return;
  if (!self.closed && !self.broken && flow(side).queued_bytes > self.unsent_bound) return;
  self.unsent_scheduled = true;
  later(side, &Stream::fire_unsent);
}

void Stream::fire_unsent(Side side) {
  End& self = end(side);
  self.unsent_scheduled = false;
  if (self.unsent == nullptr) return;
  Result<> result;
  if (self.closed) {
    result = closed_error();
  } else if (self.broken) {
    result = reset_error(side);
  } else if (flow(side).queued_bytes > self.unsent_bound) {
    return;  // more was queued since; take() will notify again
  }
  std::exchange(self.unsent, nullptr)->complete(std::move(result));
}

// ---------------------------------------------------------------------------------- closing

void Stream::close(Side side) {
  End& self = end(side);
  if (!active(side)) return;
  self.closed = true;
  notify_readable(side);
  notify_unsent(side);
  const bool unread = flow(opposite(side)).received_bytes > 0;
  drop_received(side);
  if (self.broken) {
    self.over = true;
  } else {
    flow(side).unread_lost = unread;
    flow(side).finishing = true;
    schedule_flush(side);
  }
  if (flow(opposite(side)).taken_bytes > 0) transmit(opposite(side));
  network_.forget_if_over(id_);
}

void Stream::abort(Side side) {
  End& self = end(side);
  if (self.over || !self.life->alive()) return;
  self.closed = true;
  notify_readable(side);
  const bool unread = flow(opposite(side)).received_bytes > 0;
  drop_received(side);
  drop_unsent(side);
  if (self.broken) {
    self.over = true;
  } else if (self.at.is_unix() || end(opposite(side)).at.is_unix()) {
    // Unix-domain sockets know no reset on request.
    if (unread) {
      send_reset(side);
    } else {
      flow(side).finishing = true;
      transmit(side);
    }
  } else {
    send_reset(side);
  }
  network_.forget_if_over(id_);
}

void Stream::refuse(Side side) {
  if (end(side).over) return;
  end(side).closed = true;
  drop_received(side);
  send_reset(side);
  network_.forget_if_over(id_);
}

void Stream::die(Side side, CrashKind kind) {
  End& self = end(side);
  if (self.readable != nullptr) std::exchange(self.readable, nullptr)->disarm();
  if (self.unsent != nullptr) std::exchange(self.unsent, nullptr)->disarm();
  if (self.over) return;
  Flow& out = flow(side);
  self.closed = true;
  if (kind == CrashKind::powered_off) {
    drop_unsent(side);
    drop_received(side);
    self.over = true;
    if (out.stalled && !out.clogged) drop_wire(side);
    return;
  }
  // What the process had queued dies with it; what the kernel took is still delivered.
  out.queued.clear();
  out.queued_bytes = 0;
  const bool unread = flow(opposite(side)).received_bytes > 0;
  drop_received(side);
  if (self.broken) {
    self.over = true;
  } else {
    out.unread_lost = out.unread_lost || unread;
    out.finishing = true;
    transmit(side);
  }
}

void Stream::let_go(Side side) {
  End& self = end(side);
  TARSIER_CHECK(self.readable == nullptr && self.unsent == nullptr,
                "a Connection was destroyed while a wait is pending: close it and let the wait "
                "end with Code::closed first");
  if (self.life->alive()) {
    close(side);  // still has its handle for the moment, so that this stays
    network_.give_descriptor(*self.life);
  }
  self.has_handle = false;
  network_.forget_if_over(id_);
}

bool Stream::forgettable() const {
  const End& client = ends_[0];
  const End& server = ends_[1];
  if (client.has_handle || server.has_handle) return false;
  return (client.closed || client.over) && (server.closed || server.over);
}

std::string Stream::waiting(Side side) const {
  const End& self = end(side);
  std::string text;
  const std::string peer =
      endpoint_text(end(opposite(side)).at) + " (stream " + std::to_string(number_) + ")";
  if (self.readable != nullptr) text += self.life->node().name() + ": bytes from " + peer + "\n";
  if (self.unsent != nullptr) {
    text += self.life->node().name() + ": " + peer + " to take " +
            std::to_string(flow(side).queued_bytes) + " queued bytes\n";
  }
  return text;
}

// ---------------------------------------------------------------------------------- handle

namespace {

class SimConnection final : public Connection {
 public:
  SimConnection(Stream& stream, Side side) : stream_(stream), side_(side) {}
  ~SimConnection() override { stream_.let_go(side_); }

  void start_wait_readable(Completion<void>& done) override {
    stream_.start_wait_readable(side_, done);
  }
  Result<std::size_t> read_some(std::span<std::byte> into) override {
    return stream_.read_some(side_, into);
  }
  void send(Bytes bytes) override { stream_.send(side_, std::move(bytes)); }
  std::size_t unsent_bytes() const override { return stream_.unsent_bytes(side_); }
  void start_wait_unsent(std::size_t bytes, Completion<void>& done) override {
    stream_.start_wait_unsent(side_, bytes, done);
  }
  void finish_sending() override { stream_.finish_sending(side_); }
  void close() override { stream_.close(side_); }
  void abort() override { stream_.abort(side_); }
  const Endpoint& local() const override { return stream_.local(side_); }
  const Endpoint& peer() const override { return stream_.local(opposite(side_)); }

 private:
  Stream& stream_;
  const Side side_;
};

}  // namespace

std::unique_ptr<Connection> Stream::make_handle(Side side) {
  end(side).has_handle = true;
  return std::make_unique<SimConnection>(*this, side);
}

}  // namespace tarsier::sim
