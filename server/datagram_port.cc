#include "server/datagram_port.h"

#include <algorithm>
#include <utility>

#include "protocol/tars/frame.h"
#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier {
namespace {

constexpr std::size_t datagrams_per_event = 64;
constexpr std::size_t datagram_bytes_max = 65'507;

}  // namespace

DatagramPort::DatagramPort(ServerCore& core, SessionOwner& owner,
                           std::unique_ptr<DatagramSocket> socket, const AdmissionRules& rules)
    : core_(core),
      owner_(owner),
      socket_(std::move(socket)),
      rules_(rules),
      event_(&DatagramPort::on_event, this),
      id_(core.add_path(*this)) {}

DatagramPort::~DatagramPort() { core_.remove_path(id_); }

void DatagramPort::start() { socket_->start_wait_readable(event_); }

void DatagramPort::on_event(void* self, Result<void> result) {
  auto& port = *static_cast<DatagramPort*>(self);
  if (!result) {
    port.ended_ = true;
    return;
  }
  port.receive_all();
  port.go_on();
}

void DatagramPort::go_on() {
  if (core_.reading_paused()) return;
  if (!in_flight_.pauses(core_.options(), core_.counters())) start();
}

void DatagramPort::call_ended(std::size_t bytes) {
  in_flight_.remove(bytes);
  go_on_later();
}

void DatagramPort::resume_reading() { go_on_later(); }

void DatagramPort::go_on_later() {
  if (event_.pending() || resume_posted_ || ended_) return;
  resume_posted_ = true;
  core_.post_on(id_, [](ReplyPath& path) {
    auto& port = static_cast<DatagramPort&>(path);
    port.resume_posted_ = false;
    if (!port.event_.pending() && !port.ended_) port.go_on();
  });
}

void DatagramPort::close() {
  socket_->close();
  if (!event_.pending()) ended_ = true;  // paused: nothing is left that would say so
}

void DatagramPort::receive_all() {
  for (std::size_t i = 0; i < datagrams_per_event && !full(); ++i) {
    const std::span<std::byte> buffer = owner_.read_buffer();
    const Result<std::size_t> received = socket_->receive(buffer, from_);
    if (!received) return;
    ++core_.counters().datagrams;
    if (!address_allowed(rules_, from_.host)) {
      ++core_.counters().refused_address;
      continue;
    }
    dispatch_datagram(buffer.first(*received));
  }
}

void DatagramPort::dispatch_datagram(std::span<const std::byte> datagram) {
  tars::FrameSplitter splitter(core_.options().frame_bytes_max);
  splitter.feed(datagram);
  std::span<const std::byte> packet;
  tars::FrameSplitter::Cut cut;
  bool damaged = datagram.empty();
  bool too_long = false;
  const std::size_t answer_bytes = answer_bytes_max(datagram.size());
  const TimePoint now = core_.env().clock.now();
  while ((cut = splitter.next(packet)) == tars::FrameSplitter::Cut::frame) {
    if (in_flight_.full(core_.options())) {
      ++core_.counters().datagrams_cut_short;
      break;
    }
    if (core_.dispatch(*this, packet, now, now) == ServerCore::Outcome::close) {
      damaged = true;
      break;
    }
    // Nothing of it can be sent: the calls that follow are made, and that is all.
    if (output_.size() > answer_bytes) too_long = true;
    if (too_long) forget(output_);
  }
  if (damaged || cut == tars::FrameSplitter::Cut::bad_length || splitter.pending_bytes() > 0)
    ++core_.counters().datagrams_malformed;
  if (too_long) ++core_.counters().datagram_answers_dropped;
  send_answers(output_, from_, datagram.size());
}

std::size_t DatagramPort::answer_bytes_max(std::size_t request_bytes) const {
  const std::size_t factor = core_.options().datagram_amplification_max;
  return factor == 0 ? datagram_bytes_max : std::min(datagram_bytes_max, factor * request_bytes);
}

void DatagramPort::send_answers(ByteBuffer& answers, const Endpoint& to,
                                std::size_t request_bytes) {
  if (answers.empty()) return;
  if (answers.size() > answer_bytes_max(request_bytes) || !socket_->send(to, answers.span()))
    ++core_.counters().datagram_answers_dropped;
  forget(answers);
}

// Keeps no more memory than what can be sent needs.
void DatagramPort::forget(ByteBuffer& answers) {
  answers.clear();
  if (answers.capacity() > 2 * datagram_bytes_max) answers = ByteBuffer();
}

void DatagramPort::answered_later(const Endpoint& to, std::size_t request_bytes) {
  send_answers(late_output_, to, request_bytes + tars::FrameSplitter::length_bytes);
}

Result<> DatagramPort::may_push() {
  return Error(Code::unsupported, "there is no connection to push to over UDP");
}

}  // namespace tarsier
