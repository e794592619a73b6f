// Calls hello_server: hello_client [name ["tcp -h 127.0.0.1 -p 10000"]]
#include <cstdio>
#include <string>

#include "Hello.h"
#include "client/client.h"
#include "transport/endpoint.h"
#include "transport/epoll/loop_group.h"

using namespace tarsier;
using namespace helloworld;

int main(int count, char** arguments) {
  const std::string at = count > 2 ? arguments[2] : "tcp -h 127.0.0.1 -p 10000";
  if (const auto typed = parse_endpoint(at, UnknownOptions::refused); !typed) {
    std::fprintf(stderr, "hello_client: %s\n", typed.error().to_string().c_str());
    return 2;
  }
  epoll::LoopThread loop;
  Client client(loop.env());
  const auto greeter = client.proxy<GreeterClient>("Demo.HelloServer.GreeterObj@" + at);
  if (!greeter) {
    std::fprintf(stderr, "hello_client: %s\n", greeter.error().to_string().c_str());
    return 1;
  }
  HelloRequest request;
  request.name = count > 1 ? arguments[1] : "world";
  const auto answer = greeter->SayHello_blocking(request);
  if (!answer) {
    std::fprintf(stderr, "hello_client: %s\n", answer.error().to_string().c_str());
    return 1;
  }
  std::printf("%s\n", answer->resp.message.c_str());
}
