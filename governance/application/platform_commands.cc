#include "governance/application/platform_commands.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "governance/application/log_line.h"
#include "protocol/trace/status.h"
#include "transport/base/words.h"

namespace tarsier::application {
namespace {

constexpr std::size_t connections_listed_max = 1'000;  // of one adapter
constexpr Duration ms = std::chrono::milliseconds(1);

// The words of a line, but the last one takes the rest.
std::vector<std::string> words_of(const std::string& text, char separator, std::size_t at_most) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (words.size() + 1 < at_most) {
    const std::size_t end = text.find(separator, begin);
    if (end == text.npos) break;
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  words.push_back(text.substr(begin));
  return words;
}

// Of a command that needs not wait.
template <class Reply>
AdminCommands::Function at_once(Reply reply) {
  return [reply = std::move(reply)](std::string parameters) -> Task<std::string> {
    co_return reply(parameters);
  };
}

bool is_secret(std::string_view key) { return key == "secretkey" || key == "accesskey"; }

void add_lines(const config::Domain& domain, const std::string& indent, std::string& text) {
  for (const config::Entry& entry : domain.entries())
    text += indent + entry.key + "=" + (is_secret(entry.key) ? "***" : entry.value) + "\n";
  for (const config::Domain& each : domain.domains()) {
    text += indent + "<" + each.name() + ">\n";
    add_lines(each, indent + "  ", text);
    text += indent + "</" + each.name() + ">\n";
  }
}

Task<std::string> set_log_level(CommandContext& context, std::string name) {
  const auto level = parse_level(name);
  const std::string reply = "set log level [" + name + "] ";
  if (!level) co_return reply + "error: " + level.error().detail;
  context.logs.set_level(*level);
  auto saving = context.saved.set(std::string(saved_log_level), std::string(level_name(*level)));
  const Result<> saved = co_await saving;
  co_return reply + "ok" + (saved ? "" : ", until the service ends: " + saved.error().detail);
}

Task<std::string> set_close_stdout(CommandContext& context, std::string wanted) {
  const std::string value = wanted == "yes" ? "1" : "0";
  auto saving = context.saved.set(std::string(saved_close_stdout), value);
  const Result<> saved = co_await saving;
  if (!saved) co_return "set closeCout [" + wanted + "] error: " + saved.error().detail;
  co_return "set closeCout [" + wanted + "] ok, from the next start on";
}

Task<std::string> load_config(CommandContext& context, std::string file) {
  if (file.empty()) co_return std::string("which file? tars.loadconfig FILE");
  auto loading = context.config.add_config(file);
  const auto loaded = co_await loading;
  co_return loaded ? loaded->message : loaded.error().detail;
}

std::string enable_day_log(CommandContext& context, const std::string& parameters) {
  const std::vector<std::string> words = words_of(parameters, '|', 3);
  const std::string usage = "usage: tars.enabledaylog {remote|local}|[NAME]|{true|false}";
  if (words.size() != 3) return usage;
  const bool remote = words[0] == "remote";
  const bool on = words[2] == "true";
  if ((!remote && words[0] != "local") || (!on && words[2] != "false")) return usage;
  const auto log = context.logs.time_log(words[1]);
  if (!log) return "set " + parameters + " error: " + log.error().detail;
  if (remote) {
    (*log)->set_remote(on);
  } else {
    (*log)->set_local(on);
  }
  return "set " + parameters + " ok";
}

std::string close_core(CommandContext& context, const std::string& parameters) {
  if (parameters != "yes" && parameters != "no") return "usage: tars.closecore {yes|no}";
  if (context.allow_cores == nullptr) return "limits of the process cannot be set here";
  return context.allow_cores(parameters == "no");
}

std::string resources(CommandContext& context) {
  std::string text;
  for (const auto& adapter : context.home.adapters()) {
    const Server& server = adapter->server;
    text += "[adapter:" + adapter->settings.name +
            "] [connections:" + std::to_string(server.connections()) +
            "] [calls in flight:" + std::to_string(server.calls_kept()) +
            "] [bytes buffered:" + std::to_string(server.buffered_bytes()) + "]\n";
  }
  const ClientCounters& client = context.home.client().counters();
  text += "[client] [calls:" + std::to_string(client.calls) +
          "] [timeouts:" + std::to_string(client.timeouts) +
          "] [connects:" + std::to_string(client.connects) + "]\n";
  return text;
}

std::string properties(const ClientSettings& client) {
  const auto line = [](std::string_view key, auto value) {
    return std::string(key) + ":" + std::to_string(value) + "\r\n";
  };
  return "loaded config items:\r\n" + line("sync-invoke-timeout", client.sync_timeout / ms) +
         line("connect-timeout", client.connect_timeout / ms) +
         line("refresh-endpoint-interval", client.refresh_interval / ms) +
         line("report-interval", client.report_interval / ms) +
         line("sendqueuelimit", client.send_queue_max) +
         "locator:" + (client.locator ? object_text(*client.locator) : "") + "\r\n";
}

void add_information(AdminCommands& commands, CommandContext& context) {
  commands.add_own("tars.viewstatus", "the configuration, and what the adapters do",
                   at_once([&context](const std::string&) {
                     return status_text(context) + public_text(context.settings.config);
                   }));
  commands.add_own(
      "tars.viewversion", "the version of the service",
      at_once([&context](const std::string&) { return "$" + context.identity.version + "$"; }));
  commands.add_own("tars.bid", "the name and the version of the service",
                   at_once([&context](const std::string&) {
                     return "$" + context.identity.module() + "-" + context.identity.version + "$";
                   }));
  commands.add_own("tars.connection", "the connections of every adapter",
                   at_once([&context](const std::string&) { return connections_text(context); }));
  commands.add_own("tars.resource", "what connections and calls hold",
                   at_once([&context](const std::string&) { return resources(context); }));
  commands.add_own(
      "tars.loadproperty", "the settings of the client that are in force",
      at_once([&context](const std::string&) { return properties(context.settings.client); }));
  commands.add_own("tars.help", "the names of all commands",
                   at_once([&commands](const std::string&) { return commands.names(); }));
}

// Calls of one route key to one servant, so that their lines meet in a log of their own.
std::string set_dyeing(CommandContext& context, const std::string& parameters) {
  auto rule = trace::parse_dye_rule(parameters);
  if (!rule) return rule.error().detail;
  std::string reply = "set dyeing: key " + rule->key + ", servant " + rule->servant +
                      ", function " + (rule->function.empty() ? "any" : rule->function);
  bool found = false;
  for (const auto& adapter : context.home.adapters()) {
    if (adapter->settings.servant != rule->servant) continue;
    adapter->server.set_dye_rule(*rule);
    found = true;
  }
  return found ? reply : reply + ": no adapter of this service serves that";
}

void add_changes(AdminCommands& commands, CommandContext& context) {
  commands.add_own("tars.setloglevel", "NONE|ERROR|WARN|INFO|DEBUG|TARS: of the local log",
                   [&context](std::string name) { return set_log_level(context, name); });
  commands.add_own("tars.loadconfig", "FILE: fetched from the configuration service",
                   [&context](std::string file) { return load_config(context, file); });
  commands.add_own("tars.closecout", "yes|no: whether stdout goes nowhere, from the next start on",
                   [&context](std::string wanted) { return set_close_stdout(context, wanted); });
  commands.add_own("tars.enabledaylog", "{remote|local}|[NAME]|{true|false}: where a time log goes",
                   at_once([&context](const std::string& parameters) {
                     return enable_day_log(context, parameters);
                   }));
  commands.add_own("tars.setdyeing", "KEY SERVANT [FUNCTION]: whose calls are dyed",
                   at_once([&context](const std::string& parameters) {
                     return set_dyeing(context, parameters);
                   }));
  commands.add_own("tars.closecore", "yes|no: whether a crash leaves no core behind",
                   at_once([&context](const std::string& parameters) {
                     return close_core(context, parameters);
                   }));
}

// What TARS has and we do not, yet: whoever asks is told.
void add_missing(AdminCommands& commands) {
  commands.add_own("tars.reloadlocator", "not there yet", at_once([](const std::string&) {
                     return std::string(
                         "the locator is read when the service starts: restart it to use another");
                   }));
}

}  // namespace

std::string public_text(const config::Config& config) {
  std::string text;
  add_lines(config.root(), "", text);
  return text;
}

std::string status_text(const CommandContext& context) {
  const Identity& identity = context.identity;
  std::string text = identity.module() + " " + identity.version + " (Tarsier " +
                     identity.runtime_version + "), pid " + std::to_string(identity.pid) + " on " +
                     identity.node_name + "\n";
  for (const auto& adapter : context.home.adapters()) {
    const ServerCounters& counters = adapter->server.counters();
    text += "[adapter:" + adapter->settings.name + "] [servant:" + adapter->settings.servant +
            "] [endpoint:" + adapter->at.to_string() +
            "] [connections:" + std::to_string(adapter->server.connections()) +
            "] [maxconns:" + std::to_string(adapter->settings.connections_max) +
            "] [calls:" + std::to_string(counters.calls) +
            "] [errors:" + std::to_string(counters.errors_answered) +
            "] [in flight:" + std::to_string(adapter->server.calls_kept()) + "]\n";
  }
  return text;
}

std::string connections_text(const CommandContext& context) {
  std::string text;
  for (const auto& adapter : context.home.adapters()) {
    text += "[adapter:" + adapter->settings.name +
            "] [connections:" + std::to_string(adapter->server.connections()) + "]\n";
    for (const ConnectionInfo& each : adapter->server.connection_list(connections_listed_max)) {
      text += "  " + std::to_string(each.id) + "  " + each.peer.host + ":" +
              std::to_string(each.peer.port) + "  idle " + std::to_string(each.idle / ms) +
              " ms  in flight " + std::to_string(each.calls_in_flight) + "  unsent " +
              std::to_string(each.unsent_bytes) + "\n";
    }
  }
  return text;
}

void add_platform_commands(AdminCommands& commands, CommandContext& context) {
  add_information(commands, context);
  add_changes(commands, context);
  add_missing(commands);
}

}  // namespace tarsier::application
