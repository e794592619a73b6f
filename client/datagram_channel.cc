#include "client/datagram_channel.h"

#include <string>
#include <utility>

#include "protocol/tars/frame.h"
#include "transport/base/limits.h"
#include "transport/clock.h"

namespace tarsier {
namespace {

constexpr std::size_t datagrams_per_event = 64;

bool is_v6(const Endpoint& endpoint) { return endpoint.host.find(':') != std::string::npos; }

}  // namespace

DatagramChannel::DatagramChannel(ClientCore& core, Listener& listener, Endpoint to,
                                 std::size_t frame_bytes_max)
    : core_(core),
      listener_(listener),
      endpoint_(std::move(to)),
      frame_bytes_max_(frame_bytes_max),
      readable_(&DatagramChannel::on_readable, this),
      calls_(core, *this) {}

// There is nobody to connect to: a socket is all that it takes.
void DatagramChannel::connect_now() {
  if (closed_ || retired_) return;
  if (socket_ == nullptr) return (void)open_and_tell();
  listener_.on_connect_ended(*this, core_.env().clock.now(), true);
}

ByteBuffer* DatagramChannel::begin(PendingCall* call, const CallTerms& terms,
                                   tars::RequestHeader& header) {
  if (closed_ || retired_) {
    calls_.refuse(call, terms, Error(Code::closed, "the client is closed"));
    return nullptr;
  }
  if (calls_.full()) {
    ++core_.counters().queue_full;
    calls_.refuse(call, terms,
                  Error(Code::send, "client queue full: " + std::to_string(calls_.size()) +
                                        " calls wait at " + endpoint_.to_string()));
    return nullptr;
  }
  if (socket_ == nullptr) {
    if (const auto opened = open_and_tell(); !opened) {
      calls_.refuse(call, terms,
                    Error(Code::connect, "no socket for " + endpoint_.to_string() + ": " +
                                             opened.error().to_string()));
      return nullptr;
    }
  }
  calls_.begin(call, terms, header);
  return &output_;
}

Result<> DatagramChannel::open_and_tell() {
  auto opened = open();
  if (!opened) ++core_.counters().connect_failed;
  listener_.on_connect_ended(*this, core_.env().clock.now(), opened.ok());
  return opened;
}

Result<> DatagramChannel::open() {
  Endpoint any;
  any.type = EndpointType::udp;
  any.host = is_v6(endpoint_) ? "::" : "0.0.0.0";
  TARSIER_TRY(socket_, core_.env().transport.open_datagram(any));
  socket_->start_wait_readable(readable_);
  return {};
}

void DatagramChannel::end(const Result<>& encoded) {
  const ByteBuffer datagram = std::exchange(output_, ByteBuffer());
  if (!encoded) {
    calls_.end(encoded);
  } else if (datagram.size() > limits::datagram_bytes_max) {
    calls_.refuse(Error(Code::send, "a request of " + std::to_string(datagram.size()) +
                                        " bytes does not fit into a datagram, which takes " +
                                        std::to_string(limits::datagram_bytes_max) +
                                        ": call the service over tcp"));
  } else if (const auto sent = socket_->send(endpoint_, datagram.span()); !sent) {
    calls_.refuse(Error(Code::connect, "nothing was sent to " + endpoint_.to_string() + ": " +
                                           sent.error().to_string()));
  } else {
    calls_.end({});
  }
}

void DatagramChannel::on_readable(void* self, Result<void>) {
  auto& channel = *static_cast<DatagramChannel*>(self);
  if (!channel.closed_) channel.read_answers();
  // Closed before that, or by it: this was the last that is heard of the socket.
  if (channel.closed_) {
    channel.socket_.reset();
    return channel.core_.ended();
  }
  channel.socket_->start_wait_readable(channel.readable_);
}

void DatagramChannel::read_answers() {
  busy_ = true;
  for (std::size_t i = 0; i < datagrams_per_event && !closed_; ++i) {
    const std::span<std::byte> buffer = core_.read_buffer();
    const Result<std::size_t> taken = socket_->receive(buffer, sender_);
    if (!taken) break;
    handle(buffer.first(*taken));
  }
  busy_ = false;
  close_if_retired();
}

// Damage ends with its datagram: the next one is a beginning.
void DatagramChannel::handle(std::span<const std::byte> datagram) {
  if (!from_the_server(sender_)) {
    ++core_.counters().answers_unknown;
    return;
  }
  calls_.heard();
  tars::FrameSplitter splitter(frame_bytes_max_);
  splitter.feed(datagram);
  std::span<const std::byte> packet;
  tars::FrameSplitter::Cut cut;
  while ((cut = splitter.next(packet)) == tars::FrameSplitter::Cut::frame) {
    if (!calls_.handle(packet) || closed_) return;
  }
  const bool whole = cut == tars::FrameSplitter::Cut::more && splitter.pending_bytes() == 0;
  if (!whole || datagram.empty()) ++core_.counters().answers_malformed;
}

// As far as texts tell: a name, or one of the spellings of an IPv6 address, is not compared.
bool DatagramChannel::from_the_server(const Endpoint& sender) const {
  if (sender.port != endpoint_.port) return false;
  const bool comparable = endpoint_.host.find_first_not_of("0123456789.") == std::string::npos &&
                          endpoint_.host != "0.0.0.0";
  return !comparable || sender.host == endpoint_.host;
}

Error DatagramChannel::timed_out() const {
  return Error(Code::timeout, "no answer from " + endpoint_.to_string() +
                                  " before the deadline of the call; it may have run, or a "
                                  "datagram was lost");
}

void DatagramChannel::on_timeouts(std::span<const std::uint32_t>, bool silent) {
  if (silent && !retired_) listener_.on_unanswered(*this);
  if (!busy_) close_if_retired();
}

void DatagramChannel::retire() {
  retired_ = true;
  if (!busy_) close_if_retired();
}

void DatagramChannel::close_if_retired() {
  if (retired_ && calls_.empty()) close();
}

void DatagramChannel::close() {
  if (closed_) return;
  closed_ = true;
  if (socket_ != nullptr) socket_->close();
  calls_.fail_all(Code::closed, "the client was closed");
}

bool DatagramChannel::quiet() const { return !readable_.pending() && !busy_; }

}  // namespace tarsier
