// The network's half of a Stream: segments, acknowledgements, and what happens on bad paths.

#include <algorithm>
#include <utility>

#include "sim/network.h"
#include "sim/stream.h"
#include "sim/world.h"

namespace tarsier::sim {
namespace {

// Removes `count` bytes from the back.
void remove_suffix(Fifo<Bytes>& fifo, std::size_t count) {
  while (count > 0) {
    Bytes& last = fifo.back();
    if (last.size() > count) {
      last = last.slice(0, last.size() - count);
      return;
    }
    count -= last.size();
    fifo.pop_back();
  }
}

void remove_prefix(Fifo<Bytes>& fifo, std::size_t count) {
  while (count > 0) {
    Bytes& first = fifo.front();
    if (first.size() > count) {
      first.remove_prefix(count);
      return;
    }
    count -= first.size();
    fifo.pop();
  }
}

}  // namespace

// Puts what the peer has room for on the wire, cut into segments.
void Stream::transmit(Side side) {
  Flow& out = flow(side);
  const End& receiver = end(opposite(side));
  const Node& from = end(side).life->node();
  const Node& to = receiver.life->node();
  while (out.taken_bytes > 0) {
    // A peer that closed takes everything, to answer with a reset.
    const std::size_t window = receiver.closed || receiver.over
                                   ? out.taken_bytes
                                   : network_.options().receive_buffer_bytes;
    const std::size_t held = receiver.closed ? 0 : out.received_bytes + out.wire_bytes;
    if (held >= window) break;
    Random random = out.draws.fork(out.wire_offset);
    Segment segment;
    segment.bytes = static_cast<std::uint32_t>(
        network_.segment_bytes(from, to, std::min(window - held, out.taken_bytes), random));
    out.taken_bytes -= segment.bytes;
    out.wire_bytes += segment.bytes;
    out.unacknowledged_bytes += segment.bytes;
    out.wire_offset += segment.bytes;
    put_on_wire(side, segment, network_.delay(from, to, random));
  }
  finish_on_wire(side);
}

// The end, once everything before it is on the wire. A program that closed without reading all it
// was sent makes its kernel reset instead, which forgets what the kernel had taken.
void Stream::finish_on_wire(Side side) {
  Flow& out = flow(side);
  if (!out.finishing || out.finish_on_wire || end(side).over || out.queued_bytes > 0) return;
  if (end(side).closed && out.unread_lost) return send_reset(side);
  if (out.taken_bytes == 0) {
    out.finish_on_wire = true;
    const Node& from = end(side).life->node();
    const Node& to = end(opposite(side)).life->node();
    Segment segment;
    segment.finish = true;
    Random random = out.draws.fork("finish");
    put_on_wire(side, segment, network_.delay(from, to, random));
  }
}

void Stream::put_on_wire(Side side, Segment segment, Duration delay) {
  Flow& out = flow(side);
  segment.arrival = std::max(network_.world().now() + delay, out.last_arrival);
  out.last_arrival = segment.arrival;
  out.segments.push(segment);
  schedule_arrival(side);
}

void Stream::schedule_arrival(Side side) {
  Flow& out = flow(side);
  if (out.arrival_event != 0 || out.stalled || out.segments.empty()) return;
  out.arrival_event = network_.world().schedule(out.segments.front().arrival,
                                                [&network = network_, id = id_, side] {
                                                  if (Stream* self = network.find(id))
                                                    self->arrive(side);
                                                });
}

void Stream::arrive(Side side) {
  Flow& out = flow(side);
  out.arrival_event = 0;
  const Id id = id_;
  Network& network = network_;
  while (!out.segments.empty() && out.segments.front().arrival <= network.world().now()) {
    const Path path = silent_
                          ? Path::cut
                          : network.path(end(side).life->node(), end(opposite(side)).life->node());
    if (path != Path::open) return stall(side, path == Path::clogged);
    const Segment segment = out.segments.pop();
    if (!deliver(side, segment)) break;
  }
  schedule_arrival(side);
  network.forget_if_over(id);
}

// False: nothing that follows on this flow matters.
bool Stream::deliver(Side side, const Segment& segment) {
  Flow& out = flow(side);
  const Side to = opposite(side);
  End& receiver = end(to);
  out.wire_bytes -= segment.bytes;
  out.received_bytes += segment.bytes;
  acknowledge(side, segment.bytes);
  if (segment.reset) {
    record(to, EventKind::reset, 0);
    if (!receiver.over) receive_reset(to);
    return false;
  }
  if (receiver.closed || receiver.over) {
    drop_received(to);
    // While a closed program still has bytes queued its socket is open in the kernel.
    flow(to).unread_lost = flow(to).unread_lost || segment.bytes > 0;
    const bool unread = segment.bytes > 0 && flow(to).queued_bytes == 0;
    if (!unread && !receiver.over) return true;
    drop_wire(side);
    send_reset(to);  // nobody will ever read this: the kernel says so
    return false;
  }
  if (segment.finish) {
    record(to, EventKind::end, 0);
    out.finished = true;
  } else {
    record(to, EventKind::deliver, segment.bytes);
  }
  notify_readable(to);
  return true;
}

// Arrived bytes leave the sender's buffer, unless the news cannot travel back.
void Stream::acknowledge(Side side, std::size_t bytes) {
  Flow& out = flow(side);
  out.held_acknowledgements += bytes;
  if (out.held_acknowledgements == 0) return;
  const Path back = network_.path(end(opposite(side)).life->node(), end(side).life->node());
  if (back != Path::open || silent_) return;
  out.unacknowledged_bytes -= out.held_acknowledgements;
  out.held_acknowledgements = 0;
  if (out.queued_bytes > 0 && !end(side).over && end(side).life->alive())
    later(side, &Stream::flush);
}

// ---------------------------------------------------------------------------------- bad paths

void Stream::stall(Side side, bool clogged) {
  Flow& out = flow(side);
  // Nobody is left to send it again.
  if (end(side).over && !clogged) return drop_wire(side);
  out.stalled = true;
  out.clogged = clogged;
  out.stalled_since = network_.world().now();
  record(side, EventKind::lost, out.segments.front().bytes);
  out.give_up_event = network_.world().schedule(
      out.stalled_since + network_.options().give_up_after, [&network = network_, id = id_, side] {
        if (Stream* self = network.find(id)) self->give_up(side);
      });
}

void Stream::end_stall(Side side) {
  Flow& out = flow(side);
  out.stalled = false;
  network_.world().queue().cancel(std::exchange(out.give_up_event, 0));
}

// The sender's kernel has tried for the last time.
void Stream::give_up(Side side) {
  flow(side).give_up_event = 0;
  if (end(side).over || !end(side).life->alive()) return;
  receive_reset(side);
  drop_all(side);
  network_.forget_if_over(id_);
}

void Stream::path_changed() {
  if (silent_) return;
  for (const Side side : {Side::client, Side::server}) {
    acknowledge(side, 0);
    Flow& out = flow(side);
    const Node& from = end(side).life->node();
    const Node& to = end(opposite(side)).life->node();
    if (!out.stalled || network_.path(from, to) != Path::open) continue;
    end_stall(side);
    const TimePoint now = network_.world().now();
    // Held segments come at once; lost ones when the sender's kernel tries again.
    const TimePoint again = out.clogged ? now : network_.next_resend(out.stalled_since, now);
    Random random = out.draws.fork("again").fork(out.wire_offset);
    const TimePoint arrival = again + network_.delay(from, to, random);
    for (std::size_t i = 0; i < out.segments.size(); ++i)
      out.segments[i].arrival = std::max(out.segments[i].arrival, arrival);
    out.last_arrival = std::max(out.last_arrival, arrival);
    schedule_arrival(side);
  }
}

// A reset arrived at this side. What it received before stays readable.
void Stream::receive_reset(Side side) {
  End& self = end(side);
  self.broken = true;
  drop_unsent(side);
  notify_readable(side);
  if (self.closed) self.over = true;
}

// This side's kernel answers with a reset and forgets the connection.
void Stream::send_reset(Side side) {
  drop_unsent(side);
  end(side).over = true;
  Segment segment;
  segment.reset = true;
  Random random = flow(side).draws.fork("reset");
  put_on_wire(side, segment,
              network_.delay(end(side).life->node(), end(opposite(side)).life->node(), random));
}

void Stream::inject_reset() {
  for (const Side side : {Side::client, Side::server}) drop_all(side);
  for (const Side side : {Side::client, Side::server}) {
    if (end(side).over) continue;
    record(side, EventKind::reset, 1);
    receive_reset(side);
  }
  network_.forget_if_over(id_);
}

// What has not reached the wire.
void Stream::drop_unsent(Side side) {
  Flow& out = flow(side);
  out.queued.clear();
  out.queued_bytes = 0;
  remove_suffix(out.bytes, out.taken_bytes);
  out.taken_bytes = 0;
  notify_unsent(side);
}

void Stream::drop_received(Side side) {
  Flow& incoming = flow(opposite(side));
  remove_prefix(incoming.bytes, incoming.received_bytes);
  incoming.received_bytes = 0;
}

void Stream::drop_all(Side side) {
  drop_unsent(side);
  drop_wire(side);
}

// What the kernel has taken since stays behind it.
void Stream::drop_wire(Side side) {
  Flow& out = flow(side);
  std::vector<Bytes> kept;
  for (std::size_t missing = out.taken_bytes; missing > 0; missing -= kept.back().size()) {
    const Bytes& last = out.bytes.back();
    const std::size_t part = std::min(missing, last.size());
    kept.push_back(last.slice(last.size() - part, part));
    remove_suffix(out.bytes, part);
  }
  remove_suffix(out.bytes, out.wire_bytes);
  for (; !kept.empty(); kept.pop_back()) out.bytes.push(kept.back());
  out.wire_bytes = 0;
  out.segments.clear();
  end_stall(side);
  network_.world().queue().cancel(std::exchange(out.arrival_event, 0));
}

}  // namespace tarsier::sim
