#include "sim/testing/served_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "Hello_mock.h"
#include "transport/clock.h"
#include "transport/timers.h"

namespace tarsier {
namespace {

using helloworld::GreeterApi;
using helloworld::GreeterClient;
using helloworld::HelloRequest;
using ::testing::Field;
using ::testing::Return;

Result<GreeterApi::SayHelloResult> hello(const std::string& message) {
  GreeterApi::SayHelloResult result;
  result.resp.message = message;
  return result;
}

TEST(ServedWorld, EveryServantIsAnObjectOfItsOwn) {
  helloworld::MockGreeterSyncServant loud;
  helloworld::MockGreeterSyncServant quiet;
  ServedWorld world;
  const auto to_loud = world.serve<GreeterClient>(loud);
  const auto to_quiet = world.serve<GreeterClient>(quiet);
  EXPECT_CALL(loud, SayHello(Field(&HelloRequest::name, "Ann"), ::testing::_))
      .WillOnce(Return(hello("HELLO")));
  EXPECT_CALL(quiet, SayHello).WillOnce(Return(hello("hello")));
  HelloRequest request;
  request.name = "Ann";
  EXPECT_EQ(world.wait(to_quiet.SayHello(request))->resp.message, "hello");
  EXPECT_EQ(world.wait(to_loud.SayHello(request))->resp.message, "HELLO");
}

Task<Result<GreeterApi::SayHelloResult>> refuse() {
  co_return application_error(404, "nobody of that name");
}

Task<Result<GreeterApi::SayHelloResult>> answer_after(Env& env, Duration wait) {
  SleepUntil pause(env.timers, env.clock.now() + wait);
  co_await pause;
  co_return hello("at last");
}

TEST(ServedWorld, ErrorsOfAServantAndDeadlinesArriveAsInProduction) {
  helloworld::MockGreeterServant greeter;
  ServedWorld world;
  const auto proxy = world.serve<GreeterClient>(greeter);
  EXPECT_CALL(greeter, SayHello).WillOnce([] { return refuse(); }).WillRepeatedly([&] {
    return answer_after(world.env(), std::chrono::seconds(8));
  });
  EXPECT_EQ(world.wait(proxy.SayHello(HelloRequest())).error().wire_code, 404);
  EXPECT_EQ(world.wait(proxy.SayHello(HelloRequest())).code(), Code::timeout) << "after 3 s";
  CallOptions patient;
  patient.timeout = std::chrono::minutes(10);
  EXPECT_EQ(world.wait(proxy.SayHello(HelloRequest(), patient))->resp.message, "at last");
}

TEST(ServedWorld, CodeWithAClientOfItsOwnFindsTheObject) {
  helloworld::MockGreeterSyncServant greeter;
  ServedWorld world;
  const std::string object = world.serve_as("Demo.HelloServer.GreeterObj", greeter);
  EXPECT_CALL(greeter, SayHello).WillOnce(Return(hello("hello")));
  Client client(world.env());
  const auto proxy = client.proxy<GreeterClient>(object).value();
  EXPECT_EQ(proxy.tars_object(), "Demo.HelloServer.GreeterObj");
  EXPECT_TRUE(world.wait(proxy.SayHello(HelloRequest())).ok());
  world.wait(client.close());
}

TEST(ServedWorld, WhatCannotWorkStopsWithASentence) {
  helloworld::MockGreeterSyncServant greeter;
  ServedWorld world;
  world.serve_as("App.Server.Obj", greeter);
  EXPECT_DEATH(world.serve_as("App.Server.Obj", greeter), "App.Server.Obj");
  const auto forever = [](Env& env) -> Task<void> {
    SleepUntil pause(env.timers, env.clock.now() + std::chrono::hours(2));
    co_await pause;
  };
  EXPECT_DEATH(world.wait(forever(world.env())), "did not end within an hour");
}

}  // namespace
}  // namespace tarsier
