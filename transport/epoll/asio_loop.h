#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/clock.h"
#include "transport/epoll/handler_memory.h"
#include "transport/executor.h"
#include "transport/timers.h"
#include "transport/timing_wheel.h"

namespace tarsier::epoll {

// Any descriptor under the loop's reactor: sockets, pidfds, eventfds. It is waited for through
// Asio and read or written by plain system calls.
using Descriptor =
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

// Executor, clock and timers of one thread over one io_context, without a lock on the way.
//
// A turn is: wait until something is ready; handle all of it; run the timers that are due and the
// callbacks that were posted; run the at_turn_end callbacks. Asio tells nobody when its queue of
// ready handlers is empty, so a handler posted behind them (the marker) does, at the price of one
// more look at epoll (0.1 us). A loop whose turns have a single event saves that: it takes every
// event as a turn of its own and sends a marker only now and then, to notice when this changes.
class AsioLoop final : public Executor, public Clock, public Timers {
 public:
  AsioLoop();
  ~AsioLoop() override;

  // Runs turns until stop(); may be called again afterwards.
  void run();
  // One turn; waits for something to do if there is nothing.
  void run_turn();
  // From any thread. The turn under way ends first.
  void stop();
  // Runs whatever is ready, without waiting.
  void drain();

  boost::asio::io_context& context() { return context_; }

  void post(Callback callback) override { posted_.push_back(std::move(callback)); }
  void at_turn_end(Callback callback) override { turn_end_.push_back(std::move(callback)); }
  void post_from_any_thread(Callback callback) override;
  bool in_loop() const override;

  TimePoint now() const override;
  std::int64_t wall_ms() const override;

  Id call_at(TimePoint when, Callback callback) override;
  bool cancel(Id id) override { return wheel_.cancel(id); }

 private:
  void wait_for_events();
  void look_for_events();
  void handle_until_marker();
  void run_timers();
  static void run_all(std::vector<Callback>& callbacks, std::vector<Callback>& spare);
  void wake();
  void wait_for_wake();
  void on_marker(const boost::system::error_code& error);
  void on_wake(const boost::system::error_code& error);

  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  HandlerMemory marker_memory_;
  HandlerMemory wake_memory_;

  std::vector<Callback> posted_;
  std::vector<Callback> turn_end_;
  std::vector<Callback> running_;  // the one of the two that is being run; kept for its memory
  mutable TimePoint now_{};
  mutable bool now_is_stale_ = true;
  TimingWheel wheel_;

  bool marker_passed_ = false;
  bool turns_have_many_events_ = false;
  std::uint32_t turns_since_marker_ = 0;

  std::atomic<std::thread::id> owner_;
  std::atomic<bool> stopping_ = false;
  std::mutex inbox_mutex_;
  std::vector<Callback> inbox_;  // under inbox_mutex_; from other threads
  Descriptor wake_;              // an eventfd; readable while the inbox may hold something
};

}  // namespace tarsier::epoll
