#include "bench/load/usage.h"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace tarsier::bench {
namespace {

std::uint64_t read_clock(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

double microseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

}  // namespace

std::uint64_t now_ns() { return read_clock(CLOCK_MONOTONIC); }

std::uint64_t cpu_ns(pid_t process) {
  clockid_t clock{};
  if (clock_getcpuclockid(process, &clock) != 0) return 0;
  return read_clock(clock);
}

Memory memory_of(pid_t process) {
  Memory memory;
  const std::string path = "/proc/" + std::to_string(process) + "/status";
  std::FILE* status = std::fopen(path.c_str(), "r");
  if (status == nullptr) return memory;
  char line[256];
  while (std::fgets(line, sizeof line, status) != nullptr) {
    std::sscanf(line, "VmRSS: %" SCNu64, &memory.resident_kib);
    std::sscanf(line, "RssAnon: %" SCNu64, &memory.anonymous_kib);
  }
  std::fclose(status);
  return memory;
}

Stretch::Stretch(pid_t server)
    : server_(server),
      begin_ns_(now_ns()),
      server_cpu_begin_(server == 0 ? 0 : cpu_ns(server)),
      client_cpu_begin_(cpu_ns(getpid())) {}

std::string Stretch::report(std::uint64_t requests, std::uint64_t errors,
                            const Histogram& latency) const {
  const std::uint64_t client_cpu = cpu_ns(getpid()) - client_cpu_begin_;
  const std::uint64_t server_cpu = server_ == 0 ? 0 : cpu_ns(server_) - server_cpu_begin_;
  const double seconds = static_cast<double>(now_ns() - begin_ns_) / 1e9;
  const double calls = requests == 0 ? 1.0 : static_cast<double>(requests);
  const Memory memory = server_ == 0 ? Memory() : memory_of(server_);
  char text[1024];
  std::snprintf(text, sizeof text,
                "{\"requests\": %" PRIu64 ", \"errors\": %" PRIu64
                ", \"seconds\": %.6f, \"rate\": %.1f, \"server_cpu_us\": %.5f"
                ", \"client_cpu_us\": %.5f, \"p50_us\": %.3f, \"p90_us\": %.3f, \"p99_us\": %.3f"
                ", \"p999_us\": %.3f, \"max_us\": %.3f, \"server_rss_kib\": %" PRIu64 "}",
                requests, errors, seconds, static_cast<double>(requests) / seconds,
                microseconds(server_cpu) / calls, microseconds(client_cpu) / calls,
                microseconds(latency.percentile(0.5)), microseconds(latency.percentile(0.9)),
                microseconds(latency.percentile(0.99)), microseconds(latency.percentile(0.999)),
                microseconds(latency.max()), memory.resident_kib);
  return text;
}

}  // namespace tarsier::bench
