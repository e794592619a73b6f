#include "sim/scenarios/echo_book.h"

namespace tarsier::sim {
namespace {

// Clients look for expired calls in sweeps that may be some milliseconds apart.
constexpr Duration deadline_slack = std::chrono::milliseconds(25);

std::string call_text(std::uint64_t id) { return "call " + std::to_string(id); }

}  // namespace

std::uint64_t EchoBook::start_call() {
  ++started_;
  entries_.emplace_back();
  return entries_.size();
}

std::uint64_t EchoBook::start_one_way() {
  ++one_way_;
  entries_.emplace_back().one_way = true;
  return entries_.size();
}

void EchoBook::end(const Call& call) {
  Entry& one = entry(call.id);
  if (++one.ended > 1) verdict_.fail(call_text(call.id) + " ended twice");
  const TimePoint latest = std::max(call.deadline, call.resumed_at) + deadline_slack;
  if (call.now > latest) {
    verdict_.fail(call_text(call.id) + " ended " + duration_text(call.now - call.deadline) +
                  " after its deadline");
  }
}

void EchoBook::replied(const Call& call, bool matches) {
  ++replied_;
  end(call);
  if (!matches) verdict_.fail(call_text(call.id) + " got the answer to another call");
  if (entry(call.id).served == 0)
    verdict_.fail(call_text(call.id) + " was answered but never served");
}

void EchoBook::failed(const Call& call, const Error& error) {
  ++(error.code == Code::timeout ? timed_out_ : failed_);
  end(call);
  switch (error.code) {
    case Code::timeout:        // no answer in time
    case Code::closed:         // the connection ended after it was sent
    case Code::queue_timeout:  // expired at the server
    case Code::connect:        // nothing was sent
    case Code::send:           // nor here
    case Code::overload: break;
    default:
      verdict_.fail(call_text(call.id) + " failed with " + error.to_string() +
                    ", which no fault explains");
  }
  const bool never_sent =
      error.code == Code::connect || error.code == Code::send || error.code == Code::overload;
  if (never_sent && entry(call.id).served > 0) {
    verdict_.fail(call_text(call.id) +
                  " ran although its client was told that it never left: " + error.to_string());
  }
}

void EchoBook::lost_with_client(std::uint64_t id) {
  ++lost_;
  if (++entry(id).ended > 1) verdict_.fail(call_text(id) + " ended before its client died");
}

std::uint32_t EchoBook::serve(std::uint64_t id) {
  if (id == 0 || id > entries_.size()) {
    verdict_.fail("a server was asked for call " + std::to_string(id) + ", which nobody made");
    return 0;
  }
  Entry& one = entry(id);
  if (one.one_way) ++one_way_served_;
  if (++one.served > 1) verdict_.fail(call_text(id) + " ran twice");
  return one.served;
}

void EchoBook::check_balance() {
  std::uint64_t open = 0;
  for (const Entry& one : entries_)
    if (!one.one_way && one.ended == 0) ++open;
  if (open > 0) verdict_.fail(std::to_string(open) + " calls never ended");
  if (started_ != replied_ + failed_ + timed_out_ + lost_ + open)
    verdict_.fail("the calls that were started are not those that ended");
}

std::vector<std::pair<std::string, std::uint64_t>> EchoBook::counts() const {
  return {{"calls", started_},
          {"replied", replied_},
          {"failed", failed_},
          {"timed out", timed_out_},
          {"lost with client", lost_},
          {"one-way calls", one_way_},
          {"one-way served", one_way_served_}};
}

}  // namespace tarsier::sim
