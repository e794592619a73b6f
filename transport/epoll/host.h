#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transport/base/function.h"

// What a program asks of the machine and of its own process, once: no part of an Env.
namespace tarsier::epoll {

class Loop;

// What a signal means to a service. SIGINT and SIGTERM: stop; SIGHUP: open the logs again.
enum class ServiceSignal : std::uint8_t { stop, reopen };
// `callback` runs on the loop, which takes signals once (Loop::on_signals).
void on_service_signals(Loop& loop,
                        UniqueFunction<void(ServiceSignal signal, std::string_view name)> callback);

// The first IPv4 address of an interface that is up and no loopback; "127.0.0.1" without one.
std::string local_address();

std::int32_t process_id();

// From now on what is printed goes nowhere (`closecout`). Standard error stays.
void discard_stdout();

// Whether the process may leave a core behind when it crashes: RLIMIT_CORE is raised to what is
// allowed, or set to 0. Returns the limits before and after, "unlimited" or in bytes, or why not.
std::string allow_cores(bool allowed);

}  // namespace tarsier::epoll
