#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "client/balance/endpoint_picker.h"
#include "client/balance/policy.h"
#include "client/balance/retry.h"
#include "client/balance/throttle.h"
#include "client/call_observer.h"
#include "client/filter.h"
#include "client/resolver.h"
#include "transport/base/limits.h"
#include "transport/base/time.h"

namespace tarsier {

class GreetingTransport;

struct ClientOptions {
  Duration call_timeout = limits::call_timeout_default;
  Duration connect_timeout = limits::connect_timeout_default;
  std::size_t frame_bytes_max = limits::frame_bytes_default;  // of answers, see ProxyOptions
  std::size_t pending_calls_max = limits::pending_calls_max;  // per connection
  std::size_t queued_bytes_max = limits::unsent_bytes_max;    // per connection; then Code::send
  std::size_t objects_max = limits::objects_max;  // different ones that proxies were asked for
  // Who gets the next call, and who is left alone: of each object by itself.
  balance::PickerOptions balance;
  // How long at least an endpoint that asked us to go elsewhere, or that leaves calls without a
  // word, is passed over while another one is there. Those that cannot be reached: balance.reach.
  Duration retry_wait = limits::retry_wait;
  // How often, and within which budget of the object, a call that failed is sent again. Which may
  // be: CallOptions::idempotent and ::repeat.
  balance::RetryOptions retry;
  // What is kept of the requests of one object for that. Beyond it, and of more than 64 KiB, none
  // is kept, and its call is not repeated.
  std::size_t repeat_bytes_max = 8 * limits::mib;
  // Calls that are not sent because the servant refuses too many; nothing: all are sent.
  std::optional<balance::ThrottleOptions> throttle = balance::ThrottleOptions();
  // A connection on which nothing happens for so long is closed, and made again by the next call:
  // earlier than the server does, whose close a call could meet. Where the endpoint names the
  // server's time (-t), three quarters of that if it is less. Connections of an object with a push
  // callback stay. Zero: all stay.
  Duration idle_wait = limits::client_idle_wait;
  // The set that calls come from, "name.area.group" (spec §6.8); servers refuse callers of other
  // sets. A proxy of Scope::set comes from its own. Empty: none.
  std::string set_division{};
  // What all calls pass through, outside of the filters of their proxies. Outlives the client.
  ClientFilters* filters = nullptr;
  CallObserver* observer = nullptr;  // hears of every call that ended; outlives the client
  // What reaches the endpoints of an object, by its name, where Env's transport does not: ssl ones,
  // and those with -e 1 (docs/security.md). Under "": those of all other objects. They outlive the
  // client.
  std::map<std::string, GreetingTransport*, std::less<>> transports{};
};

// What one proxy wants where that is not what its client does. Proxies of one object that want
// different things have connections of their own.
struct ProxyOptions {
  // Of answers, from 5 bytes to 100 MiB; absent: ClientOptions::frame_bytes_max.
  std::optional<std::size_t> frame_bytes_max;
  // Which endpoints to ask the registry for; nothing to an object that names its endpoints.
  Lookup::Scope scope = Lookup::Scope::same_group;
  ClientFilters* filters = nullptr;  // inside those of the client, which they outlive
  std::string where{};               // a station, or a set: "name.area.group"
  // Absent: ClientOptions::balance.policy.
  std::optional<balance::Policy> policy{};
};

// What happened, since the start. Plain numbers: they belong to the loop.
struct ClientCounters {
  std::uint64_t calls = 0;
  std::uint64_t one_way_calls = 0;
  std::uint64_t one_way_dropped = 0;  // could not even be queued
  std::uint64_t answers = 0;          // that a call waited for
  std::uint64_t errors_answered = 0;  // of those, with another iRet than 0
  std::uint64_t timeouts = 0;
  std::uint64_t answers_unknown = 0;  // late, or never asked for
  std::uint64_t answers_malformed = 0;
  std::uint64_t queue_full = 0;
  std::uint64_t failovers = 0;            // attempts after one that was never sent
  std::uint64_t repeats = 0;              // attempts after one that was
  std::uint64_t repeats_unpaid = 0;       // that were due, but beyond the budget
  std::uint64_t calls_held_back = 0;      // not sent, see ClientOptions::throttle
  std::uint64_t background_connects = 0;  // to endpoints that could not be reached
  std::uint64_t connects = 0;
  std::uint64_t connect_failed = 0;
  std::uint64_t connections_idle = 0;    // closed by us, because nothing happened there
  std::uint64_t connections_lost = 0;    // not closed by us
  std::uint64_t connections_silent = 0;  // replaced: calls timed out and nothing came
  std::uint64_t closed_malformed = 0;    // by us: what came is no stream of answers
  std::uint64_t closed_unknown_flood = 0;
  std::uint64_t reconnects_asked = 0;  // by a server that stops
  std::uint64_t pushes = 0;
  std::uint64_t pushes_dropped = 0;     // no callback, or too many wait for it
  std::uint64_t callbacks_delayed = 0;  // the executor for callbacks was full
  std::uint64_t callbacks_dropped = 0;  // it ended before they ran
  std::uint64_t callbacks_threw = 0;
  std::uint64_t filters_failed = 0;  // before or after calls, which went on
};

}  // namespace tarsier
