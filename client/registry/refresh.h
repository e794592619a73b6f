#pragma once

#include <cstdint>
#include <string>

#include "client/resolver.h"
#include "transport/base/error.h"
#include "transport/base/time.h"

// When to ask the registry about one object, and what to believe (spec §6.4, §9.3 #33, #44, #51).
// Pure: the shell (registry.h) asks, keeps files and tells watchers.
namespace tarsier {

struct RefreshOptions {
  Duration interval = std::chrono::seconds(60);
  std::uint32_t jitter_percent = 20;  // of every wait, so that a fleet does not ask in step
  Duration empty_wait = std::chrono::seconds(10);   // after an answer without active endpoints
  Duration failure_wait = std::chrono::seconds(2);  // after one of the first failures in a row
  Duration outage_wait = std::chrono::seconds(30);  // after more than that
  std::uint32_t failures_patient = 3;
  Duration doubt_wait = std::chrono::seconds(2);  // between questions that doubts bring on
};

// What is known of one object, and since when.
struct ResolvedObject {
  EndpointLists lists;
  std::uint64_t version = 0;  // of the lists; 0: there were never any
  bool from_cache = false;    // no registry has confirmed them yet
  bool asking = false;
  std::uint32_t failures = 0;  // in a row
  TimePoint ask_at;            // not before
  TimePoint asked_at;          // the last question
  TimePoint confirmed_at;      // the last answer that was believed
  std::uint64_t answers_empty = 0;
};

struct RefreshEvent {
  enum class Kind : std::uint8_t {
    used,      // a call wants the object
    doubted,   // one of its endpoints could not be reached
    answered,  // `lists`
    failed,    // no answer, or none that makes sense
    cached,    // `lists`, from the file of an earlier run
  };
  Kind kind;
  TimePoint now;
  std::uint64_t chance = 0;  // 64 random bits, for the jitter
  EndpointLists lists;
};

// What the shell does about it.
struct RefreshEffects {
  bool ask = false;
  bool tell_lists = false;       // to the watchers; `lists` changed
  bool tell_unresolved = false;  // there is no list, and that was one more try
  bool settled = false;          // with it: waiting is no use (Resolver::Watcher)
  bool store = false;            // to the cache file
};

RefreshEffects step(ResolvedObject& object, RefreshEvent event, const RefreshOptions& options);

}  // namespace tarsier
