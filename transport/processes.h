#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "transport/base/result.h"
#include "transport/completion.h"

namespace tarsier {

struct SpawnOptions {
  std::vector<std::string> argv;         // argv[0] is the path of the program; never a shell
  std::vector<std::string> environment;  // "NAME=value", complete
  std::string working_directory;
  std::string output_path;  // stdout and stderr are appended here; empty: discarded
  bool own_process_group = true;
};

struct ExitStatus {
  int exit_code = 0;  // meaningful if signal == 0
  int signal = 0;
};

// Identifies a process across restarts of its observer: pids are reused, (pid, start time) is not.
struct ProcessId {
  std::int64_t pid = 0;
  std::uint64_t start_time = 0;  // clock ticks since boot, as /proc/<pid>/stat has it
  bool operator==(const ProcessId&) const = default;
};

class Process {
 public:
  virtual ~Process() = default;  // does not end the process
  virtual ProcessId id() const = 0;
  // To the process, or to its whole group. not_found: it is gone already.
  virtual Result<> signal(int number, bool whole_group) = 0;
  virtual void start_wait_exit(Completion<ExitStatus>& done) = 0;
  // Ends a pending wait with Code::closed.
  virtual void stop_watching() = 0;
};

class Processes {
 public:
  virtual ~Processes() = default;
  // Errors: not_found (no such program), denied, limit, malformed (not an executable).
  virtual Result<std::unique_ptr<Process>> spawn(const SpawnOptions& options) = 0;
  // A process that runs already; not_found unless pid and start time both match. Its exit code
  // is unknown to a stranger: {exit_code = -1}.
  virtual Result<std::unique_ptr<Process>> adopt(ProcessId id) = 0;
};

}  // namespace tarsier
