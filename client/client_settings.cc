#include "client/client_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tarsier {
namespace {

using config::DomainReader;
using config::Key;
using config::Kind;

constexpr std::int64_t timeout_max = to_ms(limits::call_timeout_max);

constexpr std::array keys = {
    Key{.name = "locator",
        .meaning = "the registry; without it only objects with `@` can be called",
        .accepts = "object@endpoints"},
    Key{.name = "sync-invoke-timeout",
        .kind = Kind::milliseconds,
        .standard = "3000",
        .meaning = "how long a call may take that is waited for",
        .low = 1,
        .high = timeout_max,
        .accepts = "ms, from `min-timeout` to 3600000"},
    Key{.name = "async-invoke-timeout",
        .kind = Kind::milliseconds,
        .standard = "5000",
        .meaning = "how long a call with a callback may take",
        .low = 1,
        .high = timeout_max,
        .accepts = "ms, from `min-timeout` to 3600000"},
    Key{.name = "connect-timeout",
        .kind = Kind::milliseconds,
        .standard = "1500",
        .meaning = "how long a connection may take to be made",
        .low = 100,
        .high = timeout_max},
    Key{.name = "min-timeout",
        .kind = Kind::milliseconds,
        .standard = "10",
        .meaning = "the least that a call may be given",
        .low = 1,
        .high = timeout_max},
    Key{.name = "refresh-endpoint-interval",
        .kind = Kind::milliseconds,
        .standard = "60000",
        .meaning = "after which the registry is asked again",
        .low = 5000},
    Key{.name = "lb",
        .standard = "round-robin",
        .meaning = "how calls without a hash find their endpoint",
        .accepts = "round-robin, static-weight, mod-hash, consistent-hash or p2c"},
    Key{.name = "stat", .meaning = "where calls are counted; empty: nowhere", .accepts = "object"},
    Key{.name = "property",
        .meaning = "where properties are reported; empty: nowhere",
        .accepts = "object"},
    Key{.name = "report-interval",
        .kind = Kind::milliseconds,
        .standard = "60000",
        .meaning = "between two reports",
        .low = 10'000},
    Key{.name = "report-timeout",
        .kind = Kind::milliseconds,
        .standard = "5000",
        .meaning = "how long a report may take",
        .low = 5000},
    Key{.name = "max-report-size",
        .kind = Kind::number,
        .standard = "1400",
        .meaning = "bytes of one report",
        .low = 500,
        .high = 1400,
        .below = 1400,
        .above = 1400},
    Key{.name = "netthread",
        .kind = Kind::number,
        .standard = "one per core",
        .meaning = "loops",
        .low = 1,
        .high = 2048},
    Key{.name = "asyncthread",
        .kind = Kind::number,
        .standard = "3",
        .meaning = "threads that run callbacks",
        .low = 1,
        .high = 1024,
        .below = 3},
    Key{.name = "asyncqueuecap",
        .kind = Kind::number,
        .standard = "100000",
        .meaning = "callbacks that may wait for each of these threads",
        .low = 10'000},
    Key{.name = "mergenetasync",
        .kind = Kind::flag,
        .standard = "0",
        .meaning = "1: callbacks run on the loop"},
    Key{.name = "sendqueuelimit",
        .kind = Kind::number,
        .standard = "100000",
        .meaning = "calls that may wait between a thread and a loop, and on a connection",
        .low = 1000},
    Key{.name = "nosendqueuelimit",
        .kind = Kind::number,
        .standard = "100000",
        .meaning = "another name of `sendqueuelimit`, which wins",
        .low = 1000},
    Key{.name = "timeoutcheckinterval",
        .kind = Kind::milliseconds,
        .standard = "100",
        .meaning = "no effect: each call has a deadline of its own",
        .low = 1,
        .below = 5},
    Key{.name = "keep-alive-interval",
        .kind = Kind::milliseconds,
        .standard = "0",
        .meaning = "between two pings of a connection, in whole seconds; less than a second: none",
        .low = 0,
        .accepts = "ms, 0 (off), or at least 5000"},
    Key{.name = "timeout-log-flag",
        .kind = Kind::flag,
        .standard = "1",
        .meaning = "whether time-outs of calls are logged"},
    Key{.name = "modulename",
        .standard = "the executable",
        .meaning = "what reports call this process",
        .accepts = "App.Server"},
    Key{.name = "localip",
        .standard = "the first address",
        .meaning = "what reports call this machine",
        .accepts = "address"},
    Key{.name = "enableset",
        .standard = "n",
        .meaning = "whether the process belongs to a set; absent: as in the application's domain",
        .accepts = "y or n"},
    Key{.name = "setdivision",
        .standard = "NULL",
        .meaning = "the set; absent: as in the application's domain",
        .accepts = "name.area.group"},
    config::key_ca,
    config::key_cert,
    config::key_key,
    config::key_ciphers,
    Key{.name = "trace_param_max_len",
        .kind = Kind::number,
        .standard = "1",
        .meaning = "KiB of parameters in a trace",
        .low = 0,
        .high = 10'239,
        .below = 1,
        .above = 1},
    Key{.name = "ignore-signal",
        .standard = "false",
        .meaning = "true: signals are left to the program",
        .accepts = "true or false"},
    Key{.name = "sample-rate", .kind = Kind::known},
    Key{.name = "max-sample-count", .kind = Kind::known},
};

constexpr std::array object_keys = {
    Key{.name = "accesskey",
        .meaning = "who calls, where an endpoint has `-e 1`",
        .accepts = "text"},
    Key{.name = "secretkey",
        .meaning = "the secret that proves it",
        .accepts = "text",
        .secret = true},
    config::key_ca,
    config::key_cert,
    config::key_key,
    config::key_ciphers,
};

void read_times(DomainReader& reader, ClientSettings& settings) {
  settings.min_timeout = reader.duration("min-timeout");
  const std::int64_t least = to_ms(settings.min_timeout);
  settings.sync_timeout = reader.duration("sync-invoke-timeout", least);
  settings.async_timeout = reader.duration("async-invoke-timeout", least);
  settings.connect_timeout = reader.duration("connect-timeout");
  settings.refresh_interval = reader.duration("refresh-endpoint-interval");
  settings.report_interval = reader.duration("report-interval");
  settings.report_timeout = reader.duration("report-timeout");
  settings.timeout_check_interval = reader.duration("timeoutcheckinterval");
}

// Counted in whole seconds, of which 1 to 4 are too few.
Duration read_keep_alive(DomainReader& reader) {
  const std::int64_t written = reader.number("keep-alive-interval");
  const std::int64_t seconds = written / 1000;
  if (seconds >= 5 || written == 0) return std::chrono::seconds(seconds);
  const bool off = seconds == 0;
  reader.note(LogLevel::warn, "keep-alive-interval",
              off ? "less than a second switches pings off; write 0, or at least 5000"
                  : "accepted are 0 (off), or at least 5000; 5000 is used");
  return std::chrono::seconds(off ? 0 : 5);
}

constexpr std::array<std::pair<std::string_view, balance::Policy>, 5> policies{{
    {"round-robin", balance::Policy::round_robin},
    {"static-weight", balance::Policy::static_weight},
    {"mod-hash", balance::Policy::mod_hash},
    {"consistent-hash", balance::Policy::consistent_hash},
    {"p2c", balance::Policy::p2c},
}};

void read_queues(DomainReader& reader, ClientSettings& settings) {
  settings.net_threads = reader.optional_number("netthread");
  settings.callback_threads = reader.count("asyncthread");
  settings.callback_queue_max = reader.size("asyncqueuecap");
  settings.callbacks_on_loop = reader.flag("mergenetasync");
  settings.send_queue_max =
      reader.size(reader.given("sendqueuelimit") ? "sendqueuelimit" : "nosendqueuelimit");
}

// An object that reports go to. It is found by the registry unless it says where it is.
std::optional<ObjectName> read_report_object(DomainReader& reader, std::string_view name,
                                             bool registry) {
  auto object = reader.parsed(name, parse_object_name);
  if (object && !object->direct() && !registry) {
    reader.note(LogLevel::warn, name,
                "there is no locator that could find it: nothing will be reported; add '@' and "
                "its endpoints, or set 'locator'");
  }
  return object;
}

// Other domains of a client belong to the user.
bool is_object(const config::Domain& domain) {
  return std::count(domain.name().begin(), domain.name().end(), '.') == 2 ||
         std::any_of(object_keys.begin(), object_keys.end(),
                     [&domain](const Key& key) { return domain.entry(key.name) != nullptr; });
}

std::vector<ObjectSettings> read_objects(const config::Config& config, const config::Domain& client,
                                         std::vector<ConfigNote>& notes) {
  std::vector<ObjectSettings> objects;
  for (const config::Domain& domain : client.domains()) {
    if (!is_object(domain)) continue;
    DomainReader reader(config, &domain, object_keys, notes);
    ObjectSettings object;
    object.object = domain.name();
    object.access_key = reader.text("accesskey");
    object.secret_key = reader.text("secretkey");
    object.tls = config::read_tls(reader, config::TlsSide::client);
    reader.note_unknown_keys();
    objects.push_back(std::move(object));
  }
  return objects;
}

Result<ObjectName> parse_locator(std::string_view text) {
  TARSIER_TRY(ObjectName locator, parse_object_name(text));
  if (!locator.direct()) {
    return Error(Code::bad_config,
                 "a locator says where the registry is: add '@' and its endpoints, as "
                 "'tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890'");
  }
  return locator;
}

}  // namespace

std::span<const Key> client_keys() { return keys; }
std::span<const Key> client_object_keys() { return object_keys; }

Checked<ClientSettings> client_settings(const config::Config& config, const HostFacts& facts) {
  Checked<ClientSettings> checked;
  ClientSettings& settings = checked.value;
  DomainReader(config, config.domain(config::application_path), config::application_keys(),
               checked.notes)
      .note_unknown_keys();
  const config::Domain* client = config::find_part(config, "client", checked.notes);
  DomainReader reader(config, client, keys, checked.notes);
  settings.locator = reader.parsed("locator", parse_locator);
  read_times(reader, settings);
  settings.policy = reader.one_of("lb", policies);
  settings.stat = read_report_object(reader, "stat", settings.locator.has_value());
  settings.property = read_report_object(reader, "property", settings.locator.has_value());
  settings.report_bytes_max = reader.size("max-report-size");
  read_queues(reader, settings);
  settings.keep_alive_interval = read_keep_alive(reader);
  settings.log_timeouts = reader.flag("timeout-log-flag");
  settings.module_name = reader.text_or("modulename", facts.executable);
  settings.local_ip = reader.text_or("localip", facts.local_ip);
  settings.set_division = config::read_set_division(config, checked.notes);
  settings.tls = config::read_tls(reader, config::TlsSide::client);
  settings.trace_parameter_bytes_max = reader.size("trace_param_max_len") * limits::kib;
  constexpr std::array<std::pair<std::string_view, bool>, 2> answers{
      {{"true", false}, {"false", true}}};
  settings.handles_signals = reader.one_of("ignore-signal", answers);
  reader.note_unknown_keys();
  if (client != nullptr) settings.objects = read_objects(config, *client, checked.notes);
  return checked;
}

}  // namespace tarsier
