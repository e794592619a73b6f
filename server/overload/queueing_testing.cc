#include "server/overload/queueing_testing.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>
#include <utility>

#include "transport/base/random.h"

namespace tarsier::queueing {
namespace {

class Model {
 public:
  Model(const Load& load, Policy& policy) : load_(load), policy_(policy), random_(load.seed) {}

  Outcome run() {
    outcome_.latency_at.push_back(0);
    plan(exponential(mean_gap(TimePoint())), Event::Kind::request, {});
    plan(sweep_period, Event::Kind::sweep, {});
    while (!events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.at;
      count_seconds();
      if (now_ - TimePoint() >= load_.length) break;
      handle(event);
    }
    return std::move(outcome_);
  }

 private:
  static constexpr Duration sweep_period = std::chrono::milliseconds(100);

  struct Event {
    enum class Kind : std::uint8_t { request, attempt, expired, worked, sweep };
    TimePoint at;
    std::uint64_t order;
    Kind kind;
    Call call;
    Duration service;
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  struct Request {
    int tries_left;
    int attempt = 0;
    bool open = false;  // an attempt is under way
  };

  Duration exponential(double mean_ns) {
    const double u = (static_cast<double>(random_.next() >> 11) + 1) / 9007199254740993.0;
    return Duration(static_cast<std::int64_t>(-std::log(u) * mean_ns));
  }
  double mean_gap(TimePoint at) const {
    const Duration since = at - TimePoint();
    const bool burst = since >= load_.burst_begin && since < load_.burst_end;
    return 1e9 / (load_.capacity() * load_.load * (burst ? load_.burst_factor : 1));
  }
  void plan(Duration after, Event::Kind kind, const Call& call, Duration service = {}) {
    events_.push(Event{now_ + after, ++order_, kind, call, service});
  }
  void count_seconds() {
    const auto second = static_cast<std::size_t>((now_ - TimePoint()) / std::chrono::seconds(1));
    while (outcome_.good.size() <= second) {
      if (!outcome_.good.empty()) outcome_.latency_at.push_back(outcome_.latencies.size());
      outcome_.good.push_back(0);
      outcome_.requests.push_back(0);
    }
  }

  void handle(const Event& event) {
    switch (event.kind) {
      case Event::Kind::request: {
        ++outcome_.requests.back();
        requests_.push_back(Request{load_.retries});
        attempt(requests_.size() - 1);
        plan(exponential(mean_gap(now_)), Event::Kind::request, {});
        break;
      }
      case Event::Kind::attempt: attempt(event.call.request); break;
      case Event::Kind::expired: {
        // The caller gives up; the server finds out by itself.
        const Request& request = requests_[event.call.request];
        if (request.open && attempt_of(event.call) == request.attempt) failed(event.call);
        break;
      }
      case Event::Kind::worked: {
        ++idle_;
        policy_.ended(event.call, event.service, now_);
        answered(event.call);
        break;
      }
      case Event::Kind::sweep: {
        policy_.sweep(now_, refused_);
        plan(sweep_period, Event::Kind::sweep, {});
        break;
      }
    }
    work();
  }

  // Attempts of one request follow each other by at least a nanosecond, so their time tells them
  // apart.
  int attempt_of(const Call& call) const {
    const Request& request = requests_[call.request];
    return call.received == last_attempt_[call.request] ? request.attempt : -1;
  }

  void attempt(std::size_t request) {
    Request& own = requests_[request];
    own.open = true;
    ++own.attempt;
    last_attempt_.resize(requests_.size());
    last_attempt_[request] = now_;
    const Call call{request, now_, now_ + load_.patience};
    plan(load_.patience, Event::Kind::expired, call);
    if (!policy_.arrives(call, now_)) failed(call);
  }

  void failed(const Call& call) {
    Request& request = requests_[call.request];
    if (!request.open || attempt_of(call) != request.attempt) return;
    request.open = false;
    if (request.tries_left-- <= 0) return;
    const auto most = Duration(std::chrono::milliseconds(100)) * (1 << request.attempt);
    plan(Duration(1 + static_cast<std::int64_t>(
                          random_.below(static_cast<std::uint64_t>(most.count())))),
         Event::Kind::attempt, call);
  }

  void answered(const Call& call) {
    Request& request = requests_[call.request];
    if (!request.open || attempt_of(call) != request.attempt || now_ > call.deadline) return;
    request.open = false;
    ++outcome_.good.back();
    outcome_.latencies.push_back(now_ - call.received);
  }

  void work() {
    Call call{};
    while (idle_ > 0 && policy_.next(now_, call, refused_)) {
      --idle_;
      const Duration service = exponential(static_cast<double>(load_.service.count()));
      plan(service, Event::Kind::worked, call, service);
    }
    for (const Call& refused : refused_) failed(refused);
    refused_.clear();
  }

  const Load load_;
  Policy& policy_;
  Random random_;
  TimePoint now_{};
  std::uint64_t order_ = 0;
  std::size_t idle_ = load_.workers;
  std::priority_queue<Event> events_;
  std::vector<Request> requests_;
  std::vector<TimePoint> last_attempt_;
  std::vector<Call> refused_;
  Outcome outcome_;
};

// ---------------------------------------------------------------------------------- policies

class Tars final : public Policy {
 public:
  bool arrives(const Call& call, TimePoint) override {
    if (waiting_.size() >= 8'192) return false;
    waiting_.push_back(call);
    return true;
  }
  bool next(TimePoint now, Call& call, std::vector<Call>& refused) override {
    while (!waiting_.empty()) {
      call = waiting_.front();
      waiting_.pop_front();
      if (now < call.deadline) return true;
      refused.push_back(call);
    }
    return false;
  }
  void ended(const Call&, Duration, TimePoint) override {}

 private:
  std::deque<Call> waiting_;
};

class Handlers final : public Policy {
 public:
  Handlers(const InFlightLimitOptions& limit, const HandlerQueueOptions& queue)
      : limit_(limit), queue_(queue) {}

  bool arrives(const Call& call, TimePoint) override {
    if (!limit_.admits() || !queue_.has_room(false)) return false;
    HandlerQueue<Call>::Arrival arrival;
    arrival.received = call.received;
    arrival.deadline = call.deadline;
    queue_.push(call, arrival);
    limit_.started();
    return true;
  }
  bool next(TimePoint now, Call& call, std::vector<Call>& refused) override {
    const auto taken = queue_.next(0, now, shed_);
    give_up(refused);
    if (taken) call = *taken;
    return taken.has_value();
  }
  void ended(const Call& call, Duration service, TimePoint now) override {
    limit_.ended(now - call.received, now);
    queue_.ran(service);
  }
  void sweep(TimePoint now, std::vector<Call>& refused) override {
    queue_.sweep(now, shed_);
    give_up(refused);
  }

 private:
  void give_up(std::vector<Call>& refused) {
    for (auto& each : shed_) {
      limit_.abandoned();
      refused.push_back(each.call);
    }
    shed_.clear();
  }

  InFlightLimit limit_;
  HandlerQueue<Call> queue_;
  std::vector<HandlerQueue<Call>::Shed> shed_;
};

class Coroutines final : public Policy {
 public:
  explicit Coroutines(InFlightLimit& limit) : limit_(limit) {}

  bool arrives(const Call& call, TimePoint) override {
    if (!limit_.admits()) return false;
    limit_.started();
    waiting_.push_back(call);
    return true;
  }
  bool next(TimePoint, Call& call, std::vector<Call>&) override {
    if (waiting_.empty()) return false;
    call = waiting_.front();
    waiting_.pop_front();
    return true;
  }
  void ended(const Call& call, Duration, TimePoint now) override {
    limit_.ended(now - call.received, now);
  }

 private:
  InFlightLimit& limit_;
  std::deque<Call> waiting_;
};

}  // namespace

double Outcome::goodput(std::size_t from, std::size_t to, double rate) const {
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += good[i];
  return sum / static_cast<double>(to - from) / rate;
}

double Outcome::p99_ms(std::size_t from, std::size_t to) const {
  const auto begin = latencies.begin() + static_cast<std::ptrdiff_t>(latency_at[from]);
  const auto end = latencies.begin() + static_cast<std::ptrdiff_t>(latency_at[to]);
  std::vector<Duration> some(begin, end);
  if (some.empty()) return 0;
  const auto place = some.begin() + static_cast<std::ptrdiff_t>(some.size() * 99 / 100);
  std::nth_element(some.begin(), place, some.end());
  return static_cast<double>(place->count()) / 1e6;
}

Outcome run(const Load& load, Policy& policy) { return Model(load, policy).run(); }

std::unique_ptr<Policy> tars_policy() { return std::make_unique<Tars>(); }

std::unique_ptr<Policy> handlers_policy(const InFlightLimitOptions& limit,
                                        const HandlerQueueOptions& queue) {
  return std::make_unique<Handlers>(limit, queue);
}

std::unique_ptr<Policy> coroutines_policy(InFlightLimit& limit) {
  return std::make_unique<Coroutines>(limit);
}

}  // namespace tarsier::queueing
