// More calls than a server can run, which is when it must stay useful (targets/reliability §3.3).
//
// Clients call whether or not they are answered (open loop), a server runs the calls on handler
// threads, 10 ms each. By the seed: ten times what it can do, for a while; or nine tenths of it,
// with a burst of three times that, by clients who try again up to three times.
//
//   - every call is told something by its deadline: an answer, -9 or -6, and runs at most once;
//   - of the calls that run, 95 of 100 are answered in time for their callers;
//   - handlers never rest while calls wait: they run at least 80 of 100 calls that they could;
//   - who is answered waited for at most 300 ms, but one in a hundred;
//   - ten seconds after the burst, 95 of 100 requests succeed again.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "Echo.h"
#include "client/client.h"
#include "server/server.h"
#include "sim/scenarios/scenarios.h"
#include "transport/scope.h"
#include "transport/task.h"

namespace tarsier::sim {
namespace {

using simecho::EchoApi;
using simecho::EchoClient;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint16_t port = 9000;
constexpr std::size_t handlers = 2;
constexpr Duration service = milliseconds(10);
constexpr std::int64_t capacity = static_cast<std::int64_t>(handlers) * (seconds(1) / service);
constexpr std::size_t clients = 4;
constexpr Duration patience = seconds(3);

struct Load {
  std::int64_t percent = 1'000;  // of the capacity
  std::int64_t burst_percent = 1'000;
  Duration burst_begin{};
  Duration burst_end{};
  Duration length = seconds(8);
  int retries = 0;

  static Load ten_times() { return {}; }
  static Load burst() {
    Load load;
    load.percent = 90;
    load.burst_percent = 270;
    load.burst_begin = seconds(5);
    load.burst_end = seconds(15);
    load.length = seconds(35);
    load.retries = 3;
    return load;
  }
  std::int64_t percent_at(Duration at) const {
    return at >= burst_begin && at < burst_end ? burst_percent : percent;
  }
};

// What the whole run counts, and in which second.
struct Book {
  explicit Book(Verdict& a_verdict, const Load& a_load) : verdict(a_verdict), load(a_load) {
    const auto count = static_cast<std::size_t>(load.length / seconds(1)) + 60;
    requests.resize(count);
    good.resize(count);
    ran.resize(count);
  }
  static std::size_t second(TimePoint at) {
    return static_cast<std::size_t>((at - TimePoint()) / seconds(1));
  }
  static std::int64_t sum(const std::vector<std::int64_t>& of, std::size_t from, std::size_t to) {
    std::int64_t total = 0;
    for (std::size_t i = from; i < to; ++i) total += of[i];
    return total;
  }
  void run(std::int64_t id, TimePoint now) {
    const auto place = static_cast<std::size_t>(id);
    if (runs.size() <= place) runs.resize(place + 1);
    verdict.expect(++runs[place] == 1, "a call ran twice");
    ++ran[second(now)];
  }

  Verdict& verdict;
  const Load load;
  bool stopping = false;
  std::int64_t calls = 0;
  std::int64_t refused = 0;
  std::int64_t expired = 0;
  std::vector<std::uint8_t> runs;
  std::vector<std::int64_t> requests, good, ran;  // by second; good: of the request's
  std::vector<Duration> latencies;
};

class Servant final : public simecho::EchoSyncServant {
 public:
  Servant(Env& env, Book& book) : env_(env), book_(book) {}
  Result<EchoApi::echoResult> echo(std::int64_t id, const std::string&, ServerCall&) override {
    book_.run(id, env_.clock.now());
    EchoApi::echoResult result;
    result.answered = id;
    return result;
  }
  Result<EchoApi::noteResult> note(std::int64_t, ServerCall&) override {
    return EchoApi::noteResult();
  }

 private:
  Env& env_;
  Book& book_;
};

class OverloadedServer final : public Program {
 public:
  OverloadedServer(Env& env, Book& book) : server_(env) {
    const auto factory = [&env, &book] { return std::make_unique<Servant>(env, book); };
    const auto added = server_.add_servant("Sim.Echo.Obj", Handlers::threads(handlers, factory));
    book.verdict.expect(added.ok(), "no servant");
    book.verdict.expect(server_.listen("tcp -h 0.0.0.0 -p " + std::to_string(port)).ok(),
                        "nobody listens");
  }
  void stop() { scope_.spawn(server_.stop()); }

 private:
  Server server_;
  Scope scope_;
};

class OpenLoop final : public Program {
 public:
  OpenLoop(Env& env, Book& book)
      : env_(env), book_(book), random_(env.random), client_(env, one_by_one()) {
    proxy_ =
        client_.proxy<EchoClient>("Sim.Echo.Obj@tcp -h server -p " + std::to_string(port)).value();
    scope_.spawn(request_for_ever());
  }
  void stop() { scope_.spawn(client_.close()); }

 private:
  // The worst of callers: nothing is held back, and every call goes out as it is made.
  static ClientOptions one_by_one() {
    ClientOptions options;
    options.throttle.reset();
    options.retry.attempts_max = 1;
    return options;
  }

  Task<void> request_for_ever() {
    while (!book_.stopping) {
      const std::int64_t percent = book_.load.percent_at(env_.clock.now() - TimePoint());
      Delay gap;
      gap.mean =
          Duration(seconds(1)) * 100 * static_cast<std::int64_t>(clients) / (capacity * percent);
      const Duration pause = gap.draw(random_);
      SleepUntil until(env_.timers, env_.clock.now() + pause);
      co_await until;
      ++book_.requests[Book::second(env_.clock.now())];
      attempt(Book::second(env_.clock.now()), 0);
    }
  }

  void attempt(std::size_t of_second, int tries) {
    CallOptions options;
    options.timeout = patience;
    options.callback_on = CallbackOn::loop;
    const TimePoint began = env_.clock.now();
    proxy_.echo_callback(
        ++book_.calls, "",
        [this, of_second, tries, began](const Result<EchoApi::echoResult>& result) {
          ended(of_second, tries, began, result.ok() ? Code::ok : result.error().code);
        },
        options);
  }

  void ended(std::size_t of_second, int tries, TimePoint began, Code code) {
    const TimePoint now = env_.clock.now();
    if (code == Code::ok) {
      ++book_.good[of_second];
      book_.latencies.push_back(now - began);
      return;
    }
    const bool told = code == Code::overload || code == Code::queue_timeout;
    book_.verdict.expect(told, "a call ended otherwise than by an answer, -9 or -6");
    ++(code == Code::overload ? book_.refused : book_.expired);
    if (tries >= book_.load.retries || book_.stopping) return;
    const auto most = static_cast<std::uint64_t>(milliseconds(100 << tries).count());
    env_.timers.call_at(now + milliseconds(static_cast<std::int64_t>(random_.below(most))),
                        [this, of_second, tries] { attempt(of_second, tries + 1); });
  }

  Env& env_;
  Book& book_;
  Random random_;
  Client client_;
  EchoClient proxy_;
  Scope scope_;
};

void judge(Book& book) {
  const auto percent = [](std::int64_t part, std::int64_t of) {
    return of == 0 ? 0 : part * 100 / of;
  };
  const auto end = static_cast<std::size_t>(book.load.length / seconds(1));
  const std::int64_t ran = Book::sum(book.ran, 0, book.ran.size());
  const std::int64_t good = Book::sum(book.good, 0, book.good.size());
  book.verdict.expect(good * 100 >= ran * 95, "of 100 calls that ran " +
                                                  std::to_string(percent(good, ran)) +
                                                  " were answered in time for their callers");
  if (book.load.retries == 0) {
    const std::int64_t could = capacity * static_cast<std::int64_t>(end - 2);
    const std::int64_t did = Book::sum(book.ran, 2, end);
    book.verdict.expect(
        did * 100 >= could * 80,
        "handlers ran " + std::to_string(percent(did, could)) + " of 100 calls that they could");
  } else {
    const std::int64_t asked = Book::sum(book.requests, 25, end);
    const std::int64_t got = Book::sum(book.good, 25, end);
    book.verdict.expect(got * 100 >= asked * 95, "ten seconds after the burst " +
                                                     std::to_string(percent(got, asked)) +
                                                     " of 100 requests succeed");
  }
  if (book.latencies.empty()) return book.verdict.fail("nobody was answered");
  const auto p99 =
      book.latencies.begin() + static_cast<std::ptrdiff_t>(book.latencies.size() * 99 / 100);
  std::nth_element(book.latencies.begin(), p99, book.latencies.end());
  book.verdict.expect(*p99 <= milliseconds(300),
                      "one in a hundred answers came after " + duration_text(*p99));
}

}  // namespace

RunReport run_overload(const RunPlan& plan) {
  WorldOptions options;
  options.work = Delay();
  options.work.mean = service;
  Stage stage(plan, std::move(options));
  World& world = stage.world();
  const bool burst = world.random("load").one_in(4);
  Book book(stage.verdict(), burst ? Load::burst() : Load::ten_times());
  Node& server = world.add_node("server");
  server.run([&book](Env& env) { return std::make_unique<OverloadedServer>(env, book); });
  for (std::size_t i = 1; i <= clients; ++i) {
    world.add_node("client" + std::to_string(i)).run([&book](Env& env) {
      return std::make_unique<OpenLoop>(env, book);
    });
  }
  world.run_for(book.load.length);
  book.stopping = true;
  world.run_for(patience * 2);
  judge(book);
  for (std::size_t i = 0; i < world.nodes(); ++i) {
    Node& node = world.node(i);
    node.env().executor.post([&node, is_server = &node == &server] {
      if (is_server) {
        static_cast<OverloadedServer*>(node.program())->stop();
      } else {
        static_cast<OpenLoop*>(node.program())->stop();
      }
    });
  }
  stage.expect_settled(seconds(60));
  const auto count = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
  return stage.finish({{"requests", count(Book::sum(book.requests, 0, book.requests.size()))},
                       {"calls", count(book.calls)},
                       {"ran", count(Book::sum(book.ran, 0, book.ran.size()))},
                       {"good", count(Book::sum(book.good, 0, book.good.size()))},
                       {"refused", count(book.refused)},
                       {"expired", count(book.expired)}});
}

}  // namespace tarsier::sim
