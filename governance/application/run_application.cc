#include "governance/application/run_application.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "governance/application/command_line.h"
#include "transport/epoll/host.h"
#include "transport/epoll/loop.h"
#include "transport/epoll/stderr_log.h"
#include "transport/scope.h"

namespace tarsier::application {
namespace {

constexpr int failed = 1;
constexpr int wrong_usage = 2;

int complain(const std::string& program, const std::string& sentence, int exit_code) {
  std::fprintf(stderr, "%s: %s\n", program.c_str(), sentence.c_str());
  return exit_code;
}

std::string name_of(const char* path) {
  const std::string name(path);
  return name.substr(name.rfind('/') + 1);
}

// Runs an Application on a loop of this thread.
class Front {
 public:
  explicit Front(std::string program)
      : program_(std::move(program)), loop_(loop_options(console_)) {}

  Result<Checked<ApplicationSettings>> read(const std::string& file) {
    HostFacts facts;
    facts.executable = program_;
    facts.local_ip = epoll::local_address();
    return read_settings(loop_.env().files, file, facts);
  }

  int run(ApplicationSettings settings, Setup setup, ApplicationOptions options) {
    const bool takes_signals = settings.client.handles_signals;
    options.pid = epoll::process_id();
    options.allow_cores = epoll::allow_cores;
    Application app(loop_.env(), std::move(settings), std::move(setup), std::move(options));
    if (takes_signals) {
      epoll::on_service_signals(loop_, [&app, this](auto signal, std::string_view name) {
        take_signal(app, signal, name);
      });
    }
    app.on_serving([&app] {
      if (app.closes_stdout()) epoll::discard_stdout();
    });
    std::optional<Result<>> ended;
    Scope scope;
    scope.spawn(run_to_end(app, ended));
    loop_.run_until([&] { return ended.has_value() && scope.empty(); });
    return *ended ? 0 : complain(program_, ended->error().to_string(), failed);
  }

 private:
  static epoll::LoopOptions loop_options(Log& console) {
    epoll::LoopOptions options;
    options.log = &console;
    return options;
  }
  static Task<void> run_to_end(Application& app, std::optional<Result<>>& ended) {
    auto running = app.run();
    ended = co_await running;
  }
  void take_signal(Application& app, epoll::ServiceSignal signal, std::string_view name) {
    if (signal == epoll::ServiceSignal::reopen) {
      app.reopen_logs();
      return app.reload_certificates();
    }
    // Whoever asks twice does not want to wait for calls.
    if (std::exchange(stop_asked_, true)) std::_Exit(failed);
    app.ask_stop(name);
  }

  const std::string program_;
  epoll::StderrLog console_{LogLevel::trace};
  epoll::Loop loop_;
  bool stop_asked_ = false;
};

}  // namespace

int run_application(int count, char** arguments, Setup setup, ApplicationOptions options) {
  const std::string program = count > 0 ? name_of(arguments[0]) : "service";
  const std::vector<const char*> given(arguments + (count > 0 ? 1 : 0), arguments + count);
  const auto line = parse_command_line(given);
  if (!line) return complain(program, line.error().detail, wrong_usage);
  if (line->action == CommandLine::Action::help) {
    std::fputs(usage(program).c_str(), stdout);
    return 0;
  }
  if (line->action == CommandLine::Action::version) {
    std::printf("%s %s, Tarsier %s\n", program.c_str(),
                options.version.empty() ? "(no version)" : options.version.c_str(),
                std::string(runtime_version()).c_str());
    return 0;
  }
  Front front(program);
  auto settings = front.read(line->config_file);
  if (!settings) return complain(program, settings.error().detail, wrong_usage);
  const std::string notes = render_notes(line->config_file, settings->notes);
  const bool usable_file = usable(settings->notes);
  if (line->action == CommandLine::Action::check_config) {
    std::fputs(notes.c_str(), stdout);
    return usable_file ? 0 : wrong_usage;
  }
  if (!settings->notes.empty()) std::fputs(notes.c_str(), stderr);
  if (!usable_file) return wrong_usage;
  return front.run(std::move(settings->value), std::move(setup), std::move(options));
}

}  // namespace tarsier::application
