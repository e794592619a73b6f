#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario.h"
#include "transport/base/error.h"
#include "transport/base/time.h"

namespace tarsier::sim {

// The oracles of remote calls, and the accounts they are kept with. One book for the whole run: it
// sees every client and every server, which nobody inside the world can.
//
//   - a reply answers its request;
//   - a call that was started ends exactly once, unless its client died;
//   - it ends by its deadline, and a timeout does not come before it;
//   - no call runs twice;
//   - started = replied + failed + timed out + lost with their client.
class EchoBook {
 public:
  explicit EchoBook(Verdict& verdict) : verdict_(verdict) {}

  struct Call {
    std::uint64_t id = 0;
    TimePoint deadline{};
    TimePoint now{};         // when it ended
    TimePoint resumed_at{};  // of its node: what was due in a pause ends when the pause ends
  };

  // Ids count from 1.
  std::uint64_t start_call();
  std::uint64_t start_one_way();
  void replied(const Call& call, bool matches);
  void failed(const Call& call, const Error& error);
  void lost_with_client(std::uint64_t id);
  // On a server. How often it has run now.
  std::uint32_t serve(std::uint64_t id);

  // At the end, when no client waits any more.
  void check_balance();

  std::uint64_t started() const { return started_; }
  std::uint64_t replies() const { return replied_; }
  std::vector<std::pair<std::string, std::uint64_t>> counts() const;

 private:
  struct Entry {
    bool one_way = false;
    std::uint8_t ended = 0;
    std::uint8_t served = 0;
  };
  void end(const Call& call);
  Entry& entry(std::uint64_t id) { return entries_[id - 1]; }

  Verdict& verdict_;
  std::vector<Entry> entries_;
  std::uint64_t started_ = 0;
  std::uint64_t one_way_ = 0;
  std::uint64_t one_way_served_ = 0;
  std::uint64_t replied_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t timed_out_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace tarsier::sim
