#include "transport/epoll/thread_workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "transport/blocking.h"
#include "transport/epoll/loop.h"
#include "transport/executor.h"

namespace tarsier::epoll {
namespace {

// Runs until somebody opens the gate.
struct Gate {
  std::atomic<bool> entered = false;
  std::atomic<bool> open = false;
  std::atomic<bool> gone = false;
};
struct Waiting final : Work {
  explicit Waiting(Gate& at) : gate(at) {}
  ~Waiting() override { gate.gone = true; }
  void run() override {
    gate.entered = true;
    while (!gate.open) std::this_thread::yield();
  }
  Gate& gate;
};
struct Opening final : Work {
  explicit Opening(Gate& at) : gate(at) {}
  void run() override { gate.open = true; }
  Gate& gate;
};

// Keeps what came back.
struct Back {
  Completion<std::unique_ptr<Work>> done{&Back::on_done, this};
  bool came = false;
  Code code = Code::ok;
  static void on_done(void* self, Result<std::unique_ptr<Work>> result) {
    static_cast<Back*>(self)->came = true;
    static_cast<Back*>(self)->code = result.code();
  }
};

TEST(ThreadWorkers, RunSideBySide) {
  Loop loop;
  Gate gate;
  Back first;
  Back second;
  const auto workers = std::move(loop.env().blocking.make_workers(2)).value();
  workers->start(0, std::make_unique<Waiting>(gate), first.done);
  workers->start(1, std::make_unique<Opening>(gate), second.done);
  loop.run_until([&] { return first.came && second.came; });
  EXPECT_EQ(first.code, Code::ok);
}

// The loop neither waits for a thread that hangs nor hears of it again.
TEST(ThreadWorkers, AThreadThatHangsIsAbandonedAndOutlivesItsLoop) {
  Gate gate;
  {
    Loop loop;
    Back back;
    auto workers = std::move(loop.env().blocking.make_workers(2)).value();
    workers->start(1, std::make_unique<Waiting>(gate), back.done);
    while (!gate.entered) std::this_thread::yield();
    EXPECT_EQ(workers->close(), 1u);
    EXPECT_FALSE(back.came);
    loop.run_until([&] { return back.came; });
    EXPECT_EQ(back.code, Code::closed);
    workers.reset();
  }
  EXPECT_FALSE(gate.gone);
  gate.open = true;
  while (!gate.gone) std::this_thread::yield();
}

// Whatever the thread is doing just then: nothing comes back twice, nothing leaks.
TEST(ThreadWorkers, MayBeClosedAtAnyMoment) {
  Loop loop;
  for (int i = 0; i < 300; ++i) {
    auto gate = std::make_unique<Gate>();
    gate->open = true;
    Back back;
    auto workers = std::move(loop.env().blocking.make_workers(1)).value();
    workers->start(0, std::make_unique<Waiting>(*gate), back.done);
    for (int spins = 0; spins < i % 30; ++spins) std::this_thread::yield();
    workers->close();
    workers.reset();
    loop.run_until([&] { return back.came; });
    while (!gate->gone) {
      loop.env().executor.post([] {});
      loop.run_turn();
    }
  }
}

}  // namespace
}  // namespace tarsier::epoll
