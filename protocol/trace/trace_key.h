#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "transport/base/result.h"

// The call chain of TARS (spec §6.11) as values: which call belongs to which. Nothing here knows a
// call; whoever makes or serves one carries a Span with it.
namespace tarsier::trace {

// Where a line of the trace log was written.
enum class Annotation : std::uint8_t {
  client_send,      // cs
  client_receive,   // cr
  server_receive,   // sr
  server_send,      // ss
  transport_begin,  // ts
  transport_end,    // te
};
std::string_view annotation_name(Annotation annotation);  // "cs"

// What the head of a trace id says: "<hex flags>[.<max KiB>]-<32 hex>".
struct TraceKind {
  std::uint8_t flags = 0;     // 1 cs, 2 cr, 4 sr, 8 ss write their parameters; above 15: 0
  std::uint32_t max_kib = 1;  // parameters above are not written; 0: however large
  bool operator==(const TraceKind&) const = default;

  // ts counts as cs, te as cr.
  bool writes_parameters(Annotation annotation) const;
};
TraceKind kind_of(std::string_view trace_id);

// 32 hex digits of what makes a process and a moment unlike others.
std::string make_id(std::uint32_t ip, std::uint32_t process, std::uint32_t unix_time,
                    std::uint32_t sequence);
// "f.4-<id>"; the limit is left out where it is the default of `kind`.
std::string make_trace_id(const TraceKind& kind, std::string_view id);

// One call in a chain: as its caller made it, or as its server received it.
class Span {
 public:
  // The first of a new chain.
  static Span root(std::string trace_id, std::string id) { return Span(trace_id, id, id); }
  // From STATUS_TRACE_KEY: "trace|span" as callers send it, or "trace|span|parent". malformed: it
  // is no such key; the call is served, and not traced.
  static Result<Span> parse(std::string_view key);

  // A call made while this one is served. `id` is new.
  Span child(std::string id) const { return Span(trace_, id, parent_.empty() ? id : parent_); }

  const std::string& trace() const { return trace_; }
  const std::string& id() const { return id_; }  // empty: received from a caller
  const std::string& parent() const { return parent_; }
  TraceKind kind() const { return kind_of(trace_); }

  // What travels as STATUS_TRACE_KEY with this call.
  std::string wire_key() const { return trace_ + "|" + id_; }
  std::string full_key() const { return trace_ + "|" + id_ + "|" + parent_; }
  // How a line of the trace log begins. What a server writes names the span of its caller.
  std::string log_key(Annotation annotation) const;

  bool operator==(const Span&) const = default;

 private:
  Span(std::string trace, std::string id, std::string parent)
      : trace_(std::move(trace)), id_(std::move(id)), parent_(std::move(parent)) {}

  std::string trace_;
  std::string id_;
  std::string parent_;
};

// A line of the time log "_t_trace_".
struct TraceLine {
  Annotation annotation = Annotation::client_send;
  std::string_view client{};
  std::string_view server{};
  std::string_view function{};
  std::int64_t wall_ms = 0;
  std::int32_t ret = 0;
  std::string_view parameters_json{};  // left out unless the kind of the trace asks for it
  std::string_view extra{};            // e.g. the text of an exception

  // key|annotation|client|server|function|ms|ret|base64(parameters)|extra
  std::string to_string(const Span& span) const;
};

std::string base64(std::string_view bytes);

}  // namespace tarsier::trace
