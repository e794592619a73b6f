#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "transport/base/limits.h"
#include "transport/blocking.h"
#include "transport/contract/world.h"
#include "transport/workers.h"

// The workers of one Env. What only threads can show (that two of them run side by side, and what
// becomes of one that hangs) is in epoll/thread_workers_test.cc.
namespace tarsier::contract {

template <class W>
class WorkersContract : public Fixture<W> {
 protected:
  // Counts itself in `done` where it runs, and out of `alive` when it goes.
  struct Count final : Work {
    Count(int& into, std::shared_ptr<int> token) : done(into), alive(std::move(token)) {}
    void run() override { ++done; }
    int& done;
    std::shared_ptr<int> alive;
  };
  using Done = Slot<std::unique_ptr<Work>>;

  Env& env() { return this->world.server(); }
  std::unique_ptr<Workers> workers(std::size_t count) {
    return std::move(env().blocking.make_workers(count)).value();
  }
  Done& work_slot() { return this->template slot<std::unique_ptr<Work>>(); }
};
TYPED_TEST_SUITE_P(WorkersContract);

TYPED_TEST_P(WorkersContract, WorkComesBackToTheLoopWhenItIsDone) {
  const auto workers = this->workers(1);
  EXPECT_EQ(workers->count(), 1u);
  int ran = 0;
  auto work = std::make_unique<typename TestFixture::Count>(ran, std::make_shared<int>());
  const Work* const same = work.get();
  bool in_loop = false;
  auto& done = this->work_slot();
  done.then = [&] { in_loop = this->env().executor.in_loop(); };
  workers->start(0, std::move(work), done);
  EXPECT_FALSE(done.done()) << "completed inside start()";
  ASSERT_TRUE(this->finish(done));
  EXPECT_EQ(ran, 1);
  EXPECT_TRUE(in_loop);
  EXPECT_EQ(done.result().value().get(), same);
}

TYPED_TEST_P(WorkersContract, EachWorkerTakesOnePieceAfterTheOther) {
  constexpr std::size_t count = 4;
  constexpr int pieces = 25;
  const auto workers = this->workers(count);
  // What one worker alone counts, without a lock.
  int ran[count] = {};
  int back[count] = {};
  struct Chain {
    Workers& workers;
    std::size_t worker;
    int& ran;
    int& back;
    Completion<std::unique_ptr<Work>> done{&Chain::on_done, this};
    static void on_done(void* self, Result<std::unique_ptr<Work>> result) {
      auto& chain = *static_cast<Chain*>(self);
      EXPECT_TRUE(result.ok());
      EXPECT_EQ(chain.ran, ++chain.back);
      if (chain.back < pieces)
        chain.workers.start(chain.worker, std::move(result).value(), chain.done);
    }
  };
  std::vector<std::unique_ptr<Chain>> chains;
  for (std::size_t i = 0; i < count; ++i) {
    chains.push_back(std::make_unique<Chain>(*workers, i, ran[i], back[i]));
    workers->start(i,
                   std::make_unique<typename TestFixture::Count>(ran[i], std::make_shared<int>()),
                   chains.back()->done);
  }
  EXPECT_TRUE(this->run_until(
      [&] { return std::all_of(back, back + count, [](int each) { return each == pieces; }); }));
}

TYPED_TEST_P(WorkersContract, ClosingEndsWhatIsPending) {
  const auto workers = this->workers(3);
  int ran[2] = {};
  const auto token = std::make_shared<int>();
  auto& first = this->work_slot();
  auto& second = this->work_slot();
  workers->start(0, std::make_unique<typename TestFixture::Count>(ran[0], token), first);
  workers->start(1, std::make_unique<typename TestFixture::Count>(ran[1], token), second);
  workers->close();
  EXPECT_FALSE(first.done()) << "completed inside close()";
  ASSERT_TRUE(this->finish(first));
  ASSERT_TRUE(this->finish(second));
  EXPECT_EQ(first.code(), Code::closed);
  EXPECT_EQ(second.code(), Code::closed);
  EXPECT_TRUE(this->run_until([&] { return token.use_count() == 1; })) << "work was kept";
  EXPECT_EQ(workers->close(), 0u);
}

TYPED_TEST_P(WorkersContract, NothingBeginsOnceTheyAreClosed) {
  const auto workers = this->workers(1);
  EXPECT_EQ(workers->close(), 0u);
  int ran = 0;
  const auto token = std::make_shared<int>();
  auto& done = this->work_slot();
  workers->start(0, std::make_unique<typename TestFixture::Count>(ran, token), done);
  EXPECT_FALSE(done.done()) << "completed inside start()";
  ASSERT_TRUE(this->finish(done));
  EXPECT_EQ(done.code(), Code::closed);
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(token.use_count(), 1);
}

TYPED_TEST_P(WorkersContract, WorkersThatWereNeverUsedEndAtOnce) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(this->workers(8)->count(), 8u);
}

TYPED_TEST_P(WorkersContract, ThereIsABoundToTheirNumber) {
  const auto refused = this->env().blocking.make_workers(limits::handler_threads_max + 1);
  EXPECT_EQ(refused.code(), Code::limit);
}

REGISTER_TYPED_TEST_SUITE_P(WorkersContract, WorkComesBackToTheLoopWhenItIsDone,
                            EachWorkerTakesOnePieceAfterTheOther, ClosingEndsWhatIsPending,
                            NothingBeginsOnceTheyAreClosed, WorkersThatWereNeverUsedEndAtOnce,
                            ThereIsABoundToTheirNumber);

}  // namespace tarsier::contract
