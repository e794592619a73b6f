// A process that logs and reports, in the simulator: the services it reports to and the network
// between fail as a seed says. Nothing may hang, nothing may be lost uncounted, and nothing may
// arrive twice.
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ConfigF_mock.h"
#include "LogF_mock.h"
#include "NodeF_mock.h"
#include "NotifyF_mock.h"
#include "PropertyF_mock.h"
#include "StatF_mock.h"
#include "client/client.h"
#include "governance/application/faulty_files_testing.h"
#include "governance/application/local_logs.h"
#include "governance/application/node_reporter.h"
#include "governance/application/notifier.h"
#include "governance/application/property_reporter.h"
#include "governance/application/remote_config.h"
#include "governance/application/remote_log.h"
#include "governance/application/stat_reporter.h"
#include "server/server.h"
#include "sim/nemesis.h"
#include "sim/world.h"
#include "transport/scope.h"
#include "transport/timers.h"

namespace tarsier::application {
namespace {

using sim::FaultKind;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// What the services received, outside of the world.
struct Book {
  std::set<std::string> lines;
  std::set<std::string> notices;
  std::uint64_t calls = 0;
  std::uint64_t values = 0;
  std::uint64_t beats = 0;
  std::uint64_t twice = 0;
};

// Everything that a platform offers to report to, on one machine.
class Platform final : public sim::Program {
 public:
  Platform(Env& env, Book& book) : env_(env), book_(book), server_(env) {
    serve_log();
    serve_counters();
    serve_rest();
    scope_.spawn(listen());
  }

 private:
  template <class T>
  using Mock = testing::NiceMock<T>;

  void note(std::set<std::string>& known, const std::string& text) {
    if (!known.insert(text).second) ++book_.twice;
  }
  void serve_log() {
    server_.add_servant("P.P.LogObj", log_).value();
    ON_CALL(log_, loggerbyInfo)
        .WillByDefault([this](auto&, const std::vector<std::string>& lines, auto&) {
          for (const std::string& line : lines) note(book_.lines, line);
          return ::tars::LogApi::loggerbyInfoResult();
        });
  }
  void serve_counters() {
    server_.add_servant("P.P.StatObj", stat_).value();
    ON_CALL(stat_, reportMicMsg).WillByDefault([this](const StatMap& entries, bool, auto&) {
      book_.calls += calls_of(entries);
      return ::tars::StatFApi::reportMicMsgResult();
    });
    server_.add_servant("P.P.PropertyObj", property_).value();
    ON_CALL(property_, reportPropMsg).WillByDefault([this](const PropertyMap& entries, auto&) {
      for (const auto& [head, body] : entries) book_.values += std::stoull(body.vInfo[0].value);
      return ::tars::PropertyFApi::reportPropMsgResult();
    });
  }
  void serve_rest() {
    server_.add_servant("P.P.NotifyObj", notify_).value();
    ON_CALL(notify_, reportNotifyInfo).WillByDefault([this](const ::tars::ReportInfo& info, auto&) {
      note(book_.notices, info.sMessage);
      return ::tars::NotifyApi::reportNotifyInfoResult();
    });
    server_.add_servant("P.P.NodeObj", node_).value();
    ON_CALL(node_, keepAlive).WillByDefault([this](auto&, auto&) {
      ++book_.beats;
      return ::tars::ServerFApi::keepAliveResult();
    });
    server_.add_servant("P.P.ConfigObj", config_).value();
    ON_CALL(config_, loadConfig).WillByDefault([](auto&, auto&, auto& file, auto&) {
      ::tars::ConfigApi::loadConfigResult result;
      result.config = "content of " + file;
      return result;
    });
  }
  Task<void> listen() {
    while (!server_.listen("tcp -h 0.0.0.0 -p 9000").ok())
      co_await SleepUntil(env_.timers, env_.clock.now() + milliseconds(100));
  }

  Env& env_;
  Book& book_;
  Mock<::tars::MockLogSyncServant> log_;
  Mock<::tars::MockStatFSyncServant> stat_;
  Mock<::tars::MockPropertyFSyncServant> property_;
  Mock<::tars::MockNotifySyncServant> notify_;
  Mock<::tars::MockServerFSyncServant> node_;
  Mock<::tars::MockConfigSyncServant> config_;
  Server server_;
  Scope scope_;
};

Identity identity_of(const Env&) {
  Identity identity;
  identity.app = "App";
  identity.server = "Srv";
  identity.node_name = "app1";
  return identity;
}

LocalLogOptions log_options() {
  LocalLogOptions options;
  options.log_path = "/log";
  options.roll_files = 100;
  options.roll_bytes = 100'000;
  return options;
}

RemoteLogOptions remote_options() {
  RemoteLogOptions options;
  options.queue.lines_max = 200;
  return options;
}

// What the process under test runs: it logs, counts and reports ten times a second.
class Service final : public sim::Program {
 public:
  explicit Service(Env& env)
      : env_(env),
        client_(env),
        remote(env, proxy<::tars::LogClient>("Log"), identity_of(env), remote_options()),
        logs(env, identity_of(env), log_options()),
        stat(env, proxy<::tars::StatFClient>("Stat"), identity_of(env), often()),
        properties(env, proxy<::tars::PropertyFClient>("Property"), identity_of(env), often()),
        notifier(env, proxy<::tars::NotifyClient>("Notify"), identity_of(env)),
        node(env, proxy<::tars::ServerFClient>("Node"), identity_of(env)),
        config(env, proxy<::tars::ConfigClient>("Config"), identity_of(env)) {
    logs.send_to(remote);
    orders_ = logs.time_log("orders").value();
    queue_ =
        properties.property("queue", make_property_kind({PropertyPolicy::count}).value()).value();
    node.started();
    scope_.spawn(work());
  }

  void stop() {
    stopping_ = true;
    scope_.spawn(close_all());
  }
  bool stopped() const { return stopped_; }
  DeliveryCounters orders_remote() const { return orders_->remote_counters(); }
  DeliveryCounters orders_local() const { return orders_->local_counters(); }
  int configs = 0;

 private:
  template <class P>
  P proxy(std::string_view name) {
    return client_.proxy<P>("P.P." + std::string(name) + "Obj@tcp -h platform -p 9000").value();
  }
  static ReportOptions often() {
    ReportOptions options;
    options.interval = seconds(10);
    return options;
  }

  Task<void> work() {
    for (int i = 0; !stopping_; ++i) {
      const std::string number = std::to_string(i);
      logs.log().write(LogLevel::info, "", "line " + number);
      orders_->write("order " + number);
      stat.as_client().add(StatHead(), StatOutcome::success, 3);
      queue_->report(i);
      if (i % 10 == 0) notifier.report("notice " + number);
      if (i % 50 == 0) {
        auto loading = config.add_config("shop.conf");
        const auto loaded = co_await loading;
        configs += loaded.ok() ? 1 : 0;
      }
      co_await SleepUntil(env_.timers, env_.clock.now() + milliseconds(100));
    }
    worked_ = true;
  }
  Task<void> close_all() {
    while (!worked_) co_await SleepUntil(env_.timers, env_.clock.now() + milliseconds(10));
    co_await node.close();
    co_await notifier.close();
    co_await stat.close();
    co_await properties.close();
    co_await remote.close();
    co_await logs.close();
    co_await client_.close();
    stopped_ = true;
  }

  Env& env_;
  Client client_;

 public:
  RemoteLog remote;
  LocalLogs logs;
  StatReporter stat;
  PropertyReporter properties;
  Notifier notifier;
  NodeReporter node;
  RemoteConfig config;

 private:
  TimeLog* orders_ = nullptr;
  Property* queue_ = nullptr;
  bool stopping_ = false;
  bool worked_ = false;
  bool stopped_ = false;
  Scope scope_;
};

struct Cluster {
  explicit Cluster(std::uint64_t seed) : world(seed) {
    platform.run([this](Env& env) { return std::make_unique<Platform>(env, book); });
    app.run([](Env& env) { return std::make_unique<Service>(env); });
  }
  Service& service() { return *static_cast<Service*>(app.program()); }
  std::string rolled() {
    std::string text;
    for (int i = 0; i < 100; ++i) {
      const std::string number = i == 0 ? "" : std::to_string(i);
      const std::string found = content_of(app.files(), "/log/App/Srv/App.Srv" + number + ".log");
      if (found != "(none)") text += found;
    }
    return text;
  }

  Book book;
  sim::World world;
  sim::Node& platform = world.add_node("platform");
  sim::Node& app = world.add_node("app1");
};

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++found;
  return found;
}

sim::FaultSchedule draw(Cluster& cluster, bool app_dies) {
  sim::SwarmOptions swarm;
  swarm.duration = minutes(2);
  swarm.kinds = {FaultKind::partition,     FaultKind::cut,    FaultKind::clog,
                 FaultKind::slow,          FaultKind::reset,  FaultKind::silence,
                 FaultKind::tiny_segments, FaultKind::refuse, FaultKind::deaf};
  if (app_dies) swarm.kinds.insert(swarm.kinds.end(), {FaultKind::kill, FaultKind::power_off});
  swarm.servers = {"platform"};
  swarm.clients = {"app1"};
  return sim::draw_swarm(cluster.world.random("faults"), swarm);
}

// Both disks are full now and then.
void fill_disk_now_and_then(Cluster& cluster) {
  for (const int second : {20, 60, 100}) {
    cluster.world.after(seconds(second), [&cluster] {
      cluster.app.files().set_capacity(cluster.app.files().used_bytes() + 100);
    });
    cluster.world.after(seconds(second + 8),
                        [&cluster] { cluster.app.files().set_capacity(UINT64_MAX); });
  }
}

void expect_all_told(const DeliveryCounters& counters, const std::string& what) {
  EXPECT_EQ(counters.pending, 0u) << what;
  EXPECT_EQ(counters.produced, counters.delivered + counters.full + counters.failed) << what;
  EXPECT_GT(counters.delivered, 0u) << what;
}

// What arrived was told to have arrived, or may have been lost; never more.
void expect_plausible(std::uint64_t received, const DeliveryCounters& counters,
                      const std::string& what) {
  EXPECT_GE(received, counters.delivered) << what;
  EXPECT_LE(received, counters.delivered + counters.failed) << what;
}

TEST(ReportsSim, NothingHangsAndNothingIsLostUncounted) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Cluster cluster(seed);
    sim::Nemesis nemesis(cluster.world);
    ASSERT_TRUE(nemesis.start(draw(cluster, false)).ok());
    fill_disk_now_and_then(cluster);
    cluster.world.run_for(minutes(2));
    nemesis.heal();
    cluster.world.run_for(minutes(1));
    Service& service = cluster.service();
    const Book& book = cluster.book;
    const std::uint64_t before = service.orders_remote().delivered;
    cluster.world.run_for(seconds(20));
    EXPECT_GT(service.orders_remote().delivered, before + 150) << "peace is like before the war";

    service.stop();
    ASSERT_TRUE(cluster.world.run_until([&] { return service.stopped(); }, seconds(30)))
        << cluster.world.waiting();
    expect_all_told(service.orders_remote(), "remote log");
    expect_all_told(service.orders_local(), "time log");
    expect_all_told(service.logs.roll_counters(), "rolling log");
    expect_all_told(service.stat.as_client().counters(), "stat");
    expect_all_told(service.properties.counters(), "properties");
    expect_all_told(service.notifier.counters(), "notices");
    expect_all_told(service.node.counters(), "node");
    expect_plausible(book.lines.size(), service.orders_remote(), "remote log");
    expect_plausible(book.calls, service.stat.as_client().counters(), "stat");
    expect_plausible(book.values, service.properties.counters(), "properties");
    expect_plausible(book.notices.size(), service.notifier.counters(), "notices");
    EXPECT_EQ(book.twice, 0u);
    EXPECT_EQ(count(cluster.rolled(), "|line "), service.logs.roll_counters().delivered);
    EXPECT_GT(service.configs, 10) << "with the local copy, every load but early ones";
  }
}

TEST(ReportsSim, AProcessMayDieInTheMiddleOfIt) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Cluster cluster(seed);
    sim::Nemesis nemesis(cluster.world);
    ASSERT_TRUE(nemesis.start(draw(cluster, true)).ok());
    fill_disk_now_and_then(cluster);
    cluster.world.run_for(minutes(2));
    nemesis.heal();
    cluster.world.run_for(minutes(1));
    Service& service = cluster.service();
    service.stop();
    ASSERT_TRUE(cluster.world.run_until([&] { return service.stopped(); }, seconds(30)))
        << cluster.world.waiting();
    expect_all_told(service.orders_remote(), "remote log");
    expect_all_told(service.stat.as_client().counters(), "stat");
    const std::string text = cluster.rolled();
    EXPECT_EQ(count(text, "\n"), count(text, "|INFO|line ") + count(text, " lines were lost here"))
        << "whole lines only";
  }
}

TEST(ReportsSim, TheSameSeedGivesTheSameRun) {
  std::set<std::uint64_t> hashes;
  for (int run = 0; run < 2; ++run) {
    Cluster cluster(5);
    sim::Nemesis nemesis(cluster.world);
    ASSERT_TRUE(nemesis.start(draw(cluster, true)).ok());
    cluster.world.run_for(minutes(1));
    hashes.insert(cluster.world.hash());
  }
  EXPECT_EQ(hashes.size(), 1u);
}

}  // namespace
}  // namespace tarsier::application
