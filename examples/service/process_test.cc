// hello_service as its node runs it: a process that is started with a configuration, called, and
// ended by SIGTERM while it is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "Hello.h"
#include "NodeF_mock.h"
#include "NotifyF_mock.h"
#include "client/client.h"
#include "server/server.h"
#include "transport/clock.h"
#include "transport/epoll/directory_testing.h"
#include "transport/epoll/loop.h"
#include "transport/files.h"
#include "transport/processes.h"
#include "transport/scope.h"
#include "transport/timers.h"

using namespace tarsier;
using namespace helloworld;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::NiceMock;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// One process of the service.
struct Instance {
  std::string folder;
  std::unique_ptr<Process> process;
  std::string endpoint{};  // once it serves
  std::optional<ExitStatus> exit{};

  std::string output() const { return text_of(folder + "/output"); }
  std::string log() const { return text_of(folder + "/Demo/HelloService/Demo.HelloService.log"); }
};

// The platform is this process: it hears what services tell it.
class HelloService : public ::testing::Test {
 protected:
  HelloService() {
    platform_.add_servant("tars.tarsnode.ServerObj", node).value();
    platform_.add_servant("tars.tarsnotify.NotifyObj", notify).value();
    at_ = platform_.listen("tcp -h 127.0.0.1 -p 0 -t 60000").value().to_string();
    ON_CALL(node, keepAlive).WillByDefault([this](const ::tars::ServerInfo& info, auto&) {
      if (info.adapter == "GreeterObjAdapter") alive_.push_back(info.pid);
      return ::tars::ServerFApi::keepAliveResult();
    });
    ON_CALL(notify, reportNotifyInfo).WillByDefault([this](const ::tars::ReportInfo& info, auto&) {
      notices.push_back(info.sMessage);
      return ::tars::NotifyApi::reportNotifyInfoResult();
    });
  }
  ~HelloService() override {
    for (const auto& instance : instances_) {
      if (!instance->exit) (void)instance->process->signal(SIGKILL, false);
    }
    EXPECT_TRUE(wait([this] { return scope_.empty(); }));
    finish(client.close());
    finish(platform_.stop());
  }

  Env& env() { return loop_.env(); }
  template <class Done>
  bool wait(Done done) {
    bool late = false;
    const auto watchdog =
        env().timers.call_at(env().clock.now() + seconds(60), [&late] { late = true; });
    // What other processes write to files wakes no loop: look again now and then.
    std::function<void()> look = [&] {
      looking_ = env().timers.call_at(env().clock.now() + milliseconds(5), [&] { look(); });
    };
    look();
    loop_.run_until([&] { return late || done(); });
    env().timers.cancel(watchdog);
    env().timers.cancel(looking_);
    return done();
  }
  template <class T>
  T finish(Task<T> task) {
    task.start();
    EXPECT_TRUE(wait([&] { return task.done(); }));
    return task.take_result();
  }

  // Runs the program; the configuration is hello.conf, with other places and our platform.
  Instance& spawn(const std::vector<std::string>& arguments) {
    auto instance = std::make_unique<Instance>();
    instance->folder = directory_.path() + "/" + std::to_string(instances_.size());
    EXPECT_TRUE(env().files.make_directory(instance->folder).ok());
    SpawnOptions options;
    options.argv = {HELLO_SERVICE};
    for (const std::string& argument : arguments) options.argv.push_back(argument);
    options.working_directory = instance->folder;
    options.output_path = instance->folder + "/output";
    instance->process = env().processes.spawn(options).value();
    instances_.push_back(std::move(instance));
    scope_.spawn(watch(*instances_.back()));
    return *instances_.back();
  }
  // One that serves.
  Instance& start() {
    const std::string folder = directory_.path() + "/" + std::to_string(instances_.size());
    const std::string conf = directory_.path() + "/" + std::to_string(instances_.size()) + ".conf";
    std::string text = text_of(HELLO_CONF);
    replace(text, "/tmp/tarsier", folder);
    replace(text, "-p 10001", "-p 0");
    replace(text, "logLevel",
            "node = tars.tarsnode.ServerObj@" + at_ + "\nnotify = tars.tarsnotify.NotifyObj@" +
                at_ + "\nlogLevel");
    std::ofstream(conf, std::ios::binary) << text;
    Instance& instance = spawn({"--config=" + conf});
    const auto pid = instance.process->id().pid;
    EXPECT_TRUE(wait([&] {
      return instance.exit || std::count(alive_.begin(), alive_.end(), pid) > 0;
    })) << instance.output();
    const std::string output = instance.output();
    const std::string said = "GreeterObj is served at ";
    const std::size_t begin = output.find(said) + said.size();
    EXPECT_THAT(output, HasSubstr(said));
    instance.endpoint = output.substr(begin, output.find('\n', begin) - begin);
    return instance;
  }
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    std::size_t at = 0;
    while ((at = text.find(from, at)) != text.npos) {
      text.replace(at, from.size(), to);
      at += to.size();
    }
  }
  GreeterClient greeter(const std::string& endpoints) {
    return client.proxy<GreeterClient>("Demo.HelloService.GreeterObj@" + endpoints).value();
  }

  // Calls as fast as answers come, `callers` at a time, until the end of the load.
  struct Load {
    explicit Load(GreeterClient proxy) : greeter(proxy) {}
    GreeterClient greeter;
    bool over = false;
    std::map<Code, int> ends{};
    int good() const { return ends.contains(Code::ok) ? ends.at(Code::ok) : 0; }
    Scope callers{};
  };
  // Whoever called while it was there was answered, and the others were refused.
  static void expect_nothing_lost(const Load& load) {
    for (const auto& [code, count] : load.ends)
      EXPECT_TRUE(code == Code::ok || code == Code::connect) << code_name(code) << " " << count;
  }
  void begin_load(Load& load, int callers) {
    for (int i = 0; i < callers; ++i) load.callers.spawn(call_on(load));
  }
  void end_load(Load& load) {
    load.over = true;
    EXPECT_TRUE(wait([&] { return load.callers.empty(); }));
  }
  Task<void> call_on(Load& load) {
    HelloRequest request;
    request.name = "load";
    while (!load.over) {
      const auto answer = co_await load.greeter.SayHello(request);
      ++load.ends[answer.code()];
      if (answer.ok()) {
        EXPECT_EQ(answer->resp.message, "Hello, load!");
      }
      // What is refused is refused at once: let the loop breathe.
      SleepUntil pause(env().timers, env().clock.now() + milliseconds(answer.ok() ? 0 : 5));
      co_await pause;
    }
  }

  epoll::TestDirectory directory_;
  epoll::Loop loop_;
  NiceMock<::tars::MockServerFSyncServant> node;
  NiceMock<::tars::MockNotifySyncServant> notify;
  std::vector<std::string> notices;
  Client client{env()};

 private:
  Task<void> watch(Instance& instance) {
    Completion<ExitStatus> done;
    instance.process->start_wait_exit(done);
    const Result<ExitStatus> status = co_await done;
    instance.exit = status.ok() ? *status : ExitStatus{-1, 0};
  }

  Timers::Id looking_ = 0;
  Server platform_{env()};
  std::string at_;
  std::vector<std::int64_t> alive_;
  std::vector<std::unique_ptr<Instance>> instances_;
  Scope scope_;
};

TEST_F(HelloService, SaysWhatIsWrongWithItsFlags) {
  Instance& typo = spawn({"--confg=hello.conf"});
  Instance& bare = spawn({});
  Instance& nowhere = spawn({"--config=/nowhere/hello.conf"});
  ASSERT_TRUE(wait([&] { return typo.exit && bare.exit && nowhere.exit; }));
  for (const Instance* instance : {&typo, &bare, &nowhere}) EXPECT_EQ(instance->exit->exit_code, 2);
  EXPECT_THAT(typo.output(), HasSubstr("hello_service: '--confg=hello.conf' is not understood, did "
                                       "you mean '--config'?"));
  EXPECT_THAT(bare.output(), HasSubstr("write --config=FILE"));
  EXPECT_THAT(nowhere.output(), HasSubstr("'/nowhere/hello.conf' cannot be read"));
}

TEST_F(HelloService, TellsItsVersionAndChecksItsConfiguration) {
  Instance& version = spawn({"--version"});
  Instance& good = spawn({"--check-config", "--config=" HELLO_CONF});
  std::ofstream(directory_.path() + "/bad.conf") << "<tars>\n<application>\n</tars>\n";
  Instance& bad = spawn({"--check-config", "--config", directory_.path() + "/bad.conf"});
  ASSERT_TRUE(wait([&] { return version.exit && good.exit && bad.exit; }));
  EXPECT_EQ(version.exit->exit_code, 0);
  EXPECT_EQ(version.output().find("hello_service 1.0.0, Tarsier "), 0u);
  EXPECT_EQ(good.exit->exit_code, 0);
  EXPECT_THAT(good.output(), HasSubstr("hello.conf: 0 errors, 0 warnings"));
  EXPECT_EQ(bad.exit->exit_code, 2);
  EXPECT_THAT(bad.output(), HasSubstr("bad.conf:3:1: '</tars>' comes before '</application>'"));
}

TEST_F(HelloService, EndsUnderLoadAndLosesNothing) {
  Instance& instance = start();
  Load load(greeter(instance.endpoint));
  begin_load(load, 20);
  ASSERT_TRUE(wait([&] { return load.good() > 500; }));
  ASSERT_TRUE(instance.process->signal(SIGTERM, false).ok());
  ASSERT_TRUE(wait([&] { return instance.exit.has_value(); }));
  end_load(load);
  EXPECT_EQ(instance.exit->exit_code, 0) << instance.output();
  EXPECT_EQ(instance.exit->signal, 0);
  expect_nothing_lost(load);
  EXPECT_THAT(instance.log(), HasSubstr("Demo.HelloService stops: SIGTERM"));
  EXPECT_THAT(notices, testing::Contains("stop"));
}

TEST_F(HelloService, CallersOfTwoGoOnWhenOneEnds) {
  Instance& first = start();
  Instance& second = start();
  Load load(greeter(first.endpoint + ":" + second.endpoint));
  begin_load(load, 20);
  ASSERT_TRUE(wait([&] { return load.good() > 500; }));
  ASSERT_TRUE(first.process->signal(SIGTERM, false).ok());
  ASSERT_TRUE(wait([&] { return first.exit.has_value(); }));
  const int good = load.good();
  ASSERT_TRUE(wait([&] { return load.good() > good + 500; }));
  end_load(load);
  EXPECT_EQ(first.exit->exit_code, 0);
  expect_nothing_lost(load);
}

TEST_F(HelloService, OpensItsLogsAgain) {
  Instance& instance = start();
  const std::string log = instance.folder + "/Demo/HelloService/Demo.HelloService.log";
  ASSERT_TRUE(wait([&] { return !instance.log().empty(); }));
  ASSERT_TRUE(env().files.rename(log, instance.folder + "/old.log").ok());
  ASSERT_TRUE(instance.process->signal(SIGHUP, false).ok());
  ASSERT_TRUE(instance.process->signal(SIGTERM, false).ok());
  ASSERT_TRUE(wait([&] { return instance.exit.has_value(); }));
  EXPECT_THAT(instance.log(), HasSubstr("stops: SIGTERM"));
  EXPECT_THAT(text_of(instance.folder + "/old.log"), testing::Not(HasSubstr("stops")));
}

}  // namespace
