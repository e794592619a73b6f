// A test of code that calls a service: the service is a mock, served in memory. docs/idl.md shows
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "Hello_mock.h"
#include "sim/testing/served_world.h"

using namespace tarsier;
using namespace helloworld;
using ::testing::Return;

namespace {

// What is tested: it calls the greeter, and copes without.
class Shop {
 public:
  explicit Shop(GreeterClient greeter) : greeter_(greeter) {}

  Task<std::string> welcome(std::string name) {
    HelloRequest request;
    request.name = name;
    const auto answer = co_await greeter_.SayHello(request);
    co_return answer.ok() ? answer->resp.message + " Come in!" : "Come in!";
  }

 private:
  GreeterClient greeter_;
};

TEST(Shop, PassesTheGreetingOn) {
  MockGreeterSyncServant greeter;
  ServedWorld world;
  Shop shop(world.serve<GreeterClient>(greeter));
  GreeterApi::SayHelloResult hello;
  hello.resp.message = "Good morning, Ann.";
  EXPECT_CALL(greeter, SayHello).WillOnce(Return(hello));
  EXPECT_EQ(world.wait(shop.welcome("Ann")), "Good morning, Ann. Come in!");
}

TEST(Shop, IsOpenWhileTheGreeterIsBusy) {
  MockGreeterSyncServant greeter;
  ServedWorld world;
  Shop shop(world.serve<GreeterClient>(greeter));
  EXPECT_CALL(greeter, SayHello).WillOnce(Return(Error(Code::overload)));
  EXPECT_EQ(world.wait(shop.welcome("Ann")), "Come in!");
}

}  // namespace
