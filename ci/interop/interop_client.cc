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
    probe_ = connect(interop::object_name);
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
    for (const std::int32_t code : {1, 1234})
      test("error " + std::to_string(code), [&] { return fails(code); });
    if (server_ == "tarsier") {
      test("TUP", [&] { return in_format(tars::BodyFormat::tup); });
      test("JSON", [&] { return in_format(tars::BodyFormat::json); });
    } else {
      skip("TUP and JSON", "the servants of this peer read plain TARS only");
    }
    if (server_ == "java") {
      skip("context", "TarsJava gives none to its servants");
      skip("push", "TarsJava 1.7 has none");
    } else {
      test("context", [&] { return context(); });
      test("push", [&] { return push(); });
    }
    if (server_ == "go" || server_ == "tarsier") {
      test("graceful close", [&] { return retired(); });
    } else {
      skip("graceful close", "the server has none");
    }
    return failed_ ? 1 : 0;
  }

 private:
  static ClientOptions options() {
    ClientOptions options;
    options.call_timeout = std::chrono::seconds(20);
    return options;
  }

  ProbeClient connect(const std::string& object) {
    auto proxy = client_.proxy<ProbeClient>(object + "@tcp -h 127.0.0.1 -p " + port_ + " -t 60000");
    TARSIER_CHECK(proxy.ok(), "the endpoint is well-formed");
    return *proxy;
  }

  void test(const std::string& name, const std::function<Failure()>& run) {
    const Failure failure = run();
    if (failure) failed_ = true;
    std::printf("%s %s%s%s\n", failure ? "FAIL" : "ok", name.c_str(), failure ? ": " : "",
                failure ? failure->c_str() : "");
    std::fflush(stdout);
  }
  void skip(const char* name, const char* why) { std::printf("skip %s: %s\n", name, why); }

  void simple_calls() {
    test("ping", [&] { return ping(); });
    test("scalars extreme", [&] { return scalars(interop::extreme()); });
    test("scalars usual", [&] { return scalars(interop::usual()); });
    test("scalars zero", [&] { return scalars(Interop::Scalars()); });
    test("nested", [&] { return nested(interop::nested()); });
    test("nested empty", [&] { return nested(Interop::Nested()); });
    test("void", [&] { return failed(probe_.nothing_blocking()); });
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
    const auto pinged = co_await probe_.tars_ping();
    co_return failed(pinged);
  }

  Failure scalars(const Interop::Scalars& value) {
    const auto result = probe_.scalars_blocking(value);
    if (!result) return failed(result);
    if (auto wrong = differs("the sum", result->ret, interop::sum(value))) return wrong;
    return differs("the copy", result->copy, value);
  }

  Failure nested(const Interop::Nested& value) {
    const auto result = probe_.nested_future(value).get();
    if (!result) return failed(result);
    const auto leaves = static_cast<std::int32_t>(value.leaves.size());
    if (auto wrong = differs("the count", result->ret, leaves)) return wrong;
    return differs("the copy", result->copy, value);
  }

  Failure bytes(std::size_t size) {
    std::vector<std::int8_t> payload(size);
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::int8_t>(i * 31);
    const auto result = probe_.bytes_blocking(payload);
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

  Failure fails(std::int32_t code) {
    const std::string text = "because of a test";
    const auto result = probe_.fail_blocking(code, text);
    if (result) return "the call succeeded";
    // TarsJava tells -99 and no text, whatever a servant throws.
    if (server_ == "java") return std::nullopt;
    if (auto wrong = differs("the code", result.error().wire_code, code)) return wrong;
    if (result.error().detail.find(text) == std::string::npos)
      return "the text is '" + result.error().detail + "'";
    return std::nullopt;
  }

  Failure context() {
    ReplyInfo info;
    CallOptions options;
    options.context["colour"] = "grün";
    options.reply_info = &info;
    const auto result = probe_.recall_blocking("colour", options);
    if (!result) return failed(result);
    if (auto wrong = differs("the context", result->ret, std::string("grün"))) return wrong;
    return differs("the reply's context", info.context["echo"], std::string("grün"));
  }

  // The same call in another body format (versions 3 and 5 of the packet).
  Failure in_format(tars::BodyFormat format) {
    CallOptions options;
    options.format = format;
    const auto sum = probe_.add_blocking(30'000, 12'345, options);
    if (!sum) return failed(sum);
    if (auto wrong = differs("the sum", sum->ret, 42'345)) return wrong;
    const auto sent = interop::nested();
    const auto got = probe_.nested_blocking(sent, options);
    if (!got) return failed(got);
    return differs("the copy", got->copy, sent);
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
