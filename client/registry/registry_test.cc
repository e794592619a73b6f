#include "client/registry/registry.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "QueryF.h"
#include "client/client.h"
#include "client/registry/endpoint_lists.h"
#include "server/server.h"
#include "transport/files.h"
#include "transport/memory/memory_world.h"
#include "transport/scope.h"

namespace tarsier {
namespace {

using std::chrono::seconds;

Endpoint at(const std::string& host) {
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = 80;
  return endpoint;
}

// Answers with what the test set, and keeps what it was asked.
class FakeRegistry final : public ::tars::QueryFSyncServant {
 public:
  using Api = ::tars::QueryFApi;

  std::map<std::string, std::vector<::tars::EndpointF>> active, inactive;
  std::int32_t ret = 0;
  std::vector<std::string> asked;
  std::vector<std::string> node_names;

  Result<Api::findObjectByIdInSameGroupResult> findObjectByIdInSameGroup(
      const std::string& id, ServerCall& call) override {
    node_names.emplace_back(call.context().find("node_name").value_or("-"));
    return answer<Api::findObjectByIdInSameGroupResult>("group", id);
  }
  Result<Api::findObjectById4AnyResult> findObjectById4Any(const std::string& id,
                                                           ServerCall&) override {
    return answer<Api::findObjectById4AnyResult>("any", id);
  }
  Result<Api::findObjectByIdInSameStationResult> findObjectByIdInSameStation(
      const std::string& id, const std::string& station, ServerCall&) override {
    return answer<Api::findObjectByIdInSameStationResult>("station " + station, id);
  }
  Result<Api::findObjectByIdInSameSetResult> findObjectByIdInSameSet(const std::string& id,
                                                                     const std::string& set,
                                                                     ServerCall&) override {
    return answer<Api::findObjectByIdInSameSetResult>("set " + set, id);
  }

  Result<Api::findObjectByIdResult> findObjectById(const std::string&, ServerCall&) override {
    return Error(Code::no_function);
  }
  Result<Api::findObjectById4AllResult> findObjectById4All(const std::string&,
                                                           ServerCall&) override {
    return Error(Code::no_function);
  }
  Result<Api::findObjectNodeNameResult> findObjectNodeName(const std::string&,
                                                           ServerCall&) override {
    return Error(Code::no_function);
  }
  Result<Api::registerChangeResult> registerChange(const std::map<std::string, std::string>&,
                                                   const std::string&, ServerCall&) override {
    return Error(Code::no_function);
  }
  Result<Api::registerQueryResult> registerQuery(const std::string&, const std::string&,
                                                 ServerCall&) override {
    return Error(Code::no_function);
  }
  Result<Api::getLockerResult> getLocker(const ::tars::GetMasterSlaveLock&, ServerCall&) override {
    return Error(Code::no_function);
  }

 private:
  template <class R>
  Result<R> answer(const std::string& how, const std::string& id) {
    asked.push_back(how + " " + id);
    R result;
    result.ret = ret;
    result.activeEp = active[id];
    result.inactiveEp = inactive[id];
    return result;
  }
};

class Listening final : public Resolver::Watcher {
 public:
  std::vector<EndpointLists> lists;
  std::vector<std::string> unresolved;
  bool waits = false;
  bool settled = false;

  void on_endpoints(const EndpointLists& now) override { lists.push_back(now); }
  bool on_unresolved(const Error& why, bool is_settled) override {
    unresolved.push_back(why.detail);
    settled = is_settled;
    return waits;
  }
};

class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() {
    fake.active["App.Server.Obj"] = {endpoint_to_wire(at("10.0.0.1"))};
    serve();
    open();
  }
  ~RegistryTest() override {
    run(registry->close());
    run(asking.close());
    stop();
  }

  void open() {
    if (registry) run(registry->close());
    RegistryOptions options;
    options.node_name = "node-7";
    options.cache_file = "/data/Server.tarsdat";
    registry = Registry::open(world.env(), asking,
                              "tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p 17890", options)
                   .value();
  }
  void serve() {
    server = std::make_unique<Server>(world.env());
    ASSERT_TRUE(server->add_servant("tars.tarsregistry.QueryObj", fake).ok());
    ASSERT_TRUE(server->listen("tcp -h 127.0.0.1 -p 17890").ok());
  }
  void stop() {
    if (server) run(server->stop());
    server.reset();
  }
  void run(Task<void> task) {
    Scope scope;
    scope.spawn(std::move(task));
    EXPECT_TRUE(world.run_until([&] { return scope.empty(); }, seconds(100)));
  }
  void pass(Duration duration) {
    bool passed = false;
    world.env().timers.call_at(world.env().clock.now() + duration, [&] { passed = true; });
    EXPECT_TRUE(world.run_until([&] { return passed; }, duration + seconds(1)));
  }
  template <class Done>
  bool soon(Done done) {
    return world.run_until(std::move(done), seconds(20));
  }

  memory::World world;
  FakeRegistry fake;
  std::unique_ptr<Server> server;
  Client asking{world.env()};
  std::unique_ptr<Registry> registry;
  Listening listening;
};

TEST_F(RegistryTest, AWatcherHearsOfTheEndpoints) {
  registry->watch({"App.Server.Obj"}, listening);
  EXPECT_TRUE(listening.lists.empty()) << "never during watch()";
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  ASSERT_EQ(listening.lists[0].active.size(), 1u);
  EXPECT_EQ(listening.lists[0].active[0].host, "10.0.0.1");
  EXPECT_EQ(fake.asked, std::vector<std::string>{"group App.Server.Obj"});
  EXPECT_EQ(fake.node_names, std::vector<std::string>{"node-7"});
  registry->unwatch(listening);
}

TEST_F(RegistryTest, ASecondWatcherHearsWhatIsKnownWithoutAnotherQuestion) {
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  Listening second;
  registry->watch({"App.Server.Obj"}, second);
  EXPECT_TRUE(second.lists.empty());
  ASSERT_TRUE(soon([&] { return !second.lists.empty(); }));
  EXPECT_EQ(fake.asked.size(), 1u);
  EXPECT_EQ(listening.lists.size(), 1u) << "the first has heard it already";
}

TEST_F(RegistryTest, EveryScopeHasItsQuestion) {
  Listening all, station, set;
  registry->watch({"App.Server.Obj", Lookup::Scope::all, ""}, all);
  registry->watch({"App.Server.Obj", Lookup::Scope::station, "sz"}, station);
  registry->watch({"App.Server.Obj", Lookup::Scope::set, "app.sz.1"}, set);
  ASSERT_TRUE(
      soon([&] { return !all.lists.empty() && !station.lists.empty() && !set.lists.empty(); }));
  EXPECT_EQ(fake.asked, (std::vector<std::string>{"any App.Server.Obj", "station sz App.Server.Obj",
                                                  "set app.sz.1 App.Server.Obj"}));
}

TEST_F(RegistryTest, ChangesArriveWithTheNextUseThatIsDue) {
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  fake.active["App.Server.Obj"].push_back(endpoint_to_wire(at("10.0.0.2")));
  registry->used(listening);
  pass(seconds(1));
  EXPECT_EQ(fake.asked.size(), 1u) << "not due";
  pass(seconds(72));
  EXPECT_EQ(fake.asked.size(), 1u) << "an object that nobody calls is not asked about";
  registry->used(listening);
  ASSERT_TRUE(soon([&] { return listening.lists.size() == 2; }));
  EXPECT_EQ(listening.lists[1].active.size(), 2u);
}

TEST_F(RegistryTest, AnObjectThatTheRegistryDoesNotKnowIsSettledAtOnce) {
  fake.inactive["App.Server.Down"] = {endpoint_to_wire(at("10.0.0.1"))};
  Listening down;
  registry->watch({"App.Server.Typo"}, listening);
  registry->watch({"App.Server.Down"}, down);
  ASSERT_TRUE(soon([&] { return !listening.unresolved.empty() && !down.unresolved.empty(); }));
  EXPECT_TRUE(listening.settled);
  EXPECT_EQ(listening.unresolved[0],
            "the registry knows no endpoint of 'App.Server.Typo': is the server started, and its "
            "name right?");
  EXPECT_EQ(down.unresolved[0],
            "the registry knows 1 inactive endpoints and no active one of 'App.Server.Down': is "
            "the server started, and its name right?");
}

TEST_F(RegistryTest, WhileCallsWaitItAsksAgainByItself) {
  stop();
  listening.waits = true;
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return listening.unresolved.size() == 2; }));
  EXPECT_FALSE(listening.settled);
  serve();
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
}

TEST_F(RegistryTest, ARegistryThatGoesAwayLeavesTheListInUse) {
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  stop();
  for (int i = 0; i < 10; ++i) {
    pass(seconds(73));
    registry->used(listening);
  }
  pass(seconds(10));
  EXPECT_EQ(registry->counters().failures, 10u);
  EXPECT_TRUE(listening.unresolved.empty());
  EXPECT_EQ(registry->find({"App.Server.Obj"})->lists, listening.lists[0]);
}

TEST_F(RegistryTest, GarbageIsCountedAndTheRestIsUsed) {
  ::tars::EndpointF broken = endpoint_to_wire(at("10.0.0.3"));
  broken.port = 70'000;
  fake.active["App.Server.Obj"].push_back(broken);
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  EXPECT_EQ(listening.lists[0].active.size(), 1u);
  EXPECT_EQ(registry->counters().endpoints_refused, 1u);
}

TEST_F(RegistryTest, ARefusalKeepsTheList) {
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  fake.ret = -1;
  fake.active.clear();
  pass(seconds(73));
  registry->used(listening);
  ASSERT_TRUE(soon([&] { return registry->counters().failures == 1; }));
  EXPECT_EQ(listening.lists.size(), 1u);
}

TEST_F(RegistryTest, AProcessStartsWithWhatTheLastOneKnewThoughTheRegistryIsDown) {
  ASSERT_TRUE(world.env().files.make_directory("/data").ok());
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  registry->unwatch(listening);
  stop();
  open();
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return listening.lists.size() == 2; }));
  EXPECT_EQ(listening.lists[1], listening.lists[0]);
  EXPECT_TRUE(registry->find({"App.Server.Obj"})->from_cache);
  pass(seconds(60));
  EXPECT_TRUE(listening.unresolved.empty());

  fake.active["App.Server.Obj"] = {endpoint_to_wire(at("10.0.0.2"))};
  serve();
  registry->used(listening);
  ASSERT_TRUE(soon([&] { return listening.lists.size() == 3; }));
  EXPECT_EQ(listening.lists[2].active[0].host, "10.0.0.2");
  EXPECT_FALSE(registry->find({"App.Server.Obj"})->from_cache);
}

TEST_F(RegistryTest, ACacheThatCannotBeWrittenIsToldAndDoesNoHarm) {
  registry->watch({"App.Server.Obj"}, listening);  // there is no /data
  ASSERT_TRUE(soon([&] { return registry->counters().cache_failures == 1; }));
  EXPECT_EQ(listening.lists.size(), 1u);
  EXPECT_EQ(world.log().count("was not written to /data/Server.tarsdat"), 1u);
}

TEST_F(RegistryTest, ABrokenCacheIsToldAndWrittenAnew) {
  ASSERT_TRUE(world.env().files.make_directory("/data").ok());
  const std::string_view broken = "<cache>";
  ASSERT_TRUE(write_file_atomically(world.env().files, "/data/Server.tarsdat",
                                    std::as_bytes(std::span(broken)))
                  .ok());
  open();
  EXPECT_EQ(registry->counters().cache_failures, 1u);
  registry->watch({"App.Server.Obj"}, listening);
  ASSERT_TRUE(soon([&] { return !listening.lists.empty(); }));
  open();
  EXPECT_EQ(registry->counters().cache_failures, 0u);
}

TEST_F(RegistryTest, ClosingLeavesNothingRunning) {
  stop();
  listening.waits = true;
  registry->watch({"App.Server.Obj"}, listening);
  registry->unwatch(listening);
  run(registry->close());
  EXPECT_TRUE(listening.unresolved.empty());
}

TEST(RegistryLocator, WithoutAnAddressIsRefusedWithASentence) {
  memory::World world;
  Client asking(world.env());
  const auto opened = Registry::open(world.env(), asking, "tars.tarsregistry.QueryObj");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().detail,
            "the locator 'tars.tarsregistry.QueryObj' says no address: write "
            "'tars.tarsregistry.QueryObj@tcp -h <host> -p 17890'");
}

}  // namespace
}  // namespace tarsier
