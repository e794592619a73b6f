#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "transport/clock.h"
#include "transport/epoll/handler_memory.h"
#include "transport/executor.h"
#include "transport/timers.h"
#include "transport/timing_wheel.h"

namespace tarsier::epoll {

// A descriptor under Asio's reactor: listeners, connects, datagrams, pidfds. It is waited for
// through Asio and used by plain system calls.
using Descriptor =
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// What is told about the events of a descriptor; see EventLoop::watch().
class Watcher {
 public:
  // EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP.
  virtual void on_events(std::uint32_t events) = 0;

 protected:
  ~Watcher() = default;
};

// Executor, clock and timers of one thread over an epoll set, without a lock on the way.
//
// Connections stand in that set themselves, edge-triggered and for good: a request costs the loop
// one epoll_wait(). Everything rarer stands behind Boost.Asio, whose own epoll set is a member of
// this one. (Asio alone would cost a connection one epoll_ctl() a wait and cannot say when all that
// was ready has run; together that is 5 % of a small request. ARCHITECTURE.md has the figures.)
//
// A turn is: wait until something is ready; handle all of it; run the timers that are due, the
// callbacks that were posted and the at_turn_end callbacks.
class EventLoop final : public Executor, public Clock, public Timers {
 public:
  EventLoop();
  ~EventLoop() override;

  // Runs turns until stop(); may be called again afterwards.
  void run();
  // One turn; waits for something to do if there is nothing.
  void run_turn();
  // From any thread. The turn under way ends first.
  void stop();
  // Runs whatever is ready, without waiting, until nothing is.
  void drain();

  // Tells `watcher` about every edge of the descriptor until that is closed. The watcher lives to
  // the end of the turn in which it closed it. Returns 0 or an errno.
  int watch(int descriptor, Watcher& watcher);

  boost::asio::io_context& context() { return context_; }
  // The handlers live in `memory`. Nothing else may be called on a Descriptor that queues handlers.
  template <class Handler>
  void wait(Descriptor& descriptor, Descriptor::wait_type type, Handler handler) {
    context_touched_ = true;
    descriptor.async_wait(type, std::move(handler));
  }
  // Ends waits as aborted, later.
  void cancel_waits(Descriptor& descriptor);
  void close(Descriptor& descriptor);

  void post(Callback callback) override { posted_.push_back(std::move(callback)); }
  void at_turn_end(Callback callback) override { turn_end_.push_back(std::move(callback)); }
  void post_from_any_thread(Callback callback) override;
  bool in_loop() const override;

  TimePoint now() const override;
  std::int64_t wall_ms() const override;
  std::int32_t utc_offset_s(std::int64_t wall_ms) const override;

  Id call_at(TimePoint when, Callback callback) override;
  bool cancel(Id id) override { return wheel_.cancel(id); }

 private:
  bool handle_events(int timeout_ms);
  int wait_ms() const;
  void run_timers();
  static bool run_all(std::vector<Callback>& callbacks, std::vector<Callback>& spare);
  void wake();
  void take_inbox();

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  bool context_touched_ = false;  // it may have handlers that its epoll set does not show
  int epoll_;
  int wake_;  // an eventfd; written when the inbox is no longer empty

  std::vector<Callback> posted_;
  std::vector<Callback> turn_end_;
  std::vector<Callback> running_;  // the one of the two that is being run; kept for its memory
  mutable TimePoint now_{};
  mutable bool now_is_stale_ = true;
  TimingWheel wheel_;

  std::atomic<std::thread::id> owner_;
  std::atomic<bool> stopping_ = false;
  std::mutex inbox_mutex_;
  std::vector<Callback> inbox_;  // under inbox_mutex_; from other threads
};

}  // namespace tarsier::epoll
