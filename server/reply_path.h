#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/tars/packet.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"
#include "transport/endpoint.h"

namespace tarsier {

// Where the answers of a call go: a connection (session.h) or a datagram socket (datagram_port.h).
// The dispatcher and ServerCall see no more of either.
class ReplyPath {
 public:
  virtual ~ReplyPath() = default;

  // Under which the core finds it again; 0 is never given out.
  virtual std::uint64_t id() const = 0;
  // Whether answers still go anywhere: a connection that is over is only there to be cleared away.
  virtual bool open() const = 0;
  // Of the call that is being dispatched.
  virtual const Endpoint& peer() const = 0;
  // Where frames are appended: answers of the call that is being dispatched, which leave when all
  // that was read is dispatched, or `later` ones, each announced by answered_later() or pushed().
  virtual ByteBuffer& output(bool later) = 0;
  // After an answer that came later: `to` is the peer() of its call, `request_bytes` its size.
  virtual void answered_later(const Endpoint& to, std::size_t request_bytes) = 0;

  // A call is going to be answered later, and `bytes` are held until then; it was answered or given
  // up.
  virtual void call_kept(std::size_t bytes) = 0;
  virtual void call_ended(std::size_t bytes) = 0;

  // Reads on, after ServerCore::reading_paused() held.
  virtual void resume_reading() = 0;

  // Counts anew what is buffered, because peers took something and said nothing of it.
  virtual void recount() = 0;

  // Whether a frame that answers no call may be appended to output(true); pushed() follows it.
  // unsupported: datagrams. closed: the connection is gone. limit: too much is unsent.
  virtual Result<> may_push() = 0;
  virtual void pushed() = 0;
  virtual void close_when_sent() = 0;

  // Whether the last request was TUP. Such a client waits for packets shaped like requests, and
  // @tars/rpc dies of a ResponsePacket.
  bool tup = false;
  // The servant whose keys the peer has shown; outlives the path.
  std::string_view keys_of{};
};

}  // namespace tarsier
