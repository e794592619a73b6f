#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "server/servant.h"
#include "transport/base/function.h"

namespace tarsier {

// Threads for a servant that blocks, beside the loop: what Server::add_servant() takes instead of a
// servant that runs on it. Only plain (sync) and answer-later servants can: a coroutine has its
// place on the loop, and where it is called on a handler thread the call is answered with -99.
class Handlers {
 public:
  using Factory = UniqueFunction<std::unique_ptr<Servant>()>;

  // `count` threads, each with a servant of its own that only it uses: the servant needs no locks.
  // The factory makes all of them at once, on the loop; the server destroys them.
  static Handlers threads(std::size_t count, Factory factory) {
    return Handlers(count, std::move(factory), nullptr);
  }
  // `count` threads that call one servant at the same time. It outlives the server, and as long as
  // it hangs also that.
  static Handlers shared(std::size_t count, Servant& servant) {
    return Handlers(count, {}, &servant);
  }

  std::size_t count() const { return count_; }
  // Of the next thread: null where all share one.
  std::unique_ptr<Servant> make() { return factory_ ? factory_() : nullptr; }
  Servant* shared_servant() const { return shared_; }

 private:
  Handlers(std::size_t count, Factory factory, Servant* servant)
      : count_(count), factory_(std::move(factory)), shared_(servant) {}

  std::size_t count_;
  Factory factory_;
  Servant* shared_;
};

}  // namespace tarsier
