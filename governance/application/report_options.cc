#include "governance/application/report_options.h"

#include <algorithm>

namespace tarsier::application {

ReportOptions bounded(ReportOptions options) {
  constexpr std::size_t bytes_default = 1'400;
  constexpr std::size_t bytes_min = 500;
  options.interval = std::max<Duration>(options.interval, std::chrono::seconds(10));
  options.timeout = std::max<Duration>(options.timeout, std::chrono::seconds(5));
  if (options.message_bytes_max < bytes_min || options.message_bytes_max > bytes_default)
    options.message_bytes_max = bytes_default;
  return options;
}

Duration report_wait(const ReportOptions& options, Random& random, bool first) {
  const std::int64_t interval = options.interval.count();
  if (first) return Duration(random.between(1, interval));
  return Duration(random.between(interval - interval / 10, interval + interval / 10));
}

bool never_served(Code code) {
  return code == Code::connect || code == Code::no_endpoint || code == Code::overload ||
         code == Code::queue_timeout || code == Code::send;
}

}  // namespace tarsier::application
