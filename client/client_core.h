#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "client/client_options.h"
#include "transport/base/function.h"
#include "transport/env.h"

namespace tarsier {

// What all channels of a client share.
class ClientCore {
 public:
  ClientCore(Env& env, const ClientOptions& options);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  Env& env() const { return env_; }
  const ClientOptions& options() const { return options_; }
  ClientCounters& counters() { return counters_; }
  const ClientCounters& counters() const { return counters_; }
  // Only one channel of a loop reads at a time.
  std::span<std::byte> read_buffer() { return read_buffer_; }

  // Runs `work` beside the loop, then `then` on it. A full executor is asked again until it takes
  // the work; one that ended has it run here, because somebody waits for it.
  void run_beside(Callback work, Callback then = nullptr);
  std::size_t running_beside() const { return running_beside_; }

  // Whether close() of the client has begun: nothing new is started.
  bool closing = false;

 private:
  struct Beside;

  Env& env_;
  const ClientOptions options_;
  ClientCounters counters_;
  std::vector<std::byte> read_buffer_;
  std::size_t running_beside_ = 0;
};

}  // namespace tarsier
