#include "transport/epoll/host.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "transport/epoll/loop.h"
#include "transport/epoll/system_error.h"

namespace tarsier::epoll {
namespace {

std::string limit_text(rlim_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
}

// Empty unless it is what local_address() looks for.
std::string address_of(const ifaddrs& interface) {
  const bool up = (interface.ifa_flags & IFF_UP) != 0 && (interface.ifa_flags & IFF_LOOPBACK) == 0;
  if (!up || interface.ifa_addr == nullptr || interface.ifa_addr->sa_family != AF_INET) return {};
  const auto* address = reinterpret_cast<const sockaddr_in*>(interface.ifa_addr);
  std::array<char, INET_ADDRSTRLEN> text{};
  const char* written = ::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
  return written == nullptr ? std::string() : std::string(written);
}

}  // namespace

void on_service_signals(
    Loop& loop, UniqueFunction<void(ServiceSignal signal, std::string_view name)> callback) {
  loop.on_signals({SIGINT, SIGTERM, SIGHUP}, [callback = std::move(callback)](int number) mutable {
    if (number == SIGHUP) return callback(ServiceSignal::reopen, "SIGHUP");
    callback(ServiceSignal::stop, number == SIGINT ? "SIGINT" : "SIGTERM");
  });
}

std::string local_address() {
  ifaddrs* all = nullptr;
  std::string found;
  if (::getifaddrs(&all) != 0) return "127.0.0.1";
  for (const ifaddrs* each = all; each != nullptr && found.empty(); each = each->ifa_next)
    found = address_of(*each);
  ::freeifaddrs(all);
  return found.empty() ? "127.0.0.1" : found;
}

std::int32_t process_id() { return static_cast<std::int32_t>(::getpid()); }

void discard_stdout() {
  std::fflush(stdout);
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;  // then it goes where it went
  ::dup2(nowhere, STDOUT_FILENO);
  ::close(nowhere);
}

std::string allow_cores(bool allowed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return file_error(errno, "getrlimit").detail;
  const std::string before = limit_text(limit.rlim_cur);
  limit.rlim_cur = allowed ? limit.rlim_max : 0;
  if (::setrlimit(RLIMIT_CORE, &limit) != 0) return file_error(errno, "setrlimit").detail;
  return "before: " + before + "\nafter: " + limit_text(limit.rlim_cur);
}

}  // namespace tarsier::epoll
