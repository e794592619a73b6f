#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/balance/policy.h"
#include "protocol/config/application.h"
#include "protocol/config/keys.h"
#include "protocol/config/note.h"
#include "transport/base/limits.h"
#include "transport/base/time.h"
#include "transport/endpoint.h"

namespace tarsier {

// What a configuration says of one object: the domain /tars/application/client/<object>.
struct ObjectSettings {
  std::string object{};
  std::string access_key{};
  std::string secret_key{};
  TlsFiles tls{};
};

// What a configuration says of clients (spec §5.3); docs/configuration.md describes each key. The
// values here are those of a file that says nothing.
struct ClientSettings {
  std::optional<ObjectName> locator{};  // without it only objects with '@' can be called
  Duration sync_timeout = limits::call_timeout_default;
  Duration async_timeout = std::chrono::seconds(5);
  Duration connect_timeout = limits::connect_timeout_default;
  Duration min_timeout = std::chrono::milliseconds(10);
  Duration refresh_interval = std::chrono::seconds(60);
  balance::Policy policy = balance::Policy::round_robin;  // as in TARS; in code it is p2c

  std::optional<ObjectName> stat{};
  std::optional<ObjectName> property{};
  Duration report_interval = std::chrono::seconds(60);
  Duration report_timeout = std::chrono::seconds(5);
  std::size_t report_bytes_max = 1400;

  std::optional<std::uint32_t> net_threads{};  // loops; absent: one per core
  std::uint32_t callback_threads = 3;
  std::size_t callback_queue_max = 100'000;  // per callback thread
  bool callbacks_on_loop = false;
  std::size_t send_queue_max = 100'000;
  Duration timeout_check_interval = std::chrono::milliseconds(100);
  Duration keep_alive_interval{};  // zero: no pings
  bool log_timeouts = true;

  std::string module_name{};
  std::string local_ip{};
  std::string set_division{};  // "name.area.group"; empty: no set
  TlsFiles tls{};
  std::size_t trace_parameter_bytes_max = 1 * limits::kib;
  bool handles_signals = true;
  std::vector<ObjectSettings> objects{};
};

// Reads them. Values that are odd get a note, in `notes`; where usable() of these is false, a
// client cannot start.
Checked<ClientSettings> client_settings(const config::Config& config, const HostFacts& facts);

// The tables of what is read there.
std::span<const config::Key> client_keys();
std::span<const config::Key> client_object_keys();

}  // namespace tarsier
