// Made by tars2cpp from Hello.tars. Change that file instead of this one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "client/proxy.h"
#include "protocol/tars/json_body.h"
#include "protocol/tars/reader.h"
#include "protocol/tars/value.h"
#include "protocol/tars/writer.h"
#include "server/servant.h"

namespace helloworld {

struct HelloRequest {
  std::string name{};  // 1 require

  static constexpr std::string_view tars_name = "helloworld.HelloRequest";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(1, "name", self.name);
  }
  void tars_write(tarsier::tars::Writer& writer) const { writer.write(1, name); }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    reader.read(1, name, Presence::required);
    return reader.ok();
  }
  void tars_write_json(tarsier::tars::JsonWriter& json) const { json.write("name", name); }
  bool tars_read_json(tarsier::tars::JsonReader& json) {
    using Presence = tarsier::tars::Presence;
    json.read("name", name, Presence::required);
    return json.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const HelloRequest&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const HelloRequest& value) {
    return out << value.tars_print();
  }
};

struct HelloReply {
  std::string message{};  // 1 require

  static constexpr std::string_view tars_name = "helloworld.HelloReply";
  // Calls visit(tag, name, member) for every member in order of tag.
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(1, "message", self.message);
  }
  void tars_write(tarsier::tars::Writer& writer) const { writer.write(1, message); }
  bool tars_read(tarsier::tars::Reader& reader) {
    using Presence = tarsier::tars::Presence;
    reader.read(1, message, Presence::required);
    return reader.ok();
  }
  void tars_write_json(tarsier::tars::JsonWriter& json) const { json.write("message", message); }
  bool tars_read_json(tarsier::tars::JsonReader& json) {
    using Presence = tarsier::tars::Presence;
    json.read("message", message, Presence::required);
    return json.ok();
  }
  std::string tars_print() const { return tarsier::tars::print(*this); }
  bool operator==(const HelloReply&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const HelloReply& value) {
    return out << value.tars_print();
  }
};

// What helloworld.Greeter carries: for every function its arguments and its result.
struct GreeterApi {
  static constexpr std::string_view tars_name = "helloworld.Greeter";

  struct SayHelloArguments {
    HelloRequest req{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(1, "req", self.req);
    }
    bool operator==(const SayHelloArguments&) const = default;
  };
  struct SayHelloResult {
    std::int32_t ret{};
    HelloReply resp{};

    template <class Self, class Visit>
    static void tars_each(Self& self, Visit&& visit) {
      visit(0, "tars_ret", self.ret);
      visit(2, "resp", self.resp);
    }
    bool operator==(const SayHelloResult&) const = default;
  };
};

// Calls a helloworld.Greeter. Every function as coroutine, with a callback, as std::future,
// blocking and one-way: see client/proxy.h.
class GreeterClient : public tarsier::Proxy {
 public:
  using Api = GreeterApi;
  using tarsier::Proxy::Proxy;

  tarsier::Task<tarsier::Result<GreeterApi::SayHelloResult>> SayHello(
      const HelloRequest& req, const tarsier::CallOptions& options = {}) const {
    return tars_call<GreeterApi::SayHelloResult>(
        "SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
  }
  void SayHello_callback(
      const HelloRequest& req,
      tarsier::UniqueFunction<void(tarsier::Result<GreeterApi::SayHelloResult>)> callback,
      const tarsier::CallOptions& options = {}) const {
    tars_call_then<GreeterApi::SayHelloResult>(
        "SayHello", options, [&](auto&& visit) { visit(1, "req", req); }, std::move(callback));
  }
  std::future<tarsier::Result<GreeterApi::SayHelloResult>> SayHello_future(
      const HelloRequest& req, const tarsier::CallOptions& options = {}) const {
    return tars_call_future<GreeterApi::SayHelloResult>(
        "SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
  }
  tarsier::Result<GreeterApi::SayHelloResult> SayHello_blocking(
      const HelloRequest& req, const tarsier::CallOptions& options = {}) const {
    return tars_call_blocking<GreeterApi::SayHelloResult>(
        "SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
  }
  void SayHello_oneway(const HelloRequest& req, const tarsier::CallOptions& options = {}) const {
    tars_call_oneway("SayHello", options, [&](auto&& visit) { visit(1, "req", req); });
  }
};

// Serves helloworld.Greeter with coroutines. Arguments and call outlive the task.
class GreeterServant : public tarsier::Servant {
 public:
  using Api = GreeterApi;

  virtual tarsier::Task<tarsier::Result<GreeterApi::SayHelloResult>> SayHello(
      const HelloRequest& req, tarsier::ServerCall& call) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
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
};

// Serves helloworld.Greeter with plain functions, which must not block the loop.
class GreeterSyncServant : public tarsier::Servant {
 public:
  using Api = GreeterApi;

  virtual tarsier::Result<GreeterApi::SayHelloResult> SayHello(
      const HelloRequest& req, tarsier::ServerCall& call) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
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
};

// Serves helloworld.Greeter with functions that answer later, from any thread.
class GreeterAsyncServant : public tarsier::Servant {
 public:
  using Api = GreeterApi;

  virtual void SayHello(
      const HelloRequest& req, tarsier::Reply<GreeterApi::SayHelloResult> reply) = 0;

  std::string_view tars_interface() const override { return Api::tars_name; }
  void tars_dispatch(tarsier::ServerCall& call) override {
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
};

}  // namespace helloworld

template <>
struct std::hash<helloworld::HelloRequest> {
  std::size_t operator()(const helloworld::HelloRequest& value) const {
    return tarsier::tars::hash_value(value);
  }
};

template <>
struct std::hash<helloworld::HelloReply> {
  std::size_t operator()(const helloworld::HelloReply& value) const {
    return tarsier::tars::hash_value(value);
  }
};
