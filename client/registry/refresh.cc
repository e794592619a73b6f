#include "client/registry/refresh.h"

#include <algorithm>
#include <utility>

namespace tarsier {
namespace {

// `wait` ± jitter_percent.
Duration jittered(Duration wait, std::uint64_t chance, std::uint32_t jitter_percent) {
  constexpr std::uint64_t steps = 1 << 16;
  const auto span = wait.count() / 100 * static_cast<std::int64_t>(jitter_percent);
  const auto place = static_cast<std::int64_t>(chance % steps);
  return wait - Duration(span) + Duration(2 * span / static_cast<std::int64_t>(steps) * place);
}

void answered(ResolvedObject& object, RefreshEvent& event, const RefreshOptions& options,
              RefreshEffects& effects) {
  object.asking = false;
  object.failures = 0;
  const bool empty = event.lists.active.empty();
  object.ask_at = deadline_after(event.now, jittered(empty ? options.empty_wait : options.interval,
                                                     event.chance, options.jitter_percent));
  if (empty) {
    // A registry that has just restarted knows nobody. What was there is a better guess.
    ++object.answers_empty;
    effects.tell_unresolved = effects.settled = object.version == 0;
    return;
  }
  object.confirmed_at = event.now;
  const bool changed = object.version == 0 || object.lists != event.lists;
  effects.store = changed || object.from_cache;
  object.from_cache = false;
  if (!changed) return;
  object.lists = std::move(event.lists);
  ++object.version;
  effects.tell_lists = true;
}

void failed(ResolvedObject& object, const RefreshEvent& event, const RefreshOptions& options,
            RefreshEffects& effects) {
  object.asking = false;
  if (object.failures < UINT32_MAX) ++object.failures;
  const bool outage = object.failures > options.failures_patient;
  object.ask_at =
      deadline_after(event.now, jittered(outage ? options.outage_wait : options.failure_wait,
                                         event.chance, options.jitter_percent));
  effects.tell_unresolved = object.version == 0;
  effects.settled = effects.tell_unresolved && outage;
}

}  // namespace

RefreshEffects step(ResolvedObject& object, RefreshEvent event, const RefreshOptions& options) {
  RefreshEffects effects;
  switch (event.kind) {
    case RefreshEvent::Kind::doubted:
      // Doubts shorten a long wait, not the one after a failure.
      if (object.failures == 0)
        object.ask_at =
            std::min(object.ask_at, deadline_after(object.asked_at, options.doubt_wait));
      [[fallthrough]];
    case RefreshEvent::Kind::used:
      if (object.asking || event.now < object.ask_at) break;
      object.asking = true;
      object.asked_at = event.now;
      effects.ask = true;
      break;
    case RefreshEvent::Kind::answered: answered(object, event, options, effects); break;
    case RefreshEvent::Kind::failed: failed(object, event, options, effects); break;
    case RefreshEvent::Kind::cached:
      // Never over what a registry said.
      if (object.version != 0 || event.lists.active.empty()) break;
      object.lists = std::move(event.lists);
      object.version = 1;
      object.from_cache = true;
      effects.tell_lists = true;
      break;
  }
  return effects;
}

}  // namespace tarsier
