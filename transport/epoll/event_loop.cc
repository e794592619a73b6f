#include "transport/epoll/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/detail/epoll_reactor.hpp>
#include <chrono>
#include <ctime>

#include "transport/base/check.h"

namespace tarsier::epoll {
namespace {

using Steady = std::chrono::steady_clock;
using Reactor = boost::asio::detail::epoll_reactor;

// How many rounds in a row may pass without a look at epoll, while callbacks post callbacks.
constexpr int rounds_without_looking_max = 8;
constexpr int wait_ms_max = 60'000;

// Asio shows its epoll descriptor to nobody, and without it a loop cannot wait for Asio and for
// others at once. An explicit instantiation may name a private member ([temp.spec]); should a later
// Asio rename this one, the build says so here.
template <int Reactor::* member>
struct ReactorDescriptor {
  friend int descriptor_of(const Reactor& reactor) { return reactor.*member; }
};
int descriptor_of(const Reactor& reactor);
template struct ReactorDescriptor<&Reactor::epoll_fd_>;

int checked(int descriptor) {
  TARSIER_CHECK(descriptor >= 0, "no descriptor is left for a loop: raise the limit (ulimit -n)");
  return descriptor;
}

void add(int epoll, int descriptor, std::uint32_t events, void* data) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  const int result = ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
  TARSIER_CHECK(result == 0, "the loop's own descriptors cannot be watched");
}

}  // namespace

EventLoop::EventLoop()
    : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      work_(context_.get_executor()),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC))),
      wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      wheel_(now()),
      owner_(std::this_thread::get_id()) {
  auto& reactor = boost::asio::use_service<Reactor>(context_);
  reactor.init_task();  // from here on poll() looks at its descriptors, even if there are none
  add(epoll_, descriptor_of(reactor), EPOLLIN, &context_);
  // Every write is an edge, so the counter is never read.
  add(epoll_, wake_, EPOLLIN | EPOLLET, &wake_);
}

EventLoop::~EventLoop() {
  drain();
  ::close(wake_);
  ::close(epoll_);
}

// ---------------------------------------------------------------------------------- turns

void EventLoop::run() {
  owner_.store(std::this_thread::get_id(), std::memory_order_release);
  while (!stopping_.load(std::memory_order_acquire)) run_turn();
  stopping_.store(false, std::memory_order_release);
}

void EventLoop::run_turn() {
  handle_events(posted_.empty() && turn_end_.empty() && !context_touched_ ? wait_ms() : 0);
  run_timers();
  for (int round = 0; round == 0 || !posted_.empty(); ++round) {
    if (round == rounds_without_looking_max) break;
    run_all(posted_, running_);
    run_all(turn_end_, running_);
  }
  now_is_stale_ = true;
}

bool EventLoop::handle_events(int timeout_ms) {
  std::array<epoll_event, 128> events;
  const int count =
      ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  now_is_stale_ = true;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr == &context_) {
      context_touched_ = true;
    } else if (event.data.ptr == &wake_) {
      take_inbox();
    } else {
      static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
    }
  }
  if (context_touched_) {
    context_touched_ = false;
    context_.poll();
  }
  return count > 0;
}

int EventLoop::wait_ms() const {
  const TimePoint next = wheel_.next_expiry();
  if (next == no_deadline) return -1;
  now_is_stale_ = true;
  const Duration left = next - now();
  if (left <= Duration::zero()) return 0;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, wait_ms_max));
}

// Callbacks that are added meanwhile wait for the next round.
bool EventLoop::run_all(std::vector<Callback>& callbacks, std::vector<Callback>& spare) {
  if (callbacks.empty()) return false;
  std::vector<Callback> batch = std::move(spare);
  batch.swap(callbacks);
  for (Callback& callback : batch) callback();
  batch.clear();
  spare = std::move(batch);
  return true;
}

void EventLoop::drain() {
  bool worked = true;
  while (worked) {
    worked = handle_events(0) || context_touched_;
    worked = run_all(posted_, running_) || worked;
    worked = run_all(turn_end_, running_) || worked;
  }
}

// ---------------------------------------------------------------------------------- descriptors

int EventLoop::watch(int descriptor, Watcher& watcher) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watcher;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : errno;
}

void EventLoop::cancel_waits(Descriptor& descriptor) {
  context_touched_ = true;
  boost::system::error_code ignored;
  descriptor.cancel(ignored);
}

void EventLoop::close(Descriptor& descriptor) {
  context_touched_ = true;
  boost::system::error_code ignored;
  descriptor.close(ignored);
}

// ---------------------------------------------------------------------------------- time

TimePoint EventLoop::now() const {
  if (now_is_stale_) {
    now_ = TimePoint(std::chrono::duration_cast<Duration>(Steady::now().time_since_epoch()));
    now_is_stale_ = false;
  }
  return now_;
}

std::int64_t EventLoop::wall_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int32_t EventLoop::utc_offset_s(std::int64_t wall_ms) const {
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return 0;
  return static_cast<std::int32_t>(local.tm_gmtoff);
}

Timers::Id EventLoop::call_at(TimePoint when, Callback callback) {
  return wheel_.call_at(when, std::move(callback));
}

void EventLoop::run_timers() {
  const TimePoint next = wheel_.next_expiry();
  if (next != no_deadline && next <= now()) wheel_.advance(now());
}

// ---------------------------------------------------------------------------------- threads

bool EventLoop::in_loop() const {
  return owner_.load(std::memory_order_acquire) == std::this_thread::get_id();
}

void EventLoop::post_from_any_thread(Callback callback) {
  bool first;
  {
    const std::lock_guard lock(inbox_mutex_);
    first = inbox_.empty();
    inbox_.push_back(std::move(callback));
  }
  if (first) wake();
}

void EventLoop::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

void EventLoop::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof(one));
}

void EventLoop::take_inbox() {
  std::vector<Callback> arrived;
  {
    const std::lock_guard lock(inbox_mutex_);
    arrived.swap(inbox_);
  }
  for (Callback& callback : arrived) posted_.push_back(std::move(callback));
}

}  // namespace tarsier::epoll
