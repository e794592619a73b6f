#pragma once

#include <cstddef>
#include <cstdint>

#include "transport/base/time.h"

// Every maximum in one place: defaults that ship (targets/reliability §3.3). What a configuration
// may change is a member of some options struct that starts from the value here.
namespace tarsier::limits {

inline constexpr std::size_t kib = 1024;
inline constexpr std::size_t mib = 1024 * kib;

// Frames and bodies (spec §2.1).
inline constexpr std::size_t frame_bytes_min = 5;
inline constexpr std::size_t frame_bytes_default = 10 * mib;
inline constexpr std::size_t frame_bytes_max = 100 * mib;
inline constexpr std::size_t string_bytes_max = 100 * mib;
inline constexpr std::uint32_t depth_max = 64;
inline constexpr std::size_t name_bytes_max = 256;
inline constexpr std::size_t map_entries_max = 128;     // context and status of a packet
inline constexpr std::size_t map_bytes_max = 64 * kib;  // all of one such map together
inline constexpr std::size_t decode_overhead_bytes = 64 * kib;
inline constexpr std::size_t decode_amplification = 16;  // allocation <= overhead + 16 x frame

// Connections.
inline constexpr std::size_t connections_max = 10'240;
inline constexpr std::size_t calls_in_flight_max = 1'024;  // per connection
inline constexpr std::size_t kept_bytes_max = 64 * mib;    // per connection, for calls in flight
inline constexpr std::size_t kept_bytes_total_max = 1024 * mib;  // of all calls of one server
inline constexpr std::size_t kept_call_bytes = 1 * kib;     // what any of them counts for at least
inline constexpr std::size_t unsent_bytes_pause = 1 * mib;  // reading pauses above
inline constexpr std::size_t unsent_bytes_max = 8 * mib;    // a peer must go on taking above
// All connections of one server, which lives on one loop, together. A quarter of 4 GiB: nobody asks
// the machine how much it has, since several loops, and whatever else runs there, share it.
inline constexpr std::size_t buffered_bytes_max = 1024 * mib;
inline constexpr Duration header_wait = std::chrono::seconds(10);
inline constexpr Duration frame_wait = std::chrono::seconds(30);
inline constexpr Duration idle_wait = std::chrono::seconds(60);
inline constexpr Duration stalled_wait = std::chrono::seconds(15);  // nothing taken while paused
inline constexpr Duration drain_wait = std::chrono::seconds(10);
inline constexpr Duration drain_quiet = std::chrono::milliseconds(200);
inline constexpr std::size_t datagram_bytes_max = 65'507;  // what UDP over IPv4 takes
// Of a connection that this side has ended: for how long after the last byte was sent, and for how
// many bytes, what the peer still sends is read and dropped (transport/lingering_close.h).
inline constexpr Duration linger_wait = std::chrono::seconds(2);
inline constexpr std::size_t linger_bytes_max = 1 * mib;
inline constexpr std::size_t read_chunk_bytes = 256 * kib;
inline constexpr std::size_t unknown_replies_per_second_max = 1'000;

// Overload of a servant (server/overload/).
inline constexpr std::size_t handler_queue_default = 1'024;  // calls that wait for a handler thread
inline constexpr std::size_t handler_queue_max = 100'000;    // the same where there is no limit
inline constexpr std::size_t urgent_queue_max = 256;         // of the lane for administration
inline constexpr Duration handler_queue_wait = std::chrono::seconds(10);
inline constexpr std::size_t handler_threads_max = 1'000;  // of one servant
inline constexpr std::size_t in_flight_limit_initial = 20;
inline constexpr std::size_t in_flight_limit_max = 10'000;
inline constexpr Duration codel_interval = std::chrono::milliseconds(100);
inline constexpr Duration codel_target_min = std::chrono::milliseconds(5);
inline constexpr Duration reject_cost = std::chrono::microseconds(2);  // of the loop's time
inline constexpr Duration reject_burst = std::chrono::milliseconds(10);
inline constexpr Duration read_pause = std::chrono::milliseconds(100);  // at most, at a stretch

// Calls.
inline constexpr Duration call_timeout_default = std::chrono::seconds(3);
inline constexpr Duration call_timeout_max = std::chrono::hours(1);
inline constexpr Duration connect_timeout_default = std::chrono::milliseconds(1500);
inline constexpr std::size_t pending_calls_max = 100'000;  // per channel
inline constexpr std::size_t objects_max = 10'000;         // that a client keeps channels to
inline constexpr Duration silence_wait = std::chrono::seconds(3);  // of a peer that was called
// Of a connection of a client: below the 60 s after which servers close theirs, so that no call
// meets a close that is on its way.
inline constexpr Duration client_idle_wait = std::chrono::seconds(45);
inline constexpr Duration retry_wait = std::chrono::seconds(1);  // of an endpoint that refused
inline constexpr std::size_t endpoints_max = 10'000;             // of one object
inline constexpr std::size_t pushes_waiting_max = 1'000;         // for the callback, per object

// Configuration texts (protocol/config).
inline constexpr std::size_t config_bytes_max = 4 * mib;
inline constexpr std::size_t config_line_bytes_max = 1 * mib;  // an endpoint cache has long ones
inline constexpr std::size_t config_items_max = 100'000;       // lines with a key or a domain
inline constexpr std::size_t config_depth_max = 64;

// Choosing an endpoint.
inline constexpr Duration reconnect_wait_min = std::chrono::milliseconds(100);
inline constexpr Duration reconnect_wait_max = std::chrono::seconds(30);

// Logs and reports of an application. Reaching one drops what is newest, and counts it.
inline constexpr std::size_t log_line_bytes_max = 1 * mib;        // the rest of a line is cut off
inline constexpr std::size_t log_queue_lines_max = 100'000;       // per file or remote stream
inline constexpr std::size_t log_queue_bytes_max = 16 * mib;      // the same
inline constexpr std::size_t log_lines_between_threads = 10'000;  // on their way to the loop
inline constexpr std::size_t log_files_max = 128;                 // daily logs by name
inline constexpr std::uint32_t log_rolled_files_max = 1'000;      // of one log
inline constexpr std::size_t log_batch_lines_max = 200;           // of one call to the log server
inline constexpr std::size_t log_batch_bytes_max = 5 * mib;       // the same
inline constexpr std::size_t stat_entries_max = 10'000;           // per side and interval
inline constexpr std::size_t properties_max = 1'000;
inline constexpr std::size_t property_bins_max = 100;
inline constexpr std::size_t notices_waiting_max = 1'000;
inline constexpr std::size_t notice_bytes_max = 16 * kib;
inline constexpr std::size_t config_file_bytes_max = frame_bytes_default;
inline constexpr std::size_t config_loads_max = 64;  // under way or waiting
inline constexpr std::size_t adapters_max = 256;     // that report to the node

}  // namespace tarsier::limits
