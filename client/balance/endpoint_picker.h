#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/balance/breaker.h"
#include "client/balance/fleet.h"
#include "client/balance/key_ring.h"
#include "client/balance/outcome.h"
#include "client/balance/peak_ewma.h"
#include "client/balance/policy.h"
#include "client/balance/reach.h"
#include "client/balance/rotation.h"
#include "client/balance/slot.h"
#include "client/balance/subset.h"
#include "client/balance/two_choices.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/endpoint.h"

namespace tarsier::balance {

struct PickerOptions {
  Policy policy = Policy::p2c;
  BreakerOptions breaker;
  ReachOptions reach;
  FleetOptions fleet;
  PeakEwmaOptions latency;
  SlowStart slow_start;
  SubsetOptions subset;  // for p2c; the other policies know all endpoints, as in TARS
};

// An endpoint of a picker. Its slot is its own while it is listed and may be another one's later;
// the generation tells the two apart.
struct EndpointId {
  Slot slot = no_slot;
  std::uint32_t generation = 0;
  bool operator==(const EndpointId&) const = default;
};

struct CallInfo {
  TimePoint now;
  std::uint64_t random = 0;           // 64 random bits
  std::optional<std::uint64_t> hash;  // all calls of one hash go to one endpoint
  HashKind kind = HashKind::of_policy;
  EndpointId avoid;  // not this one if there is another: it has just failed the call
};

struct CallEnd {
  Outcome outcome = Outcome::answered;
  TimePoint began;  // as in started()
  TimePoint now;
  std::uint64_t random = 0;
};

// Chooses the endpoint of every call to one object, and remembers how they behave: which are listed
// and in service, which can be reached, whose breaker is open, how fast they are, and how many
// calls are under way. All of it is told by the caller; nothing happens by itself.
//
// While one endpoint can be reached, calls go to no other (fleet.h). So somebody must find out
// whether the others are back: the caller connects to those that reconnect_due() names.
//
// Picking costs the same however many endpoints there are and allocates nothing. What changes an
// endpoint's standing costs time linear in their number, with the next pick.
class EndpointPicker {
 public:
  explicit EndpointPicker(const PickerOptions& options);

  // The endpoints of the object, `active` and `inactive` by the word of the registry. Those that
  // stay keep what is known of them. More than limits::endpoints_max: Code::limit, and nothing
  // changes. Of several with one identity the first counts.
  Result<> set_endpoints(std::span<const Endpoint> active, std::span<const Endpoint> inactive,
                         TimePoint now);

  // Nothing if none is listed.
  std::optional<EndpointId> pick(const CallInfo& call);

  // A call begins on the endpoint that was picked. Each one must be finished.
  void started(EndpointId id, TimePoint now);
  void finished(EndpointId id, const CallEnd& end);

  // A connection was made, or an attempt that began then has failed. (Calls that end as
  // Outcome::refused say the latter too; it counts once.)
  void connected(EndpointId id, TimePoint now);
  void connect_failed(EndpointId id, TimePoint began, TimePoint now, std::uint64_t random);
  // It asked us to go elsewhere, or nothing is heard of it: as if it could not be connected to, for
  // `wait` or longer.
  void leave(EndpointId id, Duration wait, TimePoint now, std::uint64_t random);
  // One to connect to now, whoever calls it; it is not named again before it has failed.
  std::optional<EndpointId> reconnect_due(TimePoint now);
  // When there will be one; no_deadline: not before something happens.
  TimePoint next_reconnect() const;

  struct Status {
    bool in_service = false;  // active in the registry, and not of weight nothing
    bool down = false;        // cannot be connected to
    Breaker::State breaker = Breaker::State::closed;
    bool usable = false;  // may be picked now
    std::uint32_t in_flight = 0;
    Duration latency{};  // an average that remembers peaks
  };
  // Of one that is listed.
  Status status(EndpointId id, TimePoint now);
  std::optional<EndpointId> find(std::string_view identity) const;
  std::size_t size() const { return order_.size(); }
  // Fewer than half of those that can be reached are healthy, so statistics are not heeded.
  bool panic(TimePoint now);

 private:
  struct Record {
    bool listed = false;
    bool active = false;
    bool in_service = false;
    std::uint32_t generation = 0;
    std::int32_t weight = 1;
    std::string host;
    Breaker breaker;
    Reach reach;
    TimePoint slow_since = TimePoint::min();
  };

  Record* record_of(EndpointId id);
  EndpointId id_of(Slot slot) const { return {slot, records_[slot].generation}; }
  Slot make_slot();
  void list(const std::string& identity, const Endpoint& endpoint, bool active, TimePoint now);
  void settle_weights(std::span<const Endpoint> active, TimePoint now);
  void begin_anew(Slot slot, TimePoint now);

  void tell(Slot slot, const BreakerEvent& event);
  void tell(Slot slot, const ReachEvent& event);
  void refresh(TimePoint now);
  Fleet::Member member_of(Slot slot) const;

  Slot in_turn();
  Slot cheaper_of_two(const CallInfo& call);
  Slot by_remainder(std::uint64_t hash);
  Slot on_the_ring(std::uint64_t hash);
  Slot another(Slot avoid, std::uint64_t seed) const;
  const Fleet& fleet_of_two_choices() const;
  std::vector<Slot> by_weight(std::span<const Slot> slots) const;

  const PickerOptions options_;
  std::vector<Record> records_;  // by slot
  std::vector<Slot> free_;
  std::map<std::string, Slot, std::less<>> slots_;  // by identity
  PeakEwma loads_;

  // All by identity.
  std::vector<Slot> order_;  // all that are listed
  std::vector<Slot> in_service_;
  std::vector<Slot> subset_;  // of those in service; empty: there is none
  bool weighted_ = false;     // weights count

  Fleet all_;
  Fleet part_;                          // the subset
  std::vector<Fleet::Member> members_;  // scratch
  bool changed_ = true;                 // something that `all_` stands on
  TimePoint next_change_ = no_deadline;

  // Each is brought up to date when it is needed. Versions count refreshes and lists.
  std::uint64_t version_ = 0;
  std::uint64_t list_version_ = 0;
  Rotation rotation_;
  std::uint64_t rotation_version_ = 0;
  std::uint64_t rotation_list_version_ = 0;
  TwoChoices choices_;
  std::uint64_t choices_version_ = 0;
  std::vector<Slot> home_;  // of hashes
  std::uint64_t home_version_ = 0;
  KeyRing ring_;
  std::vector<Slot> host_slots_;  // by host on the ring: the first that is usable
  std::uint64_t ring_version_ = 0;
  std::uint64_t ring_list_version_ = 0;
};

}  // namespace tarsier::balance
