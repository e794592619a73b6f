#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tarsier::bench {

// The command line that every client of the bench understands.
struct Options {
  std::uint16_t port = 0;
  int server = 0;  // process whose cost is reported
  std::size_t connections = 1;
  std::size_t in_flight = 1;  // per connection (closed loop)
  std::size_t payload = 64;   // bytes
  double warmup = 0.2;        // seconds
  double seconds = 1.0;
  double rate = 0;       // requests per second; 0: closed loop
  std::size_t idle = 0;  // instead of a load: open this many connections, report memory
};

inline Options parse_options(int count, char** arguments) {
  Options options;
  const auto usage = [&](const char* what) {
    std::fprintf(stderr,
                 "%s: %s\nusage: %s --port N [--server PID] [--connections N] [--in-flight N]"
                 " [--payload BYTES] [--warmup S] [--seconds S] [--rate PER_SECOND] [--idle N]\n",
                 arguments[0], what, arguments[0]);
    std::exit(2);
  };
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count) usage("an option without a value");
    const char* name = arguments[i];
    const double value = std::atof(arguments[i + 1]);
    const auto is = [&](const char* wanted) { return std::strcmp(name, wanted) == 0; };
    if (is("--port"))
      options.port = static_cast<std::uint16_t>(value);
    else if (is("--server"))
      options.server = static_cast<int>(value);
    else if (is("--connections"))
      options.connections = static_cast<std::size_t>(value);
    else if (is("--in-flight"))
      options.in_flight = static_cast<std::size_t>(value);
    else if (is("--payload"))
      options.payload = static_cast<std::size_t>(value);
    else if (is("--warmup"))
      options.warmup = value;
    else if (is("--seconds"))
      options.seconds = value;
    else if (is("--rate"))
      options.rate = value;
    else if (is("--idle"))
      options.idle = static_cast<std::size_t>(value);
    else
      usage("an unknown option");
  }
  if (options.port == 0) usage("--port is missing");
  if (options.connections == 0 || options.in_flight == 0) usage("nothing to do");
  return options;
}

}  // namespace tarsier::bench
