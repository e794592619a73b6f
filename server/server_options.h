#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/admission.h"
#include "server/answer_observer.h"
#include "server/filter.h"
#include "server/overload/read_pause.h"
#include "transport/base/limits.h"
#include "transport/base/time.h"

namespace tarsier {

class GreetingTransport;

// What a server allows its peers. The defaults ship (targets/reliability §3.3).
struct ServerOptions {
  std::size_t frame_bytes_max = limits::frame_bytes_default;
  std::size_t connections_max = limits::connections_max;
  std::size_t calls_in_flight_max = limits::calls_in_flight_max;  // per connection; reading pauses
  // What is held for calls in flight, per connection; reading pauses. Each counts for 1 KiB and:
  // one that a Reply answers for its header (names, context, status), since its arguments are the
  // servant's affair; a coroutine for its whole request, since its arguments stay until it ends
  // (decoded, they take at worst limits::decode_amplification times as much).
  std::size_t kept_bytes_max = limits::kept_bytes_max;
  // The same for all calls in flight of the server, those of closed connections too. Further calls
  // are answered with -9 (overload) until some end.
  std::size_t kept_bytes_total_max = limits::kept_bytes_total_max;
  // Answers that the peer does not take. Reading pauses at unsent_bytes_pause. Calls that are in
  // flight by then still answer; how many there are calls_in_flight_max bounds, and how much they
  // may add buffered_bytes_max, so that a burst of answers costs no peer that reads its connection.
  // Above unsent_bytes_max nothing may be pushed, and the peer must take unsent_bytes_pause in each
  // stalled_wait; below, a byte is enough. A peer that takes less is reset.
  std::size_t unsent_bytes_pause = limits::unsent_bytes_pause;
  std::size_t unsent_bytes_max = limits::unsent_bytes_max;
  Duration stalled_wait = limits::stalled_wait;
  // What all connections of the server hold together: frames that have not ended, what was read and
  // waits while reading pauses, answers that are not sent (buffers that grow may have allocated
  // twice as much for those). The connection that would grow beyond it is reset. Half of it is
  // shared out evenly among connections_max: a connection that holds no more than its share, 51 KiB
  // where nothing is changed, is never reset for what others hold. When the rest is half gone,
  // reading pauses at a share of unsent bytes, so that peers who read lose nothing. A server lives
  // on one loop: give each its part, altogether some 25 % of what the machine has.
  std::size_t buffered_bytes_max = limits::buffered_bytes_max;
  Duration silence_wait = limits::header_wait;  // without a byte, inside a frame
  Duration frame_wait = limits::frame_wait;     // from the first byte of a frame to its last
  // Without a byte, between frames, where the endpoint says nothing (-t, see Server::listen).
  Duration idle_wait = limits::idle_wait;
  Duration call_timeout_default = limits::call_timeout_default;  // where iTimeout is 0 or negative
  Duration call_timeout_max = limits::call_timeout_max;
  // Whether calls that are made for the sake of a served one end when that one's caller stops
  // waiting, see ServerCall::hand_on.
  bool hand_on_deadlines = true;
  // The set of this server, "name.area.group": callers that say they are of the same name and
  // another area are answered with -11 (spec §6.8). Empty: everybody may call.
  std::string set_division{};
  // What calls pass through before their servants. Outlives the loop.
  ServerFilters* filters = nullptr;
  AnswerObserver* observer = nullptr;  // hears of every answer; outlives the loop
  // A datagram never answers with more than this many times its size, so that a forged sender
  // address gains nothing. 0: no such limit.
  std::size_t datagram_amplification_max = 3;

  // When reading pauses, on all connections, because refusing calls takes too much of the loop's
  // time.
  ReadPauseOptions read_pause;

  // stop(): how long calls under way may take, and how long a connection must be quiet to be
  // closed before that.
  Duration drain_wait = limits::drain_wait;
  Duration drain_quiet = limits::drain_quiet;
  // Tell peers to reconnect elsewhere when stopping (spec §2.7), but those that speak TUP, whose
  // packets have another shape. TarsGo and Tarsier clients do;
  // clients of TarsCpp that set no push callback close the connection instead.
  bool push_reconnect = false;
};

// What one listener allows its peers where that is not what the server does.
struct ListenerLimits {
  // From 5 bytes to 100 MiB; absent: ServerOptions::frame_bytes_max.
  std::optional<std::size_t> frame_bytes_max;
  // What listens, where Env's transport cannot: at ssl endpoints, and at those with -e 1
  // (docs/security.md). It outlives the server.
  GreetingTransport* through = nullptr;
  // The servant whose keys `through` asks for, where it asks: see ServantOptions::needs_keys.
  std::string keys_of{};
  // Nothing to datagrams, but for the lists of addresses.
  AdmissionRules admission{};
  // After which a connection is closed that has not sent a whole packet; zero: as long as any.
  Duration first_packet_wait{};
};

// The limits that belong to a connection by the listener it came from.
struct SessionLimits {
  Duration idle_wait{};          // zero: never closed for being idle
  Duration first_packet_wait{};  // zero: as long as any
  std::size_t frame_bytes_max = limits::frame_bytes_default;
  std::string_view keys_of{};  // the servant whose keys the peer has shown
};

// What happened, since the start. Plain numbers: they belong to the loop.
struct ServerCounters {
  std::uint64_t accepted = 0;
  std::uint64_t accept_failed = 0;
  std::uint64_t refused_connections_max = 0;  // of the server, its listener, or one address
  std::uint64_t refused_address = 0;          // connections and datagrams, by ListenerLimits
  std::uint64_t calls = 0;                    // well-formed requests, whatever came of them
  std::uint64_t one_way_calls = 0;
  std::uint64_t answers = 0;          // written to a connection
  std::uint64_t errors_answered = 0;  // of those, with another iRet than 0
  std::uint64_t answers_dropped = 0;  // the connection was gone when the answer came
  std::uint64_t one_way_errors = 0;   // errors that nobody reads
  std::uint64_t no_servant = 0;
  std::uint64_t wrong_set = 0;  // -11
  std::uint64_t no_function = 0;
  std::uint64_t expired = 0;     // -6
  std::uint64_t overloaded = 0;  // -9
  // Of calls that could not run at once: those that waited, and those that never ran. The latter
  // are in `overloaded` and `expired` too, but for the last.
  std::uint64_t queued = 0;
  std::uint64_t shed_full = 0;      // -9: too many waited already
  std::uint64_t shed_standing = 0;  // -9: the queue stood, and these had waited longest
  std::uint64_t shed_expired = 0;   // -6: waited too long
  std::uint64_t shed_unwanted = 0;  // their connection was gone when it was their turn
  std::uint64_t version_unknown = 0;
  std::uint64_t exceptions = 0;          // out of user code
  std::uint64_t filters_failed = 0;      // before or after calls, which went on
  std::uint64_t replies_forgotten = 0;   // a Reply was destroyed unsent
  std::uint64_t malformed_requests = 0;  // answered with -1, or dropped if one-way
  std::uint64_t trailing_bytes = 0;      // requests with bytes behind the last field
  std::uint64_t closed_frame_length = 0;
  std::uint64_t closed_no_request =
      0;  // a frame that is no request, so that nobody can be answered
  std::uint64_t closed_silence = 0;
  std::uint64_t closed_slow_frame = 0;
  std::uint64_t closed_idle = 0;
  std::uint64_t closed_no_packet = 0;
  std::uint64_t closed_stalled = 0;
  std::uint64_t closed_unsent_max = 0;
  std::uint64_t closed_buffered_max = 0;
  std::uint64_t ended_inside_frame = 0;
  std::uint64_t paused_in_flight = 0;
  std::uint64_t paused_kept_bytes = 0;
  std::uint64_t paused_unsent = 0;
  std::uint64_t paused_refusing = 0;  // times that all reading paused (read_pause)
  std::uint64_t pushes = 0;
  std::uint64_t pushes_refused = 0;
  std::uint64_t datagrams = 0;
  std::uint64_t datagrams_malformed = 0;
  std::uint64_t datagrams_cut_short = 0;       // calls in flight reached their limit inside
  std::uint64_t datagram_answers_dropped = 0;  // too long, or too much longer than the request
};

}  // namespace tarsier
