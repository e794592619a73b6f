#include "transport/endpoint.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "transport/base/limits.h"

namespace tarsier {
namespace {

constexpr std::string_view blanks = " \t\r\n";

Error malformed(std::string_view text, std::size_t offset, const std::string& problem) {
  std::string sentence = "endpoint '";
  sentence.append(text.substr(0, 200));
  sentence += "', column " + std::to_string(offset + 1) + ": " + problem;
  return Error(Code::malformed, std::move(sentence));
}

std::optional<EndpointType> protocol_of(std::string_view word) {
  if (word == "tcp") return EndpointType::tcp;
  if (word == "udp") return EndpointType::udp;
  if (word == "ssl") return EndpointType::ssl;
  return std::nullopt;
}

std::string_view protocol_name(EndpointType type) {
  switch (type) {
    case EndpointType::udp: return "udp";
    case EndpointType::tcp: return "tcp";
    case EndpointType::ssl: return "ssl";
  }
  return "tcp";
}

// Reads one endpoint from text[begin, end); offsets in messages count from the start of `text`, so
// that an error in the third endpoint of a list points there.
class EndpointParser {
 public:
  EndpointParser(std::string_view text, std::size_t begin, std::size_t end, UnknownOptions unknown)
      : text_(text), position_(begin), end_(end), unknown_(unknown) {}

  Result<Endpoint> parse() {
    const std::string_view word = next_token();
    const auto type = protocol_of(word);
    if (!type) {
      return fail(word.empty()
                      ? "expected 'tcp', 'udp' or 'ssl'"
                      : "expected 'tcp', 'udp' or 'ssl', found '" + std::string(word) + "'");
    }
    endpoint_.type = *type;
    for (std::string_view option = next_token(); !option.empty(); option = next_token()) {
      TARSIER_TRY_VOID(parse_option(option));
    }
    if (endpoint_.host.empty()) {
      token_ = end_;
      return fail("no host: add '-h <address>'");
    }
    if (endpoint_.weight_type != 0 && (endpoint_.weight == -1 || endpoint_.weight > 100)) {
      endpoint_.weight = 100;
    }
    return std::move(endpoint_);
  }

 private:
  Result<> parse_option(std::string_view option) {
    if (!is_option(option) || option.size() != 2) {
      return fail("expected an option such as '-p', found '" + std::string(option) + "'");
    }
    const char letter = option[1];
    const std::size_t at = token_;
    const std::string_view value = next_value();
    switch (letter) {
      case 'h':
        if (value.empty()) return fail("'-h' needs an address, a host name or '*'");
        endpoint_.host = value == "*" ? "0.0.0.0" : std::string(value);
        return {};
      case 'p': return number(letter, value, 0, 65'535, endpoint_.port);
      case 't': return number(letter, value, int_min, int_max, endpoint_.timeout_ms);
      case 'g': return number(letter, value, int_min, int_max, endpoint_.grid);
      case 'q': return number(letter, value, int_min, int_max, endpoint_.qos);
      case 'w': return number(letter, value, int_min, int_max, endpoint_.weight);
      case 'v': return number(letter, value, 0, int_max, endpoint_.weight_type);
      case 'e': return number(letter, value, 0, 1, endpoint_.auth_type);
      case 's': endpoint_.set_division = value; return {};
      default: break;
    }
    if (unknown_ == UnknownOptions::refused) {
      token_ = at;
      return fail("unknown option '" + std::string(option) +
                  "'; there are -h -p -t -g -q -w -v -e -s");
    }
    std::string unknown{option};
    if (!value.empty()) unknown.append(" ").append(value);
    endpoint_.unknown_options.push_back(std::move(unknown));
    return {};
  }

  template <class T>
  Result<> number(char letter, std::string_view value, std::int64_t low, std::int64_t high,
                  T& out) {
    std::int64_t parsed = 0;
    const auto [stop, failure] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (value.empty() || failure != std::errc() || stop != value.data() + value.size() ||
        parsed < low || parsed > high) {
      return fail(std::string("'-") + letter + "' needs a number from " + std::to_string(low) +
                  " to " + std::to_string(high) +
                  (value.empty() ? "" : ", found '" + std::string(value) + "'"));
    }
    out = static_cast<T>(parsed);
    return {};
  }

  std::string_view next_token() {
    while (position_ < end_ && blanks.find(text_[position_]) != blanks.npos) ++position_;
    token_ = position_;
    while (position_ < end_ && blanks.find(text_[position_]) == blanks.npos) ++position_;
    return text_.substr(token_, position_ - token_);
  }

  // Options are letters: "-1" is a value.
  static bool is_option(std::string_view token) {
    return token.size() > 1 && token[0] == '-' &&
           ((token[1] >= 'a' && token[1] <= 'z') || (token[1] >= 'A' && token[1] <= 'Z'));
  }

  // The next token unless it is another option.
  std::string_view next_value() {
    const std::size_t before = position_;
    const std::size_t option = token_;
    const std::string_view token = next_token();
    if (!token.empty() && !is_option(token)) return token;
    position_ = before;
    token_ = option;
    return {};
  }

  Error fail(const std::string& problem) const { return malformed(text_, token_, problem); }

  static constexpr std::int64_t int_min = std::numeric_limits<std::int32_t>::min();
  static constexpr std::int64_t int_max = std::numeric_limits<std::int32_t>::max();

  std::string_view text_;
  std::size_t position_;
  std::size_t end_;
  UnknownOptions unknown_;
  std::size_t token_ = 0;
  Endpoint endpoint_;
};

// Whether an endpoint begins at `position`: blanks, a protocol word, and a blank or where a host
// may end.
bool endpoint_begins(std::string_view text, std::size_t position) {
  position = text.find_first_not_of(blanks, position);
  if (position == text.npos || !protocol_of(text.substr(position, 3))) return false;
  if (text.size() == position + 3) return true;
  const char next = text[position + 3];
  return next == ':' || blanks.find(next) != blanks.npos;
}

// Lists that end in ':' are in circulation, and upstream trims it. "::" ends an IPv6 address.
std::size_t end_of_list(std::string_view text, std::size_t begin) {
  std::string_view rest = text.substr(begin);
  while (!rest.empty() && (blanks.find(rest.back()) != blanks.npos ||
                           (rest.back() == ':' && !rest.ends_with("::")))) {
    rest.remove_suffix(1);
  }
  return begin + rest.size();
}

Result<std::vector<Endpoint>> parse_list(std::string_view text, std::size_t begin) {
  std::vector<Endpoint> endpoints;
  text = text.substr(0, end_of_list(text, begin));
  while (begin < text.size()) {
    std::size_t end = begin;
    do {
      end = std::min(text.find(':', end + 1), text.size());
    } while (end < text.size() && !endpoint_begins(text, end + 1));
    TARSIER_TRY(Endpoint endpoint, EndpointParser(text, begin, end, UnknownOptions::kept).parse());
    endpoints.push_back(std::move(endpoint));
    begin = end + 1;
  }
  return endpoints;
}

}  // namespace

std::string Endpoint::identity() const {
  return std::to_string(static_cast<int>(type)) + ":" + host + ":" + std::to_string(port);
}

std::string Endpoint::to_string() const {
  std::string text{protocol_name(type)};
  const auto add = [&text](std::string_view option, const std::string& value) {
    text.append(" ").append(option).append(" ").append(value);
  };
  add("-h", host);
  add("-p", std::to_string(port));
  if (timeout_ms != 0) add("-t", std::to_string(timeout_ms));
  if (grid != 0) add("-g", std::to_string(grid));
  if (qos != 0) add("-q", std::to_string(qos));
  if (weight > 0) add("-w", std::to_string(weight));
  if (weight_type != 0) add("-v", std::to_string(weight_type));
  if (auth_type != 0) add("-e", std::to_string(auth_type));
  if (!set_division.empty()) add("-s", set_division);
  for (const std::string& option : unknown_options) text.append(" ").append(option);
  return text;
}

Result<Endpoint> parse_endpoint(std::string_view text, UnknownOptions unknown) {
  return EndpointParser(text, 0, text.size(), unknown).parse();
}

Result<std::vector<Endpoint>> parse_endpoint_list(std::string_view text) {
  return parse_list(text, 0);
}

Result<ObjectName> parse_object_name(std::string_view text) {
  ObjectName name;
  const std::size_t at = text.find('@');
  std::string_view object = text.substr(0, at);
  if (const std::size_t hash = object.find('#'); hash != object.npos) {
    name.hash = object.substr(hash + 1);
    object = object.substr(0, hash);
  }
  if (object.empty()) {
    return Error(Code::malformed, "object '" + std::string(text.substr(0, 200)) +
                                      "' has no name: write App.Server.Obj[@endpoint]");
  }
  if (object.size() > limits::name_bytes_max) {
    return Error(Code::malformed, "object name of " + std::to_string(object.size()) +
                                      " bytes: at most " + std::to_string(limits::name_bytes_max));
  }
  for (std::size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    const bool legal = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-';
    if (legal) continue;
    return Error(Code::malformed, "object '" + std::string(object) + "', column " +
                                      std::to_string(i + 1) +
                                      ": a name has letters, digits, '.', '_' and '-'");
  }
  name.servant = object;
  if (at == text.npos) return name;
  TARSIER_TRY(name.endpoints, parse_list(text, at + 1));
  if (name.endpoints.empty()) {
    return Error(Code::malformed, "object '" + std::string(text.substr(0, 200)) +
                                      "' ends after '@': add an endpoint such as 'tcp -h 127.0.0.1 "
                                      "-p 10000', or leave the '@' out to ask the registry");
  }
  return name;
}

}  // namespace tarsier
