// Made by tars2cpp from Hello.tars. Change that file instead of this one.
#pragma once

#include <gmock/gmock.h>

#include "Hello.h"

namespace helloworld {

class MockGreeterServant : public GreeterServant {
 public:
  MOCK_METHOD((tarsier::Task<tarsier::Result<GreeterApi::SayHelloResult>>), SayHello, (
      const HelloRequest& req, tarsier::ServerCall& call), (override));
};

class MockGreeterSyncServant : public GreeterSyncServant {
 public:
  MOCK_METHOD((tarsier::Result<GreeterApi::SayHelloResult>), SayHello, (
      const HelloRequest& req, tarsier::ServerCall& call), (override));
};

class MockGreeterAsyncServant : public GreeterAsyncServant {
 public:
  MOCK_METHOD((void), SayHello, (
      const HelloRequest& req, tarsier::Reply<GreeterApi::SayHelloResult> reply), (override));
};

}  // namespace helloworld

