#pragma once

#include <cstddef>

#include "transport/base/error.h"
#include "transport/base/random.h"
#include "transport/base/time.h"

// What reports that are sent at intervals have in common. Pure.
namespace tarsier::application {

struct ReportOptions {
  ReportOptions() {}
  Duration interval = std::chrono::seconds(60);  // report-interval; at least 10 s
  Duration timeout = std::chrono::seconds(5);    // report-timeout, of one message
  std::size_t message_bytes_max = 1'400;         // max-report-size; 500 … 1400
};
// With the bounds of spec §5.3: what lies outside becomes the nearest or, for the size, 1400.
ReportOptions bounded(ReportOptions options);
// When to report next: the interval, give or take a tenth, so that the processes of a platform do
// not all report at once; the first time, any moment within it.
Duration report_wait(const ReportOptions& options, Random& random, bool first);

// Whether a call that failed with this code certainly was not served, so that what it carried may
// be sent again.
bool never_served(Code code);

}  // namespace tarsier::application
