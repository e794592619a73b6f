#include "server/server_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace tarsier {
namespace {

using config::DomainReader;

constexpr std::array<std::pair<std::string_view, LogLevel>, 6> levels{{{"NONE", LogLevel::none},
                                                                       {"ERROR", LogLevel::error},
                                                                       {"WARN", LogLevel::warn},
                                                                       {"INFO", LogLevel::info},
                                                                       {"DEBUG", LogLevel::debug},
                                                                       {"TARS", LogLevel::trace}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> orders{
    {{"allow,deny", false}, {"deny,allow", true}}};

Result<Endpoint> parse_one(std::string_view text) { return parse_endpoint(text); }

std::string folder(std::string path) {
  if (path.empty()) path = ".";
  if (!path.ends_with('/')) path += '/';
  return path;
}

// The parts between the separators of lists, ';' and ','.
std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(";,"), text.size());
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// The host that stands for the address of this machine (spec §5.4).
Endpoint placed(Endpoint endpoint, const std::string& local_ip) {
  if (endpoint.host == "localip") endpoint.host = local_ip;
  return endpoint;
}

void read_identity(DomainReader& reader, const HostFacts& facts, ServerSettings& settings) {
  settings.app = reader.text_or("app", "UNKNOWN");
  settings.server = reader.text_or("server", facts.executable);
  settings.local_ip = reader.text_or("localip", facts.local_ip);
  settings.node_name = reader.text_or("nodename", settings.local_ip);
  settings.base_path = folder(reader.text("basepath"));
  settings.data_path = folder(reader.text("datapath"));
  settings.log_path = folder(reader.text("logpath"));
  settings.admin = reader.parsed("local", parse_one);
  if (settings.admin) settings.admin = placed(*settings.admin, settings.local_ip);
  settings.node = reader.parsed("node", parse_object_name);
  settings.log = reader.parsed("log", parse_object_name);
  settings.config = reader.parsed("config", parse_object_name);
  settings.notify = reader.parsed("notify", parse_object_name);
}

void read_logs(DomainReader& reader, ServerSettings& settings) {
  settings.log_bytes_max = reader.size("logsize");
  settings.log_files = reader.count("lognum");
  settings.log_level = reader.one_of("logLevel", levels);
  settings.console_level = reader.one_of("start_output", levels);
  settings.log_stat_report = reader.flag("logstatreport");
}

void read_life(DomainReader& reader, ServerSettings& settings) {
  settings.net_threads = reader.optional_number("netthread");
  settings.thread_model = static_cast<ThreadModel>(reader.number("opencoroutine"));
  settings.coroutine_memory_bytes = reader.size("coroutinememsize");
  settings.coroutine_stack_bytes = reader.size("coroutinestack");
  settings.manual_listen = reader.flag("manuallisten");
  settings.empty_connection_wait = reader.duration("emptyconntimeout");
  settings.unsent_bytes_max = reader.size("backpacketlimit");
  settings.unsent_progress_bytes = reader.size("backpacketmin");
  if (const auto timeout = reader.optional_number("deactivating-timeout")) {
    settings.drain_wait = drain_within(std::chrono::milliseconds(*timeout));
  }
  settings.report_flow = reader.flag("reportflow");
  settings.check_set = reader.flag("checkset");
  settings.close_stdout = reader.flag("closecout");
  settings.backup_type = reader.count("baktype");
  settings.backup_flag = reader.count("bakflag");
  settings.master_check_interval = reader.duration("ms-check-timeout");
}

// Whether a domain of the server is an adapter; the others belong to the user.
bool is_adapter(const config::Domain& domain) {
  return domain.entry("servant") != nullptr || domain.entry("endpoint") != nullptr;
}

// A pattern has a part for each part of the address: "10.0.*" fits no address.
void check_patterns(DomainReader& reader, std::string_view name,
                    const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    const bool address = pattern.find_first_not_of("0123456789.*") == pattern.npos;
    if (address && pattern.find('*') != pattern.npos && pattern != "*" &&
        std::count(pattern.begin(), pattern.end(), '.') != 3) {
      reader.note(LogLevel::warn, name,
                  in_quotes(pattern) +
                      " fits no address: '*' stands for one part of four, as in "
                      "'10.0.*.*'");
    }
  }
}

void read_servant(DomainReader& reader, const ServerSettings& server, AdapterSettings& adapter) {
  adapter.servant = reader.text("servant");
  const std::string prefix = server.app + '.' + server.server + '.';
  if (adapter.servant.empty()) {
    reader.note(LogLevel::error, "servant",
                "adapter " + in_quotes(adapter.name) +
                    " has an endpoint and no servant: set "
                    "servant = " +
                    prefix + "<object>, or give a domain of your own another key than 'endpoint'");
    return;
  }
  if (!adapter.servant.starts_with(prefix) || adapter.servant.size() == prefix.size()) {
    reader.note(LogLevel::error, "servant",
                "a servant of this server is called " + prefix +
                    "<object>, after the keys 'app' and 'server'");
  } else if (const auto name = parse_object_name(adapter.servant);
             !name || name->servant != adapter.servant) {
    reader.note(LogLevel::error, "servant",
                name ? "a servant has no '#' and no '@'" : name.error().detail);
  }
}

void read_endpoint(DomainReader& reader, const ServerSettings& server, AdapterSettings& adapter) {
  const std::string text = reader.text("endpoint");
  auto endpoint = parse_endpoint(text);
  if (endpoint.ok()) {
    adapter.endpoint = placed(std::move(endpoint).value(), server.local_ip);
  } else if (!text.empty()) {
    reader.note(LogLevel::error, "endpoint", endpoint.error().detail);
  } else {
    reader.note(LogLevel::error, "endpoint",
                "adapter " + in_quotes(adapter.name) +
                    " says not where it listens: set endpoint = tcp -h <address> -p <port>");
  }
  if (adapter.endpoint.type == EndpointType::ssl && adapter.tls.certificate.empty()) {
    reader.note(LogLevel::error, "endpoint",
                "an ssl endpoint needs a certificate: set 'cert' and 'key' here or in the domain "
                "of the server");
  }
  const bool has_keys = !adapter.access_key.empty() && !adapter.secret_key.empty();
  const bool asks = adapter.endpoint.auth_type != 0 && adapter.endpoint.type != EndpointType::udp;
  if (asks && !has_keys) {
    reader.note(LogLevel::error, "endpoint",
                "-e 1 asks for an authentication: set 'accesskey' and 'secretkey'");
  } else if (!asks && !adapter.access_key.empty()) {
    reader.note(LogLevel::warn, "accesskey",
                "nobody is asked for it: without -e 1 in a tcp or ssl endpoint everybody may call");
  }
}

AdapterSettings read_adapter(const config::Config& config, const config::Domain& domain,
                             const ServerSettings& server, std::vector<ConfigNote>& notes) {
  DomainReader reader(config, &domain, adapter_keys(), notes);
  AdapterSettings adapter;
  adapter.name = domain.name();
  adapter.tls = config::read_tls(reader, config::TlsSide::server);
  if (!adapter.tls.any()) adapter.tls = server.tls;
  adapter.access_key = reader.text("accesskey");
  adapter.secret_key = reader.text("secretkey");
  read_servant(reader, server, adapter);
  read_endpoint(reader, server, adapter);
  adapter.threads = reader.count("threads");
  adapter.connections_max = reader.count("maxconns");
  adapter.connections_per_ip_max = reader.count("maxconns-per-ip");
  adapter.deny_first = reader.one_of("order", orders, LogLevel::error);
  adapter.allow = list_of(reader.text("allow"));
  adapter.deny = list_of(reader.text("deny"));
  check_patterns(reader, "allow", adapter.allow);
  check_patterns(reader, "deny", adapter.deny);
  adapter.queue_max = reader.count("queuecap");
  adapter.queue_wait_max = reader.duration("queuetimeout");
  adapter.protocol = reader.text_or("protocol", "tars");
  reader.note_unknown_keys();
  return adapter;
}

// Two adapters cannot listen at one place; port 0 is a different one each time.
void check_places(const config::Config& config, const config::Domain& domain,
                  const ServerSettings& settings, std::vector<ConfigNote>& notes) {
  std::vector<std::pair<std::string, std::string>> taken;  // who, where
  if (settings.admin) taken.emplace_back("local", settings.admin->identity());
  for (const AdapterSettings& adapter : settings.adapters) {
    const Endpoint& endpoint = adapter.endpoint;
    if (endpoint.host.empty() || (endpoint.port == 0 && !endpoint.is_unix())) continue;
    const std::string place = endpoint.identity();
    const auto other = std::find_if(taken.begin(), taken.end(),
                                    [&place](const auto& each) { return each.second == place; });
    if (other != taken.end()) {
      DomainReader reader(config, domain.domain(adapter.name), adapter_keys(), notes);
      reader.note(LogLevel::error, "endpoint",
                  in_quotes(other->first) + " listens there already: give one another port");
    }
    taken.emplace_back(adapter.name, place);
  }
}

}  // namespace

Duration drain_within(Duration deactivating_timeout) {
  using std::chrono::seconds;
  const auto waits = std::chrono::floor<seconds>(deactivating_timeout);
  return std::clamp(waits, seconds(2), seconds(60)) - std::chrono::milliseconds(500);
}

Checked<ServerSettings> server_settings(const config::Config& config, const HostFacts& facts) {
  Checked<ServerSettings> checked;
  ServerSettings& settings = checked.value;
  const config::Domain* server = config::find_part(config, "server", checked.notes);
  DomainReader reader(config, server, server_keys(), checked.notes);
  read_identity(reader, facts, settings);
  read_logs(reader, settings);
  read_life(reader, settings);
  settings.set_division = config::read_set_division(config, checked.notes);
  settings.tls = config::read_tls(reader, config::TlsSide::server);
  reader.note_unknown_keys();
  if (server == nullptr) return checked;
  for (const config::Domain& domain : server->domains()) {
    if (!is_adapter(domain)) continue;
    settings.adapters.push_back(read_adapter(config, domain, settings, checked.notes));
  }
  check_places(config, *server, settings, checked.notes);
  return checked;
}

}  // namespace tarsier
