#include "transport/tls/tls_connection.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/limits.h"
#include "transport/demolition.h"

namespace tarsier::tls {
namespace {

constexpr std::size_t chunk_bytes = 16 * limits::kib;
// What is sent becomes records in pieces of this size, so that nothing is held twice for long.
constexpr std::size_t piece_bytes = 64 * limits::kib;

std::string advice_for(long verdict, const std::string& host) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "; it is not made for '" + host + "': connect to a name that stands in it";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return "; nobody in our 'ca' vouches for it";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "; it has to be renewed";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "; check the clocks of both machines";
    default: return {};
  }
}

// Numbers are compared with the addresses in a certificate, names with its names.
void expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
  const std::string address = host.substr(0, host.find('%'));
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, address.c_str()) == 1) return;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  TARSIER_CHECK(X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1 &&
                    SSL_set_tlsext_host_name(ssl, host.c_str()) == 1,
                "OpenSSL takes no host name: it is out of memory");
}

}  // namespace

// What the loop and the connection below hold of us. It may outlast us: what we wait for can be in
// OpenSSL already when somebody reads less than there is, while a wait below cannot be taken back.
struct TlsConnection::Link {
  explicit Link(TlsConnection& connection) : owner(&connection), readable(&on_readable, this) {}

  static void on_readable(void* self, Result<void>) {
    auto* link = static_cast<Link*>(self);
    link->owner != nullptr ? link->owner->wake() : link->settle();
  }
  void settle() {
    if (owner == nullptr && !posted && !readable.pending()) delete this;
  }

  TlsConnection* owner;  // null: gone
  Completion<void> readable;
  bool posted = false;
  std::unique_ptr<Connection> orphan;  // what `readable` belongs to, then
};

TlsConnection::TlsConnection(Executor& executor, const Clock& clock, const Context& context,
                             std::unique_ptr<Connection> below, const std::string& host)
    : executor_(executor),
      below_(std::move(below)),
      side_(context.side()),
      host_(host),
      local_(below_->local()),
      peer_(below_->peer()),
      ssl_(SSL_new(context.get())),
      link_(new Link(*this)) {
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  TARSIER_CHECK(ssl_ != nullptr && in != nullptr && out != nullptr, "libssl is out of memory");
  local_.type = EndpointType::ssl;
  peer_.type = EndpointType::ssl;
  SSL_set_bio(ssl_, in, out);
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_), static_cast<time_t>(clock.wall_ms() / 1000));
  if (side_ == Side::client) {
    expect_host(ssl_, host_);
    SSL_set_connect_state(ssl_);
  } else {
    SSL_set_accept_state(ssl_);
  }
}

TlsConnection::~TlsConnection() {
  if (Demolition::under_way()) {
    SSL_free(ssl_);
    delete link_;
    return;
  }
  TARSIER_CHECK(waiter_ == nullptr,
                "a Connection was destroyed while a wait is pending: close it and let the wait "
                "end with Code::closed first");
  close();
  SSL_free(ssl_);
  link_->owner = nullptr;
  link_->orphan = std::move(below_);
  link_->settle();
}

// ---------------------------------------------------------------------------------- records

Result<std::size_t> TlsConnection::feed() {
  std::array<std::byte, chunk_bytes> chunk;
  Result<std::size_t> taken = below_->read_some(chunk);
  if (taken && *taken > 0) BIO_write(SSL_get_rbio(ssl_), chunk.data(), static_cast<int>(*taken));
  return taken;
}

void TlsConnection::flush() {
  char* records = nullptr;
  const long bytes = BIO_get_mem_data(SSL_get_wbio(ssl_), &records);
  if (bytes <= 0) return;
  below_->send(Bytes::copy_of(std::string_view(records, static_cast<std::size_t>(bytes))));
  unsent_.add(0, static_cast<std::size_t>(bytes));
  BIO_reset(SSL_get_wbio(ssl_));
}

TlsConnection::Next TlsConnection::after(int returned) {
  const int why = SSL_get_error(ssl_, returned);
  if (why == SSL_ERROR_ZERO_RETURN) return Next::end;
  if (why != SSL_ERROR_WANT_READ) {
    Error error = failure(why);
    flush();  // the alert that tells the peer
    return break_off(std::move(error));
  }
  flush();
  Result<std::size_t> taken = feed();
  if (taken.code() == Code::would_block) return Next::wait;
  if (!taken) return break_off(std::move(taken).error());
  if (*taken > 0) return Next::again;
  return break_off(Error(
      Code::reset, shaken_
                       ? "the connection ended without a goodbye inside TLS: it may be cut short"
                       : "the peer hung up during the TLS handshake: does it speak TLS there?"));
}

TlsConnection::Next TlsConnection::break_off(Error why) {
  broken_ = std::move(why);
  return Next::broken;
}

// What went wrong inside OpenSSL, as a sentence.
Error TlsConnection::failure(int why) const {
  const long verdict = SSL_get_verify_result(ssl_);
  const unsigned long number = ERR_peek_last_error();
  const char* text = ERR_reason_error_string(number);
  const std::string reason = text != nullptr ? text : "SSL error " + std::to_string(why);
  const int code = ERR_GET_REASON(number);
  ERR_clear_error();
  if (code == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK) {
    return Error(Code::denied, std::string("TLS: its certificate is not accepted: ") +
                                   X509_verify_cert_error_string(verdict) +
                                   advice_for(verdict, host_));
  }
  if (code == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
    return Error(Code::denied,
                 "TLS: it shows no certificate, which verifyclient asks of clients: give it "
                 "'cert' and 'key'");
  }
  if (code >= SSL_AD_REASON_OFFSET) {
    return Error(Code::denied,
                 "TLS: the other side refuses: " + reason + " (its log says more about why)");
  }
  if (shaken_) return Error(Code::reset, "TLS: " + reason);
  return Error(Code::malformed, "TLS: " + reason + ": does it speak TLS there, and 1.2 or newer?");
}

Task<Result<>> TlsConnection::handshake() {
  while (true) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_);
    if (done == 1) {
      shaken_ = true;
      flush();
      co_return Result<>();
    }
    const Next next = after(done);
    if (next == Next::again) continue;
    if (next == Next::broken) co_return *broken_;
    if (next == Next::end) co_return Error(Code::reset, "the peer ended the TLS handshake");
    Completion<void> readable;
    below_->start_wait_readable(readable);
    Result<> waited = co_await readable;
    if (!waited) co_return std::move(waited).error();
  }
}

// ---------------------------------------------------------------------------------- reading

Result<std::size_t> TlsConnection::read_some(std::span<std::byte> into) {
  if (closed_) return Error(Code::closed, "the connection was closed on this side");
  std::size_t total = 0;
  Next next = broken_ ? Next::broken : Next::again;
  while (next == Next::again && total < into.size()) {
    ERR_clear_error();
    std::size_t taken = 0;
    const int done = SSL_read_ex(ssl_, into.data() + total, into.size() - total, &taken);
    total += taken;
    if (done != 1) next = after(done);
  }
  flush();
  // Who waits meanwhile waits for what may be here already.
  if (waiter_ != nullptr && total == into.size()) complete_later();
  if (total > 0) return total;
  if (next == Next::end) return std::size_t{0};
  if (next == Next::broken) return *broken_;
  return Error(Code::would_block);
}

bool TlsConnection::readable_now() {
  if (closed_ || broken_) return true;
  while (true) {
    ERR_clear_error();
    std::byte first{};
    std::size_t taken = 0;
    const int done = SSL_peek_ex(ssl_, &first, 1, &taken);
    if (done == 1) return true;
    const Next next = after(done);
    if (next == Next::again) continue;
    flush();
    return next != Next::wait;
  }
}

void TlsConnection::start_wait_readable(Completion<void>& done) {
  done.arm();
  TARSIER_CHECK(waiter_ == nullptr, "one wait for readability at a time");
  waiter_ = &done;
  if (readable_now()) return complete_later();
  wait_below();
}

void TlsConnection::wait_below() {
  if (!link_->readable.pending()) below_->start_wait_readable(link_->readable);
}

void TlsConnection::complete_later() {
  if (link_->posted) return;
  link_->posted = true;
  executor_.post([link = link_] {
    link->posted = false;
    link->owner != nullptr ? link->owner->wake() : link->settle();
  });
}

void TlsConnection::wake() {
  if (waiter_ == nullptr) return;
  if (!readable_now()) return wait_below();
  Completion<void>* const done = std::exchange(waiter_, nullptr);
  if (closed_) {
    done->complete(Error(Code::closed, "the connection was closed on this side"));
  } else {
    done->complete({});
  }
}

// ---------------------------------------------------------------------------------- sending

void TlsConnection::send(Bytes bytes) {
  if (closed_ || finished_ || broken_) return;
  std::span<const std::byte> rest = bytes.span();
  while (!rest.empty()) {
    const std::span<const std::byte> piece = rest.first(std::min(rest.size(), piece_bytes));
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(ssl_, piece.data(), piece.size(), &written) != 1) {
      broken_ = failure(SSL_ERROR_SSL);
      return;
    }
    char* records = nullptr;
    const auto size = static_cast<std::size_t>(BIO_get_mem_data(SSL_get_wbio(ssl_), &records));
    below_->send(Bytes::copy_of(std::string_view(records, size)));
    BIO_reset(SSL_get_wbio(ssl_));
    unsent_.add(piece.size(), size);
    rest = rest.subspan(piece.size());
  }
}

std::size_t TlsConnection::unsent_bytes() const {
  return unsent_.plain_bytes(below_->unsent_bytes());
}

void TlsConnection::start_wait_unsent(std::size_t bytes, Completion<void>& done) {
  below_->start_wait_unsent(unsent_.secret_bytes(bytes), done);
}

void TlsConnection::finish_sending() {
  if (closed_ || finished_) return;
  finished_ = true;
  if (!broken_ && shaken_) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    flush();
  }
  below_->finish_sending();
}

void TlsConnection::close() {
  if (closed_) return;
  // What we have taken from the kernel and nobody has read is unread all the same.
  const bool unread = SSL_pending(ssl_) > 0 || BIO_ctrl_pending(SSL_get_rbio(ssl_)) > 0;
  if (unread && shaken_ && !broken_) return abort();
  const bool says_goodbye = !finished_ && !broken_ && shaken_;
  if (says_goodbye) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    flush();
  }
  closed_ = true;
  below_->close();
  if (waiter_ != nullptr) complete_later();
}

void TlsConnection::abort() {
  closed_ = true;
  below_->abort();
  if (waiter_ != nullptr) complete_later();
}

}  // namespace tarsier::tls
