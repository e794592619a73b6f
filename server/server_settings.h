#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/config/application.h"
#include "protocol/config/keys.h"
#include "protocol/config/note.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/base/time.h"
#include "transport/endpoint.h"

namespace tarsier {

// The values of `opencoroutine` (spec §7.4). Coroutine servants run on the loops in all of them;
// these say where servants run that block.
enum class ThreadModel : std::uint8_t {
  handlers = 0,            // on `threads` threads of the adapter, one instance each
  handler_coroutines = 1,  // the same
  merged = 2,              // on the loops
  merged_coroutines = 3,   // the same
};
constexpr bool runs_on_loops(ThreadModel model) { return model >= ThreadModel::merged; }

// What a configuration says of one adapter: a domain of the server that has a servant.
struct AdapterSettings {
  std::string name{};
  std::string servant{};  // "App.Server.Obj"
  Endpoint endpoint{};
  std::uint32_t threads = 1;
  std::uint32_t connections_max = limits::connections_max;
  std::uint32_t connections_per_ip_max = 0;  // 0: no such limit
  bool deny_first = false;
  std::vector<std::string> allow{};  // patterns as "10.0.*.*"; none: everybody who is not denied
  std::vector<std::string> deny{};
  std::uint32_t queue_max = 1024;  // 0: no such limit
  Duration queue_wait_max = std::chrono::seconds(10);
  std::string protocol = "tars";  // anything else: the servant splits the stream itself
  std::string access_key{};
  std::string secret_key{};
  TlsFiles tls{};  // its own, or the server's
};

// What a configuration says of a server (spec §5.4); docs/configuration.md describes each key. The
// values here are those of a file that says nothing.
struct ServerSettings {
  std::string app = "UNKNOWN";
  std::string server{};
  std::string local_ip{};
  std::string node_name{};
  std::string base_path = "./";  // these three end in '/'
  std::string data_path = "./";
  std::string log_path = "./";
  std::optional<Endpoint> admin{};
  std::optional<ObjectName> node{};
  std::optional<ObjectName> log{};
  std::optional<ObjectName> config{};
  std::optional<ObjectName> notify{};

  std::size_t log_bytes_max = 50 * limits::mib;
  std::uint32_t log_files = 10;
  LogLevel log_level = LogLevel::debug;
  LogLevel console_level = LogLevel::debug;
  bool log_stat_report = false;

  std::optional<std::uint32_t> net_threads{};  // loops; absent: one per core
  ThreadModel thread_model = ThreadModel::handlers;
  std::size_t coroutine_memory_bytes = 1024 * limits::mib;
  std::size_t coroutine_stack_bytes = 128 * limits::kib;
  bool manual_listen = false;

  Duration empty_connection_wait{};  // for the first whole packet; zero: as long as any
  std::size_t unsent_bytes_max = limits::unsent_bytes_max;  // per connection
  std::size_t unsent_progress_bytes = 1024;                 // by which a slow reader is known
  Duration drain_wait = limits::drain_wait;                 // for calls under way when stopping
  bool report_flow = true;
  bool check_set = true;
  bool close_stdout = true;
  std::uint32_t backup_type = 0;
  std::uint32_t backup_flag = 0;
  Duration master_check_interval = std::chrono::seconds(5);
  std::string set_division{};  // "name.area.group"; empty: no set
  TlsFiles tls{};
  std::vector<AdapterSettings> adapters{};  // in their order in the file
};

// Reads them. Values that are odd get a note, in `notes`; where usable() of these is false, a
// server cannot start.
Checked<ServerSettings> server_settings(const config::Config& config, const HostFacts& facts);

// How long a server may take to finish its calls when a node agent gives it that time to stop: half
// a second less than the agent waits, which is 2 to 60 whole seconds (spec governance §3.6).
Duration drain_within(Duration deactivating_timeout);

// The tables of what is read there.
std::span<const config::Key> server_keys();
std::span<const config::Key> adapter_keys();

}  // namespace tarsier
