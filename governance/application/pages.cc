#include "governance/application/pages.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "governance/application/log_line.h"
#include "governance/application/metrics_text.h"
#include "server/server_options.h"

namespace tarsier::application {
namespace {

using Type = MetricsText::Type;

std::string health(const PageContext&) { return "ok\n"; }

std::string ready(const PageContext& context) {
  return context.serving ? "ready\n" : "not ready: adapters do not listen\n";
}

std::string status(const PageContext& context) { return status_text(context.service); }

// Without help and types, for people.
std::string vars(const PageContext& context) {
  const std::string all = metrics(context);
  std::string text;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = all.find('\n', begin) + 1;
    if (all[begin] != '#') text += all.substr(begin, end - begin);
    begin = end;
  }
  return text;
}

std::string connections(const PageContext& context) { return connections_text(context.service); }

std::string configuration(const PageContext& context) {
  return public_text(context.service.settings.config);
}

std::string log_level(const PageContext& context) {
  return std::string(level_name(context.service.logs.level())) +
         "\n(to change it: the command tars.setloglevel)\n";
}

bool runs_on_threads(const PageContext& context, const std::string& object) {
  const auto all = context.service.home.servants();
  return std::any_of(all.begin(), all.end(), [&](const auto& each) {
    return each.first == object && each.second == nullptr;
  });
}

std::string threads(const PageContext& context) {
  std::string text = "loops: 1\n";
  for (const AdapterSettings& adapter : context.service.settings.server.adapters) {
    const bool blocks = runs_on_threads(context, adapter.servant);
    text += adapter.name + ": " +
            (blocks ? std::to_string(adapter.threads) + " handler threads" : "on the loop") + "\n";
  }
  return text;
}

std::string version(const PageContext& context) {
  const Identity& identity = context.service.identity;
  return identity.module() + " " + identity.version + "\nTarsier " + identity.runtime_version +
         "\n";
}

std::string idl(const PageContext& context) {
  std::string text;
  for (const auto& [object, servant] : context.service.home.servants())
    text += object + "  " +
            (servant == nullptr ? "on handler threads" : std::string(servant->tars_interface())) +
            "\n";
  return text;
}

std::string list(const PageContext& context);

struct Page {
  std::string_view path;
  std::string_view about;
  std::string (*text)(const PageContext& context);
};
constexpr std::array pages = {
    Page{"/", "this list", list},
    Page{"/-/health", "ok while the loop runs", health},
    Page{"/-/ready", "200 while the adapters listen, else 503", ready},
    Page{"/-/status", "who this is, and what its adapters do", status},
    Page{"/-/vars", "every number", vars},
    Page{"/metrics", "the same for Prometheus", metrics},
    Page{"/-/connections", "the connections of every adapter", connections},
    Page{"/-/config", "the configuration, without its secrets", configuration},
    Page{"/-/loglevel", "of the local log", log_level},
    Page{"/-/threads", "where servants run", threads},
    Page{"/-/version", "of the service and of the framework", version},
    Page{"/-/idl", "the objects that are served, and their interfaces", idl},
};

std::string list(const PageContext& context) {
  std::string text = context.service.identity.module() + "\n";
  for (const Page& each : pages)
    text += std::string(each.path) + "  " + std::string(each.about) + "\n";
  return text;
}

// The text between links to the other pages.
std::string as_html(const std::string& title, const std::string& text) {
  std::string html = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
                     http::escape_html(title) + "</title></head><body><p>";
  for (const Page& each : pages) {
    const std::string path(each.path);
    html += "<a href=\"" + path + "\">" + path + "</a> ";
  }
  return html + "</p><pre>" + http::escape_html(text) + "</pre></body></html>\n";
}

void add_servers(MetricsText& text, const PageContext& context) {
  const auto each = [&](std::string_view name, Type type, std::string_view help, auto value) {
    text.family(name, type, help);
    for (const auto& adapter : context.service.home.adapters())
      text.sample({{"adapter", adapter->settings.name}}, value(adapter->server));
  };
  const auto count = [&](std::string_view name, std::string_view help,
                         std::uint64_t ServerCounters::* counter) {
    each(name, Type::counter, help,
         [&](const Server& server) { return server.counters().*counter; });
  };
  each("tarsier_server_connections", Type::gauge, "Connections that are open.",
       [](const Server& server) { return server.connections(); });
  each("tarsier_server_calls_in_flight", Type::gauge, "Calls that are to be answered later.",
       [](const Server& server) { return server.calls_kept(); });
  each("tarsier_server_buffered_bytes", Type::gauge, "Read and not served, or answered and unsent.",
       [](const Server& server) { return server.buffered_bytes(); });
  count("tarsier_server_accepted_total", "Connections that were accepted.",
        &ServerCounters::accepted);
  count("tarsier_server_calls_total", "Well-formed requests.", &ServerCounters::calls);
  count("tarsier_server_errors_total", "Answers with another code than 0.",
        &ServerCounters::errors_answered);
  count("tarsier_server_overloaded_total", "Requests refused for overload (-9).",
        &ServerCounters::overloaded);
  count("tarsier_server_expired_total", "Requests that were too old (-6).",
        &ServerCounters::expired);
  count("tarsier_server_refused_address_total", "Connections that `allow` and `deny` refused.",
        &ServerCounters::refused_address);
  count("tarsier_server_refused_full_total", "Connections beyond `maxconns`.",
        &ServerCounters::refused_connections_max);
}

void add_client(MetricsText& text, const PageContext& context) {
  const ClientCounters& counters = context.service.home.client().counters();
  const auto one = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    text.family(name, Type::counter, help);
    text.sample({}, value);
  };
  one("tarsier_client_calls_total", "Calls that were made.", counters.calls);
  one("tarsier_client_errors_total", "Answers with another code than 0.", counters.errors_answered);
  one("tarsier_client_timeouts_total", "Calls without an answer in time.", counters.timeouts);
  one("tarsier_client_connects_total", "Connections that were made.", counters.connects);
  one("tarsier_client_connect_failed_total", "Connections that could not be made.",
      counters.connect_failed);
}

// What becomes of lines and reports, so that a loss shows.
void add_deliveries(MetricsText& text, const PageContext& context) {
  Reports& reports = context.reports;
  const auto each = [&](const auto& sample) {
    sample("log", context.service.logs.counters());
    if (reports.stat() != nullptr) {
      sample("stat_client", reports.stat()->as_client().counters());
      sample("stat_server", reports.stat()->as_server().counters());
    }
    if (reports.properties() != nullptr) sample("property", reports.properties()->counters());
    if (reports.notifier() != nullptr) sample("notify", reports.notifier()->counters());
    if (reports.node() != nullptr) sample("node", reports.node()->counters());
  };
  text.family("tarsier_reported_total", Type::counter, "Lines and reports that were produced.");
  each([&](std::string_view kind, const DeliveryCounters& counters) {
    text.sample({{"kind", kind}}, counters.produced);
  });
  text.family("tarsier_reports_dropped_total", Type::counter, "Of those, what was lost.");
  each([&](std::string_view kind, const DeliveryCounters& counters) {
    text.sample({{"kind", kind}}, counters.dropped());
  });
}

}  // namespace

std::string metrics(const PageContext& context) {
  const Identity& identity = context.service.identity;
  MetricsText text;
  text.family("tarsier_info", Type::gauge, "Who this is.");
  text.sample({{"service", identity.module()},
               {"version", identity.version},
               {"runtime", identity.runtime_version},
               {"set", identity.set() ? identity.set_division : ""}},
              1);
  text.family("tarsier_serving", Type::gauge, "1 while the adapters listen.");
  text.sample({}, context.serving ? 1 : 0);
  add_servers(text, context);
  add_client(text, context);
  add_deliveries(text, context);
  return text.text();
}

http::Response page(const PageContext& context, const http::Request& request) {
  http::Response response;
  if (request.method != "GET" && request.method != "HEAD") {
    response.status = 405;
    response.body = "these pages are read with GET\n";
    return response;
  }
  for (const Page& each : pages) {
    if (each.path != request.path) continue;
    if (each.path == "/-/ready" && !context.serving) response.status = 503;
    response.body = each.text(context);
    if (each.path == "/metrics") {
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    } else if (request.accept.find("text/html") != request.accept.npos) {
      response.content_type = "text/html; charset=utf-8";
      response.body =
          as_html(context.service.identity.module() + " " + request.path, response.body);
    }
    return response;
  }
  response.status = 404;
  response.body = "there is no such page; there are:\n" + list(context);
  return response;
}

}  // namespace tarsier::application
