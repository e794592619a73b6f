#include "protocol/trace/trace_key.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tarsier::trace {
namespace {

constexpr std::size_t key_bytes_max = 512;
constexpr std::string_view hex_digits = "0123456789abcdef";

// All of `text` as a number, or nothing.
template <class T>
bool parse_number(std::string_view text, int base, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

// A field of a line must not look like two, nor like the next line.
std::string as_field(std::string_view text) {
  std::string field(text);
  std::replace_if(
      field.begin(), field.end(),
      [](char letter) { return letter == '|' || static_cast<unsigned char>(letter) < 0x20; }, ' ');
  return field;
}

}  // namespace

std::string_view annotation_name(Annotation annotation) {
  switch (annotation) {
    case Annotation::client_send: return "cs";
    case Annotation::client_receive: return "cr";
    case Annotation::server_receive: return "sr";
    case Annotation::server_send: return "ss";
    case Annotation::transport_begin: return "ts";
    case Annotation::transport_end: return "te";
  }
  return "?";
}

bool TraceKind::writes_parameters(Annotation annotation) const {
  switch (annotation) {
    case Annotation::client_send:
    case Annotation::transport_begin: return (flags & 1) != 0;
    case Annotation::client_receive:
    case Annotation::transport_end: return (flags & 2) != 0;
    case Annotation::server_receive: return (flags & 4) != 0;
    case Annotation::server_send: return (flags & 8) != 0;
  }
  return false;
}

TraceKind kind_of(std::string_view trace_id) {
  TraceKind kind;
  const std::size_t dash = trace_id.find('-');
  if (dash == std::string_view::npos) return kind;
  const std::string_view head = trace_id.substr(0, dash);
  const std::size_t dot = std::min(head.find('.'), head.size());
  unsigned flags = 0;
  if (parse_number(head.substr(0, dot), 16, flags) && flags <= 15)
    kind.flags = static_cast<std::uint8_t>(flags);
  std::uint32_t max_kib = 0;
  if (dot < head.size() && parse_number(head.substr(dot + 1), 10, max_kib)) kind.max_kib = max_kib;
  return kind;
}

std::string make_id(std::uint32_t ip, std::uint32_t process, std::uint32_t unix_time,
                    std::uint32_t sequence) {
  std::string id;
  for (const std::uint32_t word : {ip, process, unix_time, sequence}) {
    for (int shift = 28; shift >= 0; shift -= 4) id.push_back(hex_digits[(word >> shift) & 15]);
  }
  return id;
}

std::string make_trace_id(const TraceKind& kind, std::string_view id) {
  std::string text(1, hex_digits[kind.flags & 15]);
  if (kind.max_kib != TraceKind().max_kib) text += "." + std::to_string(kind.max_kib);
  return text + "-" + std::string(id);
}

Result<Span> Span::parse(std::string_view key) {
  const std::size_t first = key.find('|');
  const std::size_t second = first == std::string_view::npos ? first : key.find('|', first + 1);
  const bool readable = key.size() <= key_bytes_max && as_field(key).size() == key.size() &&
                        std::none_of(key.begin(), key.end(), [](char letter) {
                          return static_cast<unsigned char>(letter) < 0x20;
                        });
  const bool parts =
      first != std::string_view::npos && first > 0 &&
      (second == std::string_view::npos || key.find('|', second + 1) == std::string_view::npos);
  if (!readable || !parts) {
    return Error(Code::malformed,
                 "a trace key is 'trace|span' or 'trace|span|parent', at most 512 bytes");
  }
  const std::string trace(key.substr(0, first));
  if (second == std::string_view::npos) return Span(trace, "", std::string(key.substr(first + 1)));
  return Span(trace, std::string(key.substr(first + 1, second - first - 1)),
              std::string(key.substr(second + 1)));
}

std::string Span::log_key(Annotation annotation) const {
  const bool server =
      annotation == Annotation::server_receive || annotation == Annotation::server_send;
  return server ? trace_ + "|" + parent_ + "|*" : full_key();
}

std::string TraceLine::to_string(const Span& span) const {
  const TraceKind kind = span.kind();
  std::string parameters;
  if (kind.writes_parameters(annotation)) {
    const bool too_large = kind.max_kib > 0 && parameters_json.size() / 1024 >= kind.max_kib &&
                           parameters_json.size() > std::size_t{kind.max_kib} * 1024;
    parameters = base64(too_large ? R"({"trace_param_over_max_len":true})" : parameters_json);
  }
  std::string line = span.log_key(annotation);
  for (const std::string_view field : {annotation_name(annotation), client, server, function})
    line += "|" + as_field(field);
  line += "|" + std::to_string(wall_ms) + "|" + std::to_string(ret) + "|" + parameters + "|";
  return line + as_field(extra);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 3; ++i)
      word = word << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      text.push_back(i <= count ? digits[(word >> (18 - 6 * i)) & 63] : '=');
  }
  return text;
}

}  // namespace tarsier::trace
