#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "StatF.h"
#include "governance/application/delivery.h"
#include "governance/application/identity.h"
#include "transport/base/error.h"
#include "transport/base/limits.h"

// Call statistics as values (spec §7.11, §8.3): nothing here knows a clock or a network.
namespace tarsier::application {

using StatHead = ::tars::StatMicMsgHead;
using StatBody = ::tars::StatMicMsgBody;
using StatMap = std::map<StatHead, StatBody>;

enum class StatOutcome : std::uint8_t { success, timeout, failure };

// How a caller counts an answer: a success is iRet 0 and nothing else.
StatOutcome client_outcome(Code code);
// How a server counts what it answered: -6 and -7 are timeouts.
StatOutcome server_outcome(Code code);

// Adds one call. Only successes have a time: a call that failed after 3 s says nothing about how
// fast the service is (§9.3 #61). Times of 3 s and more are in no bin. Counts stop at their
// largest value.
void add_call(StatBody& body, StatOutcome outcome, std::int64_t milliseconds);
// As if the calls of `other` had been added to `body` (§9.3 #61). Commutes and associates.
void merge(StatBody& body, const StatBody& other);
// The calls in a body, in whatever way they ended.
std::uint64_t calls_of(const StatBody& body);
std::uint64_t calls_of(const StatMap& map);

// Whom a client called: "App.Server.Obj", where, and in which set that is.
struct StatCallee {
  std::string_view object;
  std::string_view function{};
  std::string_view host{};
  std::int32_t port = 0;
  std::string_view set_division{};
};
// What a client reports about the calls it makes.
StatHead client_head(const Identity& identity, const StatCallee& callee);
// What a server reports about the calls it answers, as "stat_from_server".
StatHead server_head(const Identity& identity, std::string_view function,
                     std::string_view client_host);

// How much room an entry takes in a report: at least what it takes on the wire.
std::size_t report_bytes(const StatHead& head);
// The entries in messages of at most `bytes_max`; a larger entry has a message of its own.
std::vector<StatMap> split(StatMap entries, std::size_t bytes_max);

// Where a caller remembers the entry it adds to, so that a call costs no search and no strings.
struct StatSlot {
  std::uint64_t period = 0;
  StatBody* body = nullptr;
};

// The calls of one side since the last report, by head, in a bounded number of entries.
class StatTable {
 public:
  explicit StatTable(std::size_t entries_max = limits::stat_entries_max)
      : entries_max_(entries_max) {}

  // Adds a call to the entry of make_head(), which is asked once a period and slot.
  template <class MakeHead>
  void add(StatSlot& slot, const MakeHead& make_head, StatOutcome outcome,
           std::int64_t milliseconds) {
    if (slot.period != period_) {
      slot.body = find_or_add(make_head());
      slot.period = period_;
    }
    count(slot.body, outcome, milliseconds);
  }
  void add(const StatHead& head, StatOutcome outcome, std::int64_t milliseconds) {
    count(find_or_add(head), outcome, milliseconds);
  }

  // Everything, to be reported; a new period begins. What becomes of it is told by delivered(),
  // failed() or put_back(), for every call once.
  StatMap take();
  void delivered(std::uint64_t calls) { delivered_ += calls; }
  void failed(std::uint64_t calls) { failed_ += calls; }
  // For what certainly did not arrive. What has no room any more is dropped.
  void put_back(const StatMap& entries);

  std::size_t entries() const { return entries_.size(); }
  // In calls; `full` are calls of heads that had no room.
  DeliveryCounters counters() const;

 private:
  StatBody* find_or_add(const StatHead& head);
  void count(StatBody* body, StatOutcome outcome, std::int64_t milliseconds);

  const std::size_t entries_max_;
  StatMap entries_;
  std::uint64_t period_ = 1;
  std::uint64_t produced_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t full_ = 0;
};

}  // namespace tarsier::application
