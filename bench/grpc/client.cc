// Load on the gRPC echo, closed loop, --in-flight calls on one channel. Same options and report as
// load/load.cc.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/load/histogram.h"
#include "bench/load/options.h"
#include "bench/load/usage.h"
#include "echo.grpc.pb.h"

namespace {

using namespace tarsier::bench;

struct Call {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Payload>> reader;
  Payload response;
  grpc::Status status;
  std::uint64_t begun_at = 0;
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        stub_(Echo::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(options.port),
                                                grpc::InsecureChannelCredentials()))),
        calls_(options.in_flight) {
    request_.set_bytes(std::string(options.payload, 'x'));
  }

  std::string run() {
    const std::uint64_t start = now_ns();
    const std::uint64_t measure_at = start + static_cast<std::uint64_t>(options_.warmup * 1e9);
    const std::uint64_t end_at = measure_at + static_cast<std::uint64_t>(options_.seconds * 1e9);
    for (auto& call : calls_) begin(call);
    std::unique_ptr<Stretch> stretch;
    for (std::uint64_t now = start; now < end_at;) {
      void* tag = nullptr;
      bool ok = false;
      if (!queue_.Next(&tag, &ok)) break;
      auto& call = *static_cast<Call*>(tag);
      now = now_ns();
      if (!stretch && now >= measure_at) {
        stretch = std::make_unique<Stretch>(options_.server);
        latency_->clear();
        replies_ = errors_ = 0;
      }
      latency_->record(now - call.begun_at);
      ++replies_;
      if (!ok || !call.status.ok() || call.response.bytes().size() != options_.payload) ++errors_;
      begin(call);
    }
    return stretch->report(replies_, errors_, *latency_);
  }

 private:
  void begin(Call& call) {
    call.begun_at = now_ns();
    call.context = std::make_unique<grpc::ClientContext>();
    call.reader = stub_->AsyncCall(call.context.get(), request_, &queue_);
    call.reader->Finish(&call.response, &call.status, &call);
  }

  const Options options_;
  std::unique_ptr<Echo::Stub> stub_;
  grpc::CompletionQueue queue_;
  Payload request_;
  std::vector<Call> calls_;
  std::unique_ptr<Histogram> latency_ = std::make_unique<Histogram>();
  std::uint64_t replies_ = 0;
  std::uint64_t errors_ = 0;
};

}  // namespace

int main(int count, char** arguments) {
  Load load(parse_options(count, arguments));
  std::printf("%s\n", load.run().c_str());
  std::fflush(stdout);
  std::_Exit(0);  // calls are under way; nothing to clean up in order
}
