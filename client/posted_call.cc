#include "client/posted_call.h"

#include <string>
#include <utility>

namespace tarsier {
namespace {

// Everything the call needs later, on the loop.
struct Posted {
  std::string function;
  CallOptions options;
  std::string route_key;
  ProxyState proxy;
  std::unique_ptr<OwnedCall> call;
  Result<ByteBuffer> body;
};

}  // namespace

void post_call(Executor& executor, CallStarter& starter, const CallTarget& target,
               std::unique_ptr<OwnedCall> call, Result<ByteBuffer> body) {
  auto posted = std::make_unique<Posted>(Posted{std::string(target.function), target.options,
                                                std::string(target.route_key), target.proxy,
                                                std::move(call), std::move(body)});
  executor.post_from_any_thread([&starter, late = std::move(posted)] {
    tars::RequestHeader header;
    const CallTarget again(late->function, late->options, late->route_key, late->proxy);
    ByteBuffer* const output = starter.begin(again, late->call.release(), header);
    if (output == nullptr) return;
    if (!late->body) return starter.end(Result<>(late->body.error()));
    header.body_bytes_guess = late->body->size();
    starter.end(tars::write_frame(*output, header, late->body->span()));
  });
}

}  // namespace tarsier
