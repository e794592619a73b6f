#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "transport/clock.h"
#include "transport/executor.h"
#include "transport/task.h"
#include "transport/tls/tls_context.h"
#include "transport/tls/unsent_records.h"
#include "transport/transport.h"

namespace tarsier::tls {

// TLS over the connection of any backend. OpenSSL sees two buffers in memory and never a socket, so
// it works alike over epoll, in memory and in the simulator. What is held beyond that connection's
// own buffers: one record and one chunk on the way in, nothing on the way out.
//
// A peer that ends without saying goodbye inside TLS (close_notify) shows as a reset: somebody may
// have cut the stream short.
class TlsConnection final : public Connection {
 public:
  // `host` (of clients): the name or address that the server's certificate must be for, which is
  // also told to the server (SNI). The clock says whether certificates are valid.
  TlsConnection(Executor& executor, const Clock& clock, const Context& context,
                std::unique_ptr<Connection> below, const std::string& host);
  ~TlsConnection() override;

  // Before anything else. denied: the other side, or we, did not like a certificate; malformed: it
  // does not speak TLS, or none that we do; reset, closed: as the connection below.
  Task<Result<>> handshake();

  void start_wait_readable(Completion<void>& done) override;
  Result<std::size_t> read_some(std::span<std::byte> into) override;
  void send(Bytes bytes) override;
  // Of what was given to send(): how much of it is inside of records that are not sent.
  std::size_t unsent_bytes() const override;
  void start_wait_unsent(std::size_t bytes, Completion<void>& done) override;
  void finish_sending() override;
  void close() override;
  void abort() override;
  const Endpoint& local() const override { return local_; }
  const Endpoint& peer() const override { return peer_; }

 private:
  // What an attempt of OpenSSL that gave nothing leads to.
  enum class Next : std::uint8_t { again, wait, end, broken };
  struct Link;

  Next after(int returned);
  Result<std::size_t> feed();
  void flush();
  bool readable_now();
  void complete_later();
  void wait_below();
  void wake();
  Next break_off(Error why);
  Error failure(int why) const;

  Executor& executor_;
  std::unique_ptr<Connection> below_;
  const Side side_;
  const std::string host_;
  Endpoint local_;
  Endpoint peer_;
  ssl_st* ssl_;
  Link* link_;  // goes by itself, with the last that refers to it
  Completion<void>* waiter_ = nullptr;
  std::optional<Error> broken_;
  bool shaken_ = false;  // the handshake is over
  bool closed_ = false;
  bool finished_ = false;         // nothing may be sent any more
  mutable UnsentRecords unsent_;  // forgets what was sent when it is asked
};

}  // namespace tarsier::tls
