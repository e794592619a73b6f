#include "governance/application/stat_table.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tarsier::application {
namespace {

constexpr std::array<std::int32_t, 9> bins = {5, 10, 50, 100, 200, 500, 1000, 2000, 3000};
constexpr std::size_t name_bytes_max = 127;
constexpr std::size_t host_bytes_max = 50;

template <class T>
T add_up(T a, T b) {
  T sum;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<T>::max() : sum;
}

std::string cut(std::string_view text, std::size_t bytes_max) {
  return std::string(text.substr(0, bytes_max));
}

std::string with_set(std::string module, const std::optional<SetName>& set) {
  return set ? module + "." + set->concatenated() : module;
}

void name_set(StatHead& head, const std::optional<SetName>& set) {
  if (!set) return;
  head.slaveSetName = set->name;
  head.slaveSetArea = set->area;
  head.slaveSetID = set->group;
}

// "App.Server" of "App.Server.Obj".
std::string_view module_of(std::string_view object) {
  const std::size_t first = object.find('.');
  return first == std::string_view::npos ? object : object.substr(0, object.find('.', first + 1));
}

}  // namespace

StatOutcome client_outcome(Code code) {
  if (code == Code::ok) return StatOutcome::success;
  return code == Code::timeout ? StatOutcome::timeout : StatOutcome::failure;
}

StatOutcome server_outcome(Code code) {
  return code == Code::queue_timeout ? StatOutcome::timeout : client_outcome(code);
}

void add_call(StatBody& body, StatOutcome outcome, std::int64_t milliseconds) {
  if (body.intervalCount.empty()) {
    for (const std::int32_t bin : bins) body.intervalCount[bin] = 0;
  }
  if (outcome == StatOutcome::timeout) {
    body.timeoutCount = add_up(body.timeoutCount, 1);
    return;
  }
  if (outcome == StatOutcome::failure) {
    body.execCount = add_up(body.execCount, 1);
    return;
  }
  const auto time = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(milliseconds, 0, std::numeric_limits<std::int32_t>::max()));
  const bool first = body.count == 0;
  body.count = add_up(body.count, 1);
  body.totalRspTime = add_up(body.totalRspTime, std::int64_t{time});
  body.maxRspTime = std::max(body.maxRspTime, time);
  body.minRspTime = first ? time : std::min(body.minRspTime, time);
  const auto bin = std::upper_bound(bins.begin(), bins.end(), time);
  if (bin != bins.end()) {
    std::int32_t& calls = body.intervalCount[*bin];
    calls = add_up(calls, 1);
  }
}

void merge(StatBody& body, const StatBody& other) {
  if (other.count > 0) {
    body.maxRspTime = std::max(body.maxRspTime, other.maxRspTime);
    body.minRspTime =
        body.count > 0 ? std::min(body.minRspTime, other.minRspTime) : other.minRspTime;
  }
  body.count = add_up(body.count, other.count);
  body.timeoutCount = add_up(body.timeoutCount, other.timeoutCount);
  body.execCount = add_up(body.execCount, other.execCount);
  body.totalRspTime = add_up(body.totalRspTime, other.totalRspTime);
  for (const auto& [bin, calls] : other.intervalCount) {
    std::int32_t& ours = body.intervalCount[bin];
    ours = add_up(ours, calls);
  }
}

std::uint64_t calls_of(const StatBody& body) {
  std::uint64_t calls = 0;
  for (const std::int32_t part : {body.count, body.timeoutCount, body.execCount})
    calls += static_cast<std::uint64_t>(part);
  return calls;
}

std::uint64_t calls_of(const StatMap& map) {
  std::uint64_t calls = 0;
  for (const auto& [head, body] : map) calls += calls_of(body);
  return calls;
}

StatHead client_head(const Identity& identity, const StatCallee& callee) {
  StatHead head;
  std::string master = with_set(identity.module(), identity.set());
  if (!identity.runtime_version.empty()) master += "@" + identity.runtime_version;
  const auto set = parse_set_name(callee.set_division);
  head.masterName = cut(master, name_bytes_max);
  head.slaveName = cut(with_set(std::string(module_of(callee.object)), set), name_bytes_max);
  head.interfaceName = cut(callee.function, name_bytes_max);
  head.masterIp = cut(identity.node_name, host_bytes_max);
  head.slaveIp = cut(callee.host, host_bytes_max);
  head.slavePort = callee.port;
  name_set(head, set);
  return head;
}

StatHead server_head(const Identity& identity, std::string_view function,
                     std::string_view client_host) {
  StatHead head;
  const auto set = identity.set();
  head.masterName = "stat_from_server";
  head.slaveName = cut(with_set(identity.module(), set), name_bytes_max);
  head.interfaceName = cut(function, name_bytes_max);
  head.masterIp = cut(client_host, host_bytes_max);
  head.slaveIp = cut(identity.node_name, host_bytes_max);
  name_set(head, set);
  return head;
}

std::size_t report_bytes(const StatHead& head) {
  constexpr std::size_t numbers = 160;  // upstream reckons 100; a busy service takes more
  return numbers + head.masterName.size() + head.slaveName.size() + head.interfaceName.size() +
         head.masterIp.size() + head.slaveIp.size() + head.slaveSetName.size() +
         head.slaveSetArea.size() + head.slaveSetID.size() + head.tarsVersion.size();
}

std::vector<StatMap> split(StatMap entries, std::size_t bytes_max) {
  std::vector<StatMap> messages;
  std::size_t bytes = 0;
  while (!entries.empty()) {
    const std::size_t next = report_bytes(entries.begin()->first);
    if (messages.empty() || next > bytes_max || bytes > bytes_max - next) {
      messages.emplace_back();
      bytes = 0;
    }
    bytes += next;
    messages.back().insert(entries.extract(entries.begin()));
  }
  return messages;
}

StatBody* StatTable::find_or_add(const StatHead& head) {
  const auto known = entries_.find(head);
  if (known != entries_.end()) return &known->second;
  if (entries_.size() >= entries_max_) return nullptr;
  return &entries_[head];
}

void StatTable::count(StatBody* body, StatOutcome outcome, std::int64_t milliseconds) {
  ++produced_;
  if (body == nullptr) {
    ++full_;
  } else {
    add_call(*body, outcome, milliseconds);
  }
}

StatMap StatTable::take() {
  ++period_;
  return std::exchange(entries_, {});
}

void StatTable::put_back(const StatMap& entries) {
  for (const auto& [head, body] : entries) {
    if (StatBody* ours = find_or_add(head)) {
      merge(*ours, body);
    } else {
      full_ += calls_of(body);
    }
  }
}

DeliveryCounters StatTable::counters() const {
  DeliveryCounters counters;
  counters.produced = produced_;
  counters.delivered = delivered_;
  counters.full = full_;
  counters.failed = failed_;
  counters.pending = produced_ - delivered_ - full_ - failed_;
  return counters;
}

}  // namespace tarsier::application
