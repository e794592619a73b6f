#pragma once

#include <cstddef>
#include <memory>

#include "client/call_options.h"
#include "client/client_core.h"
#include "client/pending_call.h"
#include "client/sending.h"
#include "protocol/tars/packet.h"
#include "protocol/tars/packet_writer.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/endpoint.h"

namespace tarsier {

// The way to one endpoint, for many calls at once: a connection (stream_channel.h) or a datagram
// socket (datagram_channel.h). Loop only; no coroutine.
//
// Every call ends exactly once: with its answer, when its deadline passes, or at once when it is
// known that no answer can come. Code::connect says that no byte of it was sent, Code::timeout (the
// deadline) and Code::closed (the connection) that it may have run.
class Channel {
 public:
  // Who hears of what concerns no single call.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_push(const tars::ResponseView& push) = 0;
    // The server is about to stop (`_reconnect_`, spec §2.7): no new calls on this channel.
    virtual void on_reconnect_asked(Channel& channel) = 0;
    // Calls time out and nothing at all comes back: the path may have died without a word, which
    // the kernel notices only after a quarter of an hour.
    virtual void on_silence(Channel& channel) = 0;
    // An attempt to connect that began then has ended, before the calls that wait for it hear of
    // it.
    virtual void on_connect_ended(Channel& channel, TimePoint began, bool made) = 0;
    // Nobody answers datagrams.
    virtual void on_unanswered(Channel& channel) = 0;
    // Whether a connection is of use while nothing is called.
    virtual bool waits_for_pushes() const = 0;
  };

  virtual ~Channel() = default;

  virtual const Endpoint& endpoint() const = 0;
  // Connects for no call's sake, unless it is connected. Listener::on_connect_ended tells what came
  // of it, in any case.
  virtual void connect_now() = 0;

  // As CallStarter::begin and end. The ids and the type in the header are filled in here.
  virtual ByteBuffer* begin(PendingCall* call, const CallTerms& terms,
                            tars::RequestHeader& header) = 0;
  virtual void end(const Result<>& encoded) = 0;

  // No new calls; closes when those under way have ended.
  virtual void retire() = 0;
  // Fails what is under way with Code::closed and closes.
  virtual void close() = 0;
  // Nothing runs, and nothing will unless it is called: may be destroyed.
  virtual bool quiet() const = 0;
};

// Whether there is a channel to such an endpoint. unsupported: why not, and what to use instead.
// `through`: as in make_channel().
Result<> check_channel_to(const Endpoint& to, const GreetingTransport* through = nullptr);

// Such as check_channel_to() accepts. `frame_bytes_max`: of answers. `through`: what connects,
// where that is not Env's transport.
std::unique_ptr<Channel> make_channel(ClientCore& core, Channel::Listener& listener,
                                      const Endpoint& to, std::size_t frame_bytes_max,
                                      GreetingTransport* through = nullptr);

}  // namespace tarsier
