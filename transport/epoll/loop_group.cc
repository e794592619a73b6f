#include "transport/epoll/loop_group.h"

#include <pthread.h>
#include <sched.h>

#include <future>
#include <utility>

#include "transport/base/check.h"
#include "transport/base/random.h"
#include "transport/epoll/blocking_pool.h"
#include "transport/executor.h"

namespace tarsier::epoll {
namespace {

std::vector<int> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof(set), &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

// Best effort: a loop that may not be pinned runs all the same.
void pin_this_thread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  ::pthread_setaffinity_np(::pthread_self(), sizeof(set), &set);
}

}  // namespace

LoopThread::LoopThread(LoopOptions options, int cpu) {
  // Made by its own thread, whose memory it then uses, and destroyed there.
  auto made = std::make_shared<std::promise<void>>();
  std::future<void> ready = made->get_future();
  thread_ = std::thread([this, cpu, made, options = std::move(options)]() mutable {
    if (cpu >= 0) pin_this_thread(cpu);
    loop_ = std::make_unique<Loop>(std::move(options));
    made->set_value();
    loop_->run();
    loop_.reset();
  });
  ready.wait();
}

LoopThread::~LoopThread() {
  // Behind everything that was posted before.
  env().executor.post_from_any_thread([loop = loop_.get()] { loop->stop(); });
  thread_.join();
}

void LoopThread::run(const std::function<void(Env&)>& work) {
  TARSIER_CHECK(!env().executor.in_loop(),
                "LoopThread::run() waits for the loop: call it from "
                "another thread, or use Executor::post()");
  // Shared: set_value() may still be at work in the promise when the waiter goes on.
  auto done = std::make_shared<std::promise<void>>();
  std::future<void> finished = done->get_future();
  env().executor.post_from_any_thread([this, &work, done] {
    work(env());
    done->set_value();
  });
  finished.wait();
}

LoopGroup::LoopGroup(LoopGroupOptions options) {
  const std::vector<int> cpus = usable_cpus();
  const std::size_t count = options.loops != 0 ? options.loops : cpus.size();
  if (!options.loop.blocking) options.loop.blocking = std::make_shared<BlockingPool>();
  if (!options.loop.resolving)
    options.loop.resolving = std::make_shared<BlockingPool>(resolving_pool_options);
  for (std::size_t i = 0; i < count; ++i) {
    LoopOptions one = options.loop;
    if (one.seed) one.seed = Random(*one.seed).fork(i).key();
    loops_.push_back(
        std::make_unique<LoopThread>(std::move(one), options.pinned ? cpus[i % cpus.size()] : -1));
  }
}

void LoopGroup::run_on_each(const std::function<void(std::size_t, Env&)>& work) {
  for (std::size_t i = 0; i < loops_.size(); ++i) loops_[i]->run([&](Env& env) { work(i, env); });
}

}  // namespace tarsier::epoll
