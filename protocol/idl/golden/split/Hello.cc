// Made by tars2cpp from Hello.tars. Change that file instead of this one.
#include "Hello.h"

namespace helloworld {

void HelloRequest::tars_write(tarsier::tars::Writer& writer) const {
  writer.write(1, name);
}

bool HelloRequest::tars_read(tarsier::tars::Reader& reader) {
  using Presence = tarsier::tars::Presence;
  reader.read(1, name, Presence::required);
  return reader.ok();
}

void HelloRequest::tars_write_json(tarsier::tars::JsonWriter& json) const {
  json.write("name", name);
}

bool HelloRequest::tars_read_json(tarsier::tars::JsonReader& json) {
  using Presence = tarsier::tars::Presence;
  json.read("name", name, Presence::required);
  return json.ok();
}

std::string HelloRequest::tars_print() const {
  return tarsier::tars::print(*this);
}

void HelloReply::tars_write(tarsier::tars::Writer& writer) const {
  writer.write(1, message);
}

bool HelloReply::tars_read(tarsier::tars::Reader& reader) {
  using Presence = tarsier::tars::Presence;
  reader.read(1, message, Presence::required);
  return reader.ok();
}

void HelloReply::tars_write_json(tarsier::tars::JsonWriter& json) const {
  json.write("message", message);
}

bool HelloReply::tars_read_json(tarsier::tars::JsonReader& json) {
  using Presence = tarsier::tars::Presence;
  json.read("message", message, Presence::required);
  return json.ok();
}

std::string HelloReply::tars_print() const {
  return tarsier::tars::print(*this);
}

tarsier::Task<tarsier::Result<GreeterApi::SayHelloResult>> GreeterClient::SayHello(
    const HelloRequest& req, const tarsier::CallOptions& options) const {
  return tars_call<GreeterApi::SayHelloResult>(
      "SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
}

void GreeterClient::SayHello_callback(
    const HelloRequest& req,
    tarsier::UniqueFunction<void(tarsier::Result<GreeterApi::SayHelloResult>)> callback,
    const tarsier::CallOptions& options) const {
  tars_call_then<GreeterApi::SayHelloResult>(
      "SayHello", options, [&](auto&& visit) { visit(1, "req", req); }, std::move(callback));
}

std::future<tarsier::Result<GreeterApi::SayHelloResult>> GreeterClient::SayHello_future(
    const HelloRequest& req, const tarsier::CallOptions& options) const {
  return tars_call_future<GreeterApi::SayHelloResult>(
      "SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
}

tarsier::Result<GreeterApi::SayHelloResult> GreeterClient::SayHello_blocking(
    const HelloRequest& req, const tarsier::CallOptions& options) const {
  return tars_call_blocking<GreeterApi::SayHelloResult>(
      "SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
}

void GreeterClient::SayHello_oneway(
    const HelloRequest& req, const tarsier::CallOptions& options) const {
  tars_call_oneway("SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
}

void GreeterServant::tars_dispatch(tarsier::ServerCall& call) {
  const std::string_view function = call.function();
  switch (function.size()) {
    case 8:
      if (function == "SayHello") {
        const auto serve = [this](Api::SayHelloArguments& in, tarsier::ServerCall& kept) {
          return SayHello(in.req, kept);
        };
        return tarsier::serve_coroutine<Api::SayHelloArguments>(call, serve);
      }
      break;
  }
  call.answer_no_function();
}

void GreeterSyncServant::tars_dispatch(tarsier::ServerCall& call) {
  const std::string_view function = call.function();
  switch (function.size()) {
    case 8:
      if (function == "SayHello") {
        const auto serve = [&](Api::SayHelloArguments& in) {
          return SayHello(in.req, call);
        };
        return tarsier::serve_sync<Api::SayHelloArguments>(call, serve);
      }
      break;
  }
  call.answer_no_function();
}

void GreeterAsyncServant::tars_dispatch(tarsier::ServerCall& call) {
  const std::string_view function = call.function();
  switch (function.size()) {
    case 8:
      if (function == "SayHello") {
        const auto serve = [this](
            Api::SayHelloArguments& in, tarsier::Reply<Api::SayHelloResult> reply) {
          SayHello(in.req, std::move(reply));
        };
        return tarsier::serve_async<Api::SayHelloArguments, Api::SayHelloResult>(call, serve);
      }
      break;
  }
  call.answer_no_function();
}

}  // namespace helloworld

