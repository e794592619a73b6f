// A whole service: hello_server ["tcp -h 127.0.0.1 -p 10000"]
#include <cstdio>

#include "Hello.h"
#include "server/server.h"
#include "transport/endpoint.h"
#include "transport/epoll/loop.h"
#include "transport/scope.h"

using namespace tarsier;
using namespace helloworld;

class GreeterImpl final : public GreeterSyncServant {
  Result<GreeterApi::SayHelloResult> SayHello(const HelloRequest& req, ServerCall&) override {
    GreeterApi::SayHelloResult result;
    result.resp.message = "Hello, " + req.name + "!";
    return result;
  }
};

int complain(const Error& error, int exit_code) {
  std::fprintf(stderr, "hello_server: %s\n", error.to_string().c_str());
  return exit_code;
}

int main(int count, char** arguments) {
  epoll::Loop loop;
  loop.stop_on_signals();
  GreeterImpl greeter;
  Server server(loop.env());
  server.add_servant("Demo.HelloServer.GreeterObj", greeter).value();
  const auto wanted = parse_endpoint(count > 1 ? arguments[1] : "tcp -h 127.0.0.1 -p 10000",
                                     UnknownOptions::refused);
  if (!wanted) return complain(wanted.error(), 2);
  const auto at = server.listen(*wanted);
  if (!at) return complain(at.error(), 1);
  std::printf("serving Demo.HelloServer.GreeterObj@%s\n", at->to_string().c_str());
  std::fflush(stdout);
  loop.run();

  Scope scope;
  scope.spawn(server.stop());  // lets calls that are under way finish
  loop.run_until([&] { return scope.empty(); });
}
