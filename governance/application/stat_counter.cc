#include "governance/application/stat_counter.h"

#include "transport/base/limits.h"

namespace tarsier::application {

void StatCounter::call_ended(const EndedCall& call, ObserverNote& note) {
  StatSlot slot{note.period, static_cast<StatBody*>(note.entry)};
  const auto head = [&] {
    StatCallee callee;
    callee.object = call.object;
    callee.function = call.function;
    callee.host = call.callee.host;
    callee.port = call.callee.port;
    callee.set_division = call.callee.set_division;
    return client_head(identity_, callee);
  };
  as_client_.add(slot, head, client_outcome(call.code), to_ms(call.elapsed));
  note.period = slot.period;
  note.entry = slot.body;
}

void StatCounter::call_answered(const AnsweredCall& call) {
  // Names that no servant has are the peers' to choose.
  const auto code = static_cast<Code>(call.ret);
  const std::string_view function = code == Code::no_function ? "(no function)" : call.function;
  const StatOutcome outcome = server_outcome(code);
  const auto head = [&] { return server_head(identity_, function, call.peer.host); };
  const Answered key(function, call.peer.host);
  auto place = answered_.find(key);
  if (place == answered_.end()) {
    // Entries of peers that are gone stay in the way of new ones, which only cost more then.
    if (answered_.size() >= limits::stat_entries_max)
      return as_server_.add(head(), outcome, to_ms(call.elapsed));
    place = answered_.emplace(std::pair<std::string, std::string>(key), StatSlot()).first;
  }
  as_server_.add(place->second, head, outcome, to_ms(call.elapsed));
}

}  // namespace tarsier::application
