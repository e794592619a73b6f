// A service of a TARS platform: hello_service --config=hello.conf
#include "Hello.h"
#include "governance/application/run_application.h"

using namespace tarsier;
using namespace helloworld;

class GreeterImpl final : public GreeterSyncServant {
  Result<GreeterApi::SayHelloResult> SayHello(const HelloRequest& req, ServerCall&) override {
    GreeterApi::SayHelloResult result;
    result.resp.message = "Hello, " + req.name + "!";
    return result;
  }
};

Task<Result<>> setup(application::Application& app) {
  co_return app.add_servant<GreeterImpl>("GreeterObj");
}

int main(int count, char** arguments) {
  application::ApplicationOptions options;
  options.version = "1.0.0";
  return application::run_application(count, arguments, setup, options);
}
