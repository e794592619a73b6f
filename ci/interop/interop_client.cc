// Tarsier as a client of its peers: runs every case against a server of Interop.Probe, in all the
// styles that a call has.
//
//   interop_client PORT node|go|java|tarsier
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "Interop.h"
#include "ci/interop/samples.h"
#include "client/client.h"
#include "transport/epoll/loop_group.h"
#include "transport/scope.h"

namespace {

using namespace tarsier;
using Interop::ProbeApi;
using Interop::ProbeClient;

constexpr std::size_t large_bytes = 10 * limits::mib - 512;  // with its header just below 10 MiB
constexpr Duration patience = std::chrono::seconds(5);
constexpr std::int32_t pipelined_calls = 500;
constexpr std::size_t sizes[] = {0, 1, 127, 128, 255, 256, 32767, 32768, 70000};

// Why a case failed, or nothing.
using Failure = std::optional<std::string>;

// How a peer says no.
struct Refusal {
  std::int32_t wire_code;  // 0: it does not tell
  std::string text;        // a part of it
};

// Calls that Interop.tars does not have.
class OtherClient : public Proxy {
 public:
  using Proxy::Proxy;
  Result<ProbeApi::nothingResult> missing(const CallOptions& options) const {
    return tars_call_blocking<ProbeApi::nothingResult>("missing", options, [](auto&&) {});
  }
  Result<ProbeApi::nothingResult> nothing(const CallOptions& options) const {
    return tars_call_blocking<ProbeApi::nothingResult>("nothing", options, [](auto&&) {});
  }
};

template <class T>
Failure differs(std::string_view what, const T& found, const T& wanted) {
  if (found == wanted) return std::nullopt;
  return std::string(what) + " is another than was sent";
}
template <class T>
Failure failed(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().to_string();
}

class Cases {
 public:
  Cases(Env& env, epoll::LoopThread& loop, const std::string& port, std::string_view server)
      : loop_(loop), client_(env, options()), port_(port), server_(server) {
    probe_ = connect<ProbeClient>(interop::object_name);
  }

  int run() {
    simple_calls();
    for (const std::size_t size : sizes)
      test("bytes " + std::to_string(size), [&] { return bytes(size); });
    test("large", [&] { return bytes(large_bytes); });
    test("pipelined", [&] { return pipelined(); });
    test("coroutines", [&] { return coroutines(); });
    test("callback", [&] { return callback(); });
    test("one-way", [&] { return one_way(); });
    refusals();
    test("timeout", [&] { return too_late(); });
    test("context", [&] { return context(); });
    test("push", [&] { return push(); });
    in_format("TUP", tars::BodyFormat::tup);
    in_format("TUP 2", tars::BodyFormat::tup2);
    in_format("JSON", tars::BodyFormat::json);
    test("graceful close", [&] { return retired(); });
    return failed_ ? 1 : 0;
  }

 private:
  static ClientOptions options() {
    ClientOptions options;
    options.call_timeout = std::chrono::seconds(20);
    return options;
  }

  template <class Proxy>
  Proxy connect(const std::string& object) {
    auto proxy = client_.proxy<Proxy>(object + "@tcp -h 127.0.0.1 -p " + port_ + " -t 60000");
    TARSIER_CHECK(proxy.ok(), "the endpoint is well-formed");
    return *proxy;
  }

  // Why the server cannot run a case in the format of options_; null: it can.
  const char* impossible(std::string_view name) const {
    const bool json = options_.format == tars::BodyFormat::json;
    const bool tup = options_.format == tars::BodyFormat::tup;
    const bool tup2 = options_.format == tars::BodyFormat::tup2;
    const bool refusal = name.starts_with("error") || name.starts_with("unknown");
    const bool closes = server_ == "go" || server_ == "tarsier";
    if (name == "graceful close" && !closes) return "its server has none";
    if (json && name == "fixed" && server_ != "tarsier")
      return "byte arrays are strings in JSON to TarsCpp and us, lists to those that have lists";
    if (server_ == "go") {
      if (name == "unknown servant") return "TarsGo does not look at the name";
      if (json && name.starts_with("nested")) return "Go's JSON has no maps with structs as keys";
      if (tup2 && name != "ping" && name != "error 1") return "TarsGo knows TUP 3 only";
    }
    if (server_ == "java") {
      if (json && name == "nested") return "TarsJava's JSON has no maps with structs as keys";
      if ((tup || tup2) && refusal) return "TarsJava answers it like a call that succeeded";
    }
    if (server_ == "node") {
      if (name == "unknown servant") return "@tars/rpc does not look at the name";
      if (json && (name == "scalars extreme" || name == "nested"))
        return "JSON.stringify() rounds 2^62 to an integer that it is not";
    }
    return nullptr;
  }

  void test(const std::string& name, const std::function<Failure()>& run) {
    if (const char* const why = impossible(name)) {
      std::printf("skip %s%s: %s\n", label_.c_str(), name.c_str(), why);
      return;
    }
    const Failure failure = run();
    if (failure) failed_ = true;
    std::printf("%s %s%s%s%s\n", failure ? "FAIL" : "ok", label_.c_str(), name.c_str(),
                failure ? ": " : "", failure ? failure->c_str() : "");
    std::fflush(stdout);
  }

  void simple_calls() {
    test("ping", [&] { return ping(); });
    test("scalars extreme", [&] { return scalars(interop::extreme()); });
    test("scalars usual", [&] { return scalars(interop::usual()); });
    test("scalars zero", [&] { return scalars(Interop::Scalars()); });
    test("nested", [&] { return nested(interop::nested()); });
    test("nested empty", [&] { return nested(Interop::Nested()); });
    test("mixed", [&] { return mixed(interop::mixed()); });
    test("mixed empty", [&] { return mixed(Interop::Mixed()); });
    test("fixed", [&] { return fixed(interop::fixed()); });
    test("void", [&] { return failed(probe_.nothing_blocking(options_)); });
  }

  // Runs a coroutine on the loop and waits here for what it answers.
  Failure on_loop(const std::function<Task<Failure>()>& start) {
    std::promise<Failure> answer;
    auto future = answer.get_future();
    Scope scope;
    loop_.run([&](Env&) { scope.spawn(deliver(start, answer)); });
    Failure failure = future.get();
    // The frame ends on the loop, behind the answer.
    loop_.run([](Env&) {});
    return failure;
  }
  static Task<void> deliver(const std::function<Task<Failure>()>& start,
                            std::promise<Failure>& answer) {
    auto task = start();
    Failure failure = co_await task;
    answer.set_value(std::move(failure));
  }

  Failure ping() {
    return on_loop([&] { return ping_task(); });
  }
  Task<Failure> ping_task() {
    const auto pinged = co_await probe_.tars_ping(options_);
    co_return failed(pinged);
  }

  Failure scalars(const Interop::Scalars& value) {
    const auto result = probe_.scalars_blocking(value, options_);
    if (!result) return failed(result);
    if (auto wrong = differs("the sum", result->ret, interop::sum(value))) return wrong;
    return differs("the copy", result->copy, value);
  }

  Failure nested(const Interop::Nested& value) {
    const auto result = probe_.nested_future(value, options_).get();
    if (!result) return failed(result);
    const auto leaves = static_cast<std::int32_t>(value.leaves.size());
    if (auto wrong = differs("the count", result->ret, leaves)) return wrong;
    return differs("the copy", result->copy, value);
  }

  Failure mixed(const Interop::Mixed& value) {
    const auto result = probe_.mixed_blocking(value, options_);
    if (!result) return failed(result);
    const auto groves = static_cast<std::int32_t>(value.groves.size());
    if (auto wrong = differs("the count", result->ret, groves)) return wrong;
    return differs("the copy", result->copy, value);
  }

  Failure fixed(const Interop::Fixed& value) {
    const auto result = probe_.fixed_blocking(value, options_);
    if (!result) return failed(result);
    if (auto wrong = differs("the sum", result->ret, interop::sum(value))) return wrong;
    return differs("the copy", result->copy, value);
  }

  Failure bytes(std::size_t size) {
    std::vector<std::int8_t> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::int8_t>(i * 31);
    const auto result = probe_.bytes_blocking(payload, options_);
    if (!result) return failed(result);
    return differs("the echo", result->ret, payload);
  }

  // All in flight at once, from a thread that is no loop.
  Failure pipelined() {
    std::vector<std::future<Result<ProbeApi::addResult>>> sums;
    for (std::int32_t i = 0; i < pipelined_calls; ++i) sums.push_back(probe_.add_future(i, 1000));
    for (std::int32_t i = 0; i < pipelined_calls; ++i) {
      const auto sum = sums[static_cast<std::size_t>(i)].get();
      if (!sum) return failed(sum);
      if (auto wrong = differs("a sum", sum->ret, i + 1000)) return wrong;
    }
    return std::nullopt;
  }

  // All in flight at once, from the loop.
  Failure coroutines() {
    return on_loop([&] { return many_adds(); });
  }
  Task<Failure> many_adds() {
    std::vector<Task<Result<ProbeApi::addResult>>> sums;
    for (std::int32_t i = 0; i < pipelined_calls; ++i) sums.push_back(probe_.add(i, -1));
    for (std::int32_t i = 0; i < pipelined_calls; ++i) {
      auto& task = sums[static_cast<std::size_t>(i)];
      const auto sum = co_await task;
      if (!sum) co_return failed(sum);
      if (auto wrong = differs("a sum", sum->ret, i - 1)) co_return wrong;
    }
    co_return std::nullopt;
  }

  Failure callback() {
    std::promise<Failure> answer;
    auto future = answer.get_future();
    probe_.add_callback(20, 22, [&](Result<ProbeApi::addResult> sum) {
      answer.set_value(sum ? differs("the sum", sum->ret, 42) : failed(sum));
    });
    return future.get();
  }

  Failure one_way() {
    const auto before = probe_.notes_blocking();
    if (!before) return failed(before);
    for (int i = 0; i < 10; ++i) probe_.note_oneway("note");
    // The peers run calls side by side, so they may come late; the call timeout bounds a loop.
    for (int i = 0; i < 1000; ++i) {
      const auto after = probe_.notes_blocking();
      if (!after) return failed(after);
      if (after->ret - before->ret == 10) {
        return differs("the last note", after->last, std::string("note"));
      }
    }
    return "not all notes came";
  }

  void refusals() {
    for (const std::int32_t code : {1, 1234})
      test("error " + std::to_string(code), [&] { return fails(code); });
    test("unknown function", [&] {
      const auto stranger = connect<OtherClient>(interop::object_name);
      const bool go = server_ == "go";
      return refused(stranger.missing(options_),
                     go ? Refusal{1, "func mismatch"} : Refusal{-3, ""});
    });
    test("unknown servant", [&] {
      const auto stranger = connect<OtherClient>("Interop.ProbeServer.OtherObj");
      return refused(stranger.nothing(options_), {-4, ""});
    });
  }

  Failure fails(std::int32_t code) {
    const std::string text = "because of a test";
    Refusal expected{code, text};
    // TarsJava tells -10 and no text, whatever a servant throws.
    if (server_ == "java") expected = {-10, ""};
    if (server_ == "go" && options_.format == tars::BodyFormat::tup2)
      expected = {1, "error version: 2"};
    return refused(probe_.fail_blocking(code, text, options_), expected);
  }

  template <class T>
  Failure refused(const Result<T>& result, Refusal expected) {
    if (result) return "the call succeeded";
    // TarsGo loses the code and the text of a TUP call that failed.
    if (server_ == "go" && options_.format == tars::BodyFormat::tup) expected = {0, ""};
    const Error& error = result.error();
    const bool as_expected = error.wire_code == expected.wire_code &&
                             error.detail.find(expected.text) != std::string::npos;
    if (as_expected && error.code != Code::client_decode) return std::nullopt;
    return "it failed with " + error.to_string();
  }

  // The answer that comes behind the deadline does no harm.
  Failure too_late() {
    CallOptions hasty;
    hasty.timeout = std::chrono::milliseconds(50);
    const auto late = probe_.slow_blocking(300, 1, hasty);
    if (late) return "an answer came in time";
    if (late.error().code != Code::timeout || late.error().wire_code != 0)
      return "it failed with " + late.error().to_string();
    const auto next = probe_.slow_blocking(400, 2);
    return next ? differs("the value", next->ret, 2) : failed(next);
  }

  Failure context() {
    // TarsJava reads a request's context as GBK, and has none in its answers.
    const bool java = server_ == "java";
    const std::string colour = java ? "green" : "grün";
    ReplyInfo info;
    CallOptions options;
    options.context["colour"] = colour;
    options.reply_info = &info;
    const auto result = probe_.recall_blocking("colour", options);
    if (!result) return failed(result);
    if (auto wrong = differs("the context", result->ret, colour)) return wrong;
    return java ? std::nullopt : differs("the reply's context", info.context["echo"], colour);
  }

  // The same calls in another body format (versions 3, 2 and 5 of the packet).
  void in_format(const std::string& name, tars::BodyFormat format) {
    options_.format = format;
    label_ = name + " ";
    simple_calls();
    test("bytes", [&] { return bytes(70'000); });
    refusals();
    options_.format = tars::BodyFormat::tars;
    label_.clear();
  }

  Failure push() {
    std::vector<std::promise<Push>> news(3);
    std::size_t received = 0;
    probe_.tars_set_push_callback([&](Push push) {
      if (received < news.size()) news[received++].set_value(std::move(push));
    });
    const auto subscribed = probe_.subscribe_blocking(3);
    if (!subscribed) return failed(subscribed);
    Failure failure;
    for (std::int32_t i = 1; i <= 3 && !failure; ++i) {
      auto next = news[static_cast<std::size_t>(i - 1)].get_future();
      if (next.wait_for(patience) != std::future_status::ready) {
        failure = "push " + std::to_string(i) + " did not come";
        break;
      }
      const auto read = next.get().read<ProbeApi::newsResult>();
      failure = read ? differs("the number", read->ret, i) : failed(read);
      if (!failure) failure = differs("the text", read->text, interop::news_text(i));
    }
    probe_.tars_set_push_callback({});
    return failure;
  }

  // A running call is answered although the server ends, and the server told us to leave.
  Failure retired() {
    auto slow = probe_.slow_future(700, 7);
    const auto retired = probe_.retire_blocking();
    if (!retired) return failed(retired);
    const auto answer = slow.get();
    if (!answer) return failed(answer);
    std::uint64_t asked = 0;
    loop_.run([&](Env&) { asked = client_.counters().reconnects_asked; });
    if (asked == 0) return "no _reconnect_ came";
    return differs("the value", answer->ret, 7);
  }

  epoll::LoopThread& loop_;
  Client client_;
  const std::string port_;
  const std::string_view server_;
  ProbeClient probe_;
  CallOptions options_;  // of the calls under test
  std::string label_;    // of the cases under test
  bool failed_ = false;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: %s PORT node|go|java|tarsier\n", arguments[0]);
    return 2;
  }
  epoll::LoopThread loop;
  Cases cases(loop.env(), loop, arguments[1], arguments[2]);
  return cases.run();
}
