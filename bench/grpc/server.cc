// The same echo on gRPC C++, as its users write it (callback API). Prints "listening <port>".
#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "echo.grpc.pb.h"

namespace {

class EchoService final : public tarsier::bench::Echo::CallbackService {
 public:
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context,
                                 const tarsier::bench::Payload* request,
                                 tarsier::bench::Payload* response) override {
    response->set_bytes(request->bytes());
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main() {
  EchoService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::printf("listening %d\n", port);
  std::fflush(stdout);
  server->Wait();
}
