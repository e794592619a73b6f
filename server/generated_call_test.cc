#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "Everything_mock.h"
#include "Hello.h"
#include "client/client.h"
#include "server/server.h"
#include "transport/memory/memory_world.h"

// Generated clients against generated servants: three ways to serve, five ways to call, three
// body formats, in memory.
namespace tarsier {
namespace {

using Shapes::Key;
using Shapes::PainterApi;
using tars::BodyFormat;
using testing::_;
using testing::NiceMock;

PainterApi::countResult count_of(const std::vector<std::int32_t>& numbers,
                                 const std::map<std::string, Key>& named) {
  PainterApi::countResult result;
  result.ret = static_cast<std::int32_t>(numbers.size());
  for (const std::int32_t each : numbers) result.total += each;
  for (const auto& [name, key] : named) result.found[key] = {1, 2, 3};
  return result;
}

using CoroutineMock = NiceMock<Shapes::MockPainterServant>;
using SyncMock = NiceMock<Shapes::MockPainterSyncServant>;
using AsyncMock = NiceMock<Shapes::MockPainterAsyncServant>;

Task<Result<PainterApi::countResult>> count_later(const std::vector<std::int32_t>& numbers,
                                                  const std::map<std::string, Key>& named) {
  co_return count_of(numbers, named);
}

void serve_count(CoroutineMock& mock) {
  ON_CALL(mock, count).WillByDefault([](auto& numbers, auto& named, ServerCall&) {
    return count_later(numbers, named);
  });
}
void serve_count(SyncMock& mock) {
  ON_CALL(mock, count).WillByDefault([](auto& numbers, auto& named, ServerCall&) {
    return Result<PainterApi::countResult>(count_of(numbers, named));
  });
}
void serve_count(AsyncMock& mock) {
  ON_CALL(mock, count)
      .WillByDefault([](auto& numbers, auto& named, Reply<PainterApi::countResult> reply) {
        reply.send(count_of(numbers, named));
      });
}

// A server with one servant and a client, on one loop.
class Rig {
 public:
  explicit Rig(Servant& servant) : server_(world_.env()), client_(world_.env()) {
    server_.add_servant("App.Server.PainterObj", servant).value();
    const Endpoint at = server_.listen("tcp -h 127.0.0.1 -p 0").value();
    object_ = "App.Server.PainterObj@" + at.to_string();
  }
  ~Rig() {
    finish(client_.close());
    finish(server_.stop());
  }

  template <class Proxy = Shapes::PainterClient>
  Proxy proxy() {
    return client_.proxy<Proxy>(object_).value();
  }
  template <class T>
  T finish(Task<T> task) {
    task.start();
    TARSIER_CHECK(world_.run_until([&] { return task.done(); }), "the task finishes in a minute");
    return task.take_result();
  }
  memory::World& world() { return world_; }

 private:
  memory::World world_;
  Server server_;
  Client client_;
  std::string object_;
};

template <class Mock>
class GeneratedServant : public testing::Test {};
using Styles = testing::Types<CoroutineMock, SyncMock, AsyncMock>;
TYPED_TEST_SUITE(GeneratedServant, Styles);

TYPED_TEST(GeneratedServant, AnswersInEveryBodyFormat) {
  TypeParam servant;
  serve_count(servant);
  Rig rig(servant);
  const auto painter = rig.proxy();
  const Key key{.id = 7, .name = "seven"};
  for (const BodyFormat format :
       {BodyFormat::tars, BodyFormat::tup2, BodyFormat::tup, BodyFormat::json}) {
    CallOptions options;
    options.format = format;
    auto result = rig.finish(painter.count({1, 2, 70000}, {{"k", key}}, options));
    ASSERT_TRUE(result.ok()) << static_cast<int>(format) << ": " << result.error().to_string();
    EXPECT_EQ(result->ret, 3);
    EXPECT_EQ(result->total, 70003);
    EXPECT_EQ(result->found, (std::map<Key, std::vector<std::int8_t>>{{key, {1, 2, 3}}}));
  }
}

TYPED_TEST(GeneratedServant, RefusesAFunctionItDoesNotHave) {
  TypeParam servant;
  Rig rig(servant);
  const auto greeter = rig.template proxy<helloworld::GreeterClient>();
  EXPECT_EQ(rig.finish(greeter.SayHello({.name = "x"})).code(), Code::no_function);
}

TYPED_TEST(GeneratedServant, RefusesArgumentsThatDoNotDecode) {
  TypeParam servant;
  Rig rig(servant);
  struct Wrong : Shapes::PainterClient {
    using PainterClient::PainterClient;
    Task<Result<PainterApi::countResult>> call(BodyFormat format) const {
      CallOptions options;
      options.format = format;
      const std::string text = "no list";
      return tars_call<PainterApi::countResult>("count", options,
                                                [&](auto&& visit) { visit(1, "numbers", text); });
    }
  };
  const auto wrong = rig.template proxy<Wrong>();
  for (const BodyFormat format : {BodyFormat::tars, BodyFormat::tup, BodyFormat::json}) {
    EXPECT_EQ(rig.finish(wrong.call(format)).code(), Code::server_decode);
  }
}

// Synchronous upstream stubs send every parameter, outs included (spec §3.4).
TYPED_TEST(GeneratedServant, SkipsOutParametersThatAClientSends) {
  TypeParam servant;
  serve_count(servant);
  Rig rig(servant);
  struct Upstream : Shapes::PainterClient {
    using PainterClient::PainterClient;
    Task<Result<PainterApi::countResult>> call() const {
      const std::vector<std::int32_t> numbers{5};
      const std::map<std::string, Shapes::Key> named;
      const std::int64_t total = 99;
      const std::map<Shapes::Key, std::vector<std::int8_t>> found;
      return tars_call<PainterApi::countResult>("count", {}, [&](auto&& visit) {
        visit(1, "numbers", numbers);
        visit(2, "named", named);
        visit(3, "total", total);
        visit(4, "found", found);
      });
    }
  };
  auto result = rig.finish(rig.template proxy<Upstream>().call());
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  EXPECT_EQ(result->total, 5);
}

TEST(GeneratedClient, CallsInFiveStyles) {
  SyncMock servant;
  serve_count(servant);
  Rig rig(servant);
  const auto painter = rig.proxy();
  EXPECT_EQ(rig.finish(painter.count({1}, {}))->total, 1);

  std::int64_t told = 0;
  CallOptions on_loop;
  on_loop.callback_on = CallbackOn::loop;
  painter.count_callback(
      {2}, {}, [&told](Result<PainterApi::countResult> result) { told = result->total; }, on_loop);
  auto future = painter.count_future({3}, {});
  painter.count_oneway({4}, {});
  rig.world().run_until_idle();
  EXPECT_EQ(told, 2);
  ASSERT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(future.get()->total, 3);
  EXPECT_DEATH(static_cast<void>(painter.count_blocking({5}, {})), "loop");
}

TEST(GeneratedClient, SendsTheRouteKeyAsStatus) {
  SyncMock servant;
  std::string seen;
  ON_CALL(servant, mix)
      .WillByDefault([&](Shapes::Color first, Shapes::Color second, const std::string& key,
                         bool fast, ServerCall& call) -> Result<PainterApi::mixResult> {
        seen = call.status().find("STATUS_GRID_KEY").value_or("none");
        EXPECT_EQ(key, "route");
        PainterApi::mixResult result;
        result.ret = fast ? first : second;
        result.other = second;
        return result;
      });
  Rig rig(servant);
  auto result = rig.finish(rig.proxy().mix(Shapes::BLUE, Shapes::RED, "route", true));
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  EXPECT_EQ(result->ret, Shapes::BLUE);
  EXPECT_EQ(result->other, Shapes::RED);
  EXPECT_EQ(seen, "route");
}

TEST(GeneratedServant, AVoidFunctionAnswersNothing) {
  SyncMock servant;
  EXPECT_CALL(servant, nothing(_)).WillOnce([](ServerCall&) {
    return Result<PainterApi::nothingResult>(PainterApi::nothingResult());
  });
  Rig rig(servant);
  EXPECT_TRUE(rig.finish(rig.proxy().nothing()).ok());
}

TEST(GeneratedServant, PassesErrorsOnWithTheirText) {
  SyncMock servant;
  ON_CALL(servant, nothing).WillByDefault([](ServerCall&) -> Result<PainterApi::nothingResult> {
    return application_error(42, "out of paint");
  });
  Rig rig(servant);
  const auto result = rig.finish(rig.proxy().nothing());
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().wire_code, 42);
  EXPECT_EQ(result.error().detail, "out of paint");
}

TEST(GeneratedServant, KeepsNamesThatCppOwns) {
  SyncMock servant;
  ON_CALL(servant, delete_)
      .WillByDefault([](int options, int callback, int visit, int call, int reply, ServerCall&) {
        PainterApi::deleteResult result;
        result.ret_.resize(1);
        result.ret = options + callback + visit + call + reply;
        result.in = "in";
        return Result<PainterApi::deleteResult>(result);
      });
  Rig rig(servant);
  auto result = rig.finish(rig.proxy().delete_(1, 2, 3, 4, 5));
  ASSERT_TRUE(result.ok()) << result.error().to_string();
  EXPECT_EQ(result->ret, 15);
  EXPECT_EQ(result->ret_.size(), 1u);
  EXPECT_EQ(result->in, "in");
}

}  // namespace
}  // namespace tarsier
