#include "transport/epoll/asio_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "transport/base/check.h"

namespace tarsier::epoll {
namespace {

using Steady = std::chrono::steady_clock;

// How many turns in a row may pass without a look at epoll, while callbacks post callbacks.
constexpr int rounds_without_looking_max = 8;
// One turn in so many is measured while turns have one event each.
constexpr std::uint32_t turns_between_markers = 32;

TimePoint read_clock() {
  return TimePoint(std::chrono::duration_cast<Duration>(Steady::now().time_since_epoch()));
}

int make_eventfd() {
  const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  TARSIER_CHECK(descriptor >= 0, "no descriptor is left for a loop: raise the limit (ulimit -n)");
  return descriptor;
}

}  // namespace

AsioLoop::AsioLoop()
    : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      work_(context_.get_executor()),
      wheel_(read_clock()),
      owner_(std::this_thread::get_id()),
      wake_(context_.get_executor(), make_eventfd()) {
  wait_for_wake();
}

AsioLoop::~AsioLoop() {
  boost::system::error_code ignored;
  wake_.close(ignored);
  drain();
}

// ---------------------------------------------------------------------------------- turns

void AsioLoop::run() {
  owner_.store(std::this_thread::get_id(), std::memory_order_release);
  while (!stopping_.load(std::memory_order_acquire)) run_turn();
  stopping_.store(false, std::memory_order_release);
}

void AsioLoop::run_turn() {
  now_is_stale_ = true;
  if (posted_.empty() && turn_end_.empty()) {
    wait_for_events();
  } else {
    look_for_events();
  }
  run_timers();
  for (int round = 0; round == 0 || !posted_.empty(); ++round) {
    if (round == rounds_without_looking_max) break;
    run_all(posted_, running_);
    run_all(turn_end_, running_);
  }
}

// Callbacks that are added meanwhile wait for the next round.
void AsioLoop::run_all(std::vector<Callback>& callbacks, std::vector<Callback>& spare) {
  if (callbacks.empty()) return;
  std::vector<Callback> batch = std::move(spare);
  batch.swap(callbacks);
  for (Callback& callback : batch) callback();
  batch.clear();
  spare = std::move(batch);
}

void AsioLoop::wait_for_events() {
  const TimePoint next = wheel_.next_expiry();
  if (next == no_deadline) {
    context_.run_one();
  } else if (context_.run_one_until(Steady::time_point(next.time_since_epoch())) == 0) {
    return;
  }
  if (turns_have_many_events_ || ++turns_since_marker_ >= turns_between_markers)
    handle_until_marker();
}

void AsioLoop::look_for_events() {
  if (context_.poll_one() == 0) return;
  handle_until_marker();
}

void AsioLoop::handle_until_marker() {
  marker_passed_ = false;
  boost::asio::post(context_, MemberHandler<AsioLoop, &AsioLoop::on_marker>(*this, marker_memory_));
  int handlers = 0;
  while (!marker_passed_) {
    context_.run_one();
    ++handlers;
  }
  turns_have_many_events_ = handlers > 1;
  turns_since_marker_ = 0;
}

void AsioLoop::on_marker(const boost::system::error_code&) { marker_passed_ = true; }

void AsioLoop::drain() {
  do {
    run_all(posted_, running_);
    run_all(turn_end_, running_);
  } while (context_.poll() > 0 || !posted_.empty() || !turn_end_.empty());
}

// ---------------------------------------------------------------------------------- time

TimePoint AsioLoop::now() const {
  if (now_is_stale_) {
    now_ = read_clock();
    now_is_stale_ = false;
  }
  return now_;
}

std::int64_t AsioLoop::wall_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Timers::Id AsioLoop::call_at(TimePoint when, Callback callback) {
  return wheel_.call_at(when, std::move(callback));
}

void AsioLoop::run_timers() {
  if (wheel_.next_expiry() <= now()) wheel_.advance(now());
}

// ---------------------------------------------------------------------------------- threads

bool AsioLoop::in_loop() const {
  return owner_.load(std::memory_order_acquire) == std::this_thread::get_id();
}

void AsioLoop::post_from_any_thread(Callback callback) {
  bool first;
  {
    const std::lock_guard lock(inbox_mutex_);
    first = inbox_.empty();
    inbox_.push_back(std::move(callback));
  }
  if (first) wake();
}

void AsioLoop::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

void AsioLoop::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is awake anyway.
  [[maybe_unused]] const ssize_t written = ::write(wake_.native_handle(), &one, sizeof(one));
}

void AsioLoop::wait_for_wake() {
  wake_.async_wait(Descriptor::wait_read,
                   MemberHandler<AsioLoop, &AsioLoop::on_wake>(*this, wake_memory_));
}

void AsioLoop::on_wake(const boost::system::error_code& error) {
  if (error) return;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(wake_.native_handle(), &count, sizeof(count));
  std::vector<Callback> arrived;
  {
    const std::lock_guard lock(inbox_mutex_);
    arrived.swap(inbox_);
  }
  for (Callback& callback : arrived) posted_.push_back(std::move(callback));
  wait_for_wake();
}

}  // namespace tarsier::epoll
