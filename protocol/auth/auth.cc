#include "protocol/auth/auth.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "protocol/tars/packet_writer.h"
#include "protocol/tars/reader.h"
#include "transport/base/digest.h"

namespace tarsier::auth {
namespace {

using tars::Presence;

constexpr std::string_view hash_method = "sha1";
constexpr std::string_view success_text = "AUTH_SUCC";
constexpr std::size_t body_bytes_min = 20;

// BasicAuthPackage of AuthF.tars.
struct Package {
  std::string object;
  std::string access_key;
  std::int64_t time_s = 0;
  std::string method{hash_method};
  std::string signature;

  bool read(tars::Reader& reader) {
    return reader.read(1, object, Presence::required) &&
           reader.read(2, access_key, Presence::required) &&
           reader.read(3, time_s, Presence::required) &&
           reader.read(4, method, Presence::optional) &&
           reader.read(5, signature, Presence::optional) && reader.finish();
  }
  void write(tars::Writer& writer) const {
    writer.write(1, object);
    writer.write(2, access_key);
    writer.write(3, time_s);
    writer.write(5, signature);
  }
};

std::string sha1_hex(std::string_view text) { return to_hex(sha1(text)); }

// The time goes into the text of a hash, and the first 24 letters of the text of another are the
// key: so it is specified.
std::string key_at(std::string twice_hashed, std::int64_t time_s) {
  for (std::size_t i = 0; i < sizeof(time_s); ++i) {
    const auto byte = static_cast<unsigned char>(static_cast<std::uint64_t>(time_s) >> (8 * i));
    twice_hashed[i] = static_cast<char>(static_cast<unsigned char>(twice_hashed[i]) | byte);
  }
  return to_hex(md5(twice_hashed)).substr(0, 24);
}

// Takes as long wherever the difference is.
bool same(std::string_view one, std::string_view other) {
  volatile unsigned char difference = one.size() == other.size() ? 0 : 1;
  for (std::size_t i = 0; i < one.size() && i < other.size(); ++i) {
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i])));
  }
  return difference == 0;
}

bool same_but_for_case(std::string_view one, std::string_view other) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [small](char a, char b) { return small(a) == small(b); });
}

// Without overflow: the time is the peer's.
bool near(std::int64_t time_s, std::int64_t now_s) {
  return time_s > now_s - clock_window_s && time_s < now_s + clock_window_s;
}

}  // namespace

std::string signature(std::string_view secret_key, std::int64_t time_s) {
  const std::string once = sha1_hex(secret_key);
  return des3_encrypt(key_at(sha1_hex(once), time_s), once);
}

Result<> write_request(ByteBuffer& out, const Credentials& credentials, std::int64_t now_s) {
  Package package;
  package.object = credentials.object;
  package.access_key = credentials.access_key;
  package.time_s = now_s;
  package.signature = signature(credentials.secret_key, now_s);
  tars::RequestHeader header;
  header.message_type = message_type;
  header.request_id = 1;
  header.servant = credentials.object;
  header.function = function_name;
  const std::size_t before = out.size();
  TARSIER_TRY_VOID(
      tars::write_frame(out, header, [&package](tars::Writer& writer) { package.write(writer); }));
  if (out.size() - before <= frame_bytes_max) return {};
  return Error(Code::limit, "the access key of " + credentials.object + " is too long");
}

Result<> write_success(ByteBuffer& out, const tars::RequestView& request) {
  tars::ResponseHeader header;
  header.version = request.version;
  header.request_id = request.request_id;
  header.message_type = request.message_type;
  return tars::write_frame(out, header, as_bytes(success_text));
}

State check_request(std::span<const std::byte> packet, const Credentials& expected,
                    std::int64_t now_s, tars::RequestView& request) {
  if (!tars::decode_request(packet, request) || request.function != function_name ||
      request.body.size() <= body_bytes_min) {
    return State::protocol_error;
  }
  Package package;
  tars::Reader reader(request.body);
  if (!package.read(reader)) return State::protocol_error;
  if (!same(package.access_key, expected.access_key)) return State::wrong_access_key;
  if (package.object != expected.object) return State::wrong_object;
  if (!near(package.time_s, now_s)) return State::wrong_time;
  if (package.method != hash_method) return State::unsupported_hash;
  const std::string once = sha1_hex(expected.secret_key);
  const std::string twice = sha1_hex(once);
  const std::optional<std::string> plain =
      des3_decrypt(key_at(twice, package.time_s), package.signature);
  if (!plain) return State::undecipherable;
  return same(sha1_hex(*plain), twice) ? State::success : State::wrong_secret;
}

Result<> check_answer(std::span<const std::byte> packet) {
  tars::ResponseView answer;
  if (tars::decode_response(packet, answer) && answer.ret == 0 &&
      same_but_for_case(as_text(answer.body), success_text)) {
    return {};
  }
  return Error(Code::denied,
               "the server answered something else than the success of the authentication: does "
               "its adapter have an access key, and -e 1 in its endpoint?");
}

std::string_view describe(State state) {
  switch (state) {
    case State::success: return "it was authenticated";
    case State::protocol_error:
      return "it did not begin with an authentication (a client whose endpoint lacks -e 1?)";
    case State::wrong_object: return "it authenticates for another servant";
    case State::wrong_access_key: return "its access key is not that of this adapter";
    case State::wrong_time: return "its clock and ours are more than an hour apart";
    case State::unsupported_hash: return "it wants another hash than sha1";
    case State::undecipherable:
    case State::wrong_secret: return "its secret key is not that of this adapter";
  }
  return "it could not be authenticated";
}

}  // namespace tarsier::auth
