#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "governance/application/append_file.h"
#include "governance/application/log_line.h"
#include "governance/application/log_name.h"
#include "transport/base/error.h"
#include "transport/files.h"

namespace tarsier::application {

// What became of some lines: the first `written` are in the file, and if that is not all of them,
// why the others never will be.
struct WriteOutcome {
  std::size_t written = 0;
  std::optional<Error> error;
};

// Where the lines of one log end up. Used by one thread at a time, beside the loop.
class LineFile {
 public:
  virtual ~LineFile() = default;
  virtual WriteOutcome append(std::span<const LogLine> lines) = 0;
  // The next append opens the file by its name: somebody may have moved it.
  virtual void reopen() = 0;
};

struct RollingNames {
  std::string path;                     // without number and extension
  std::string extension = ".log";       // after them
  std::uint64_t bytes_max = 50u << 20;  // logsize
  std::uint32_t files = 10;             // lognum: the one that is written to, and its elders

  // "App.Server.log", then "App.Server1.log" … "App.Server9.log", the oldest.
  std::string file(std::uint32_t number) const;
};

// A log of bounded size (spec §7.10): a file that has reached `bytes_max` becomes number 1, number
// 1 becomes 2, and so on; the last goes. The size is looked at before every line, so that a file is
// too large by less than one line (§9.3 #84). A file that cannot be renamed grows to twice its size
// and takes no more.
class RollingFile final : public LineFile {
 public:
  RollingFile(FileSystem& files, RollingNames names);

  WriteOutcome append(std::span<const LogLine> lines) override;
  void reopen() override { file_.reopen(); }

 private:
  Result<> make_room(std::uint64_t& size);
  Result<> rotate();

  FileSystem& files_;
  RollingNames names_;
  AppendFile file_;
};

// A log with a file for every period (spec §7.10), which the time of each line decides.
class TimeFile final : public LineFile {
 public:
  // `path`: time_log_path().
  TimeFile(FileSystem& files, std::string path, TimeLogName name)
      : path_(std::move(path)), name_(std::move(name)), file_(files) {}

  WriteOutcome append(std::span<const LogLine> lines) override;
  void reopen() override { file_.reopen(); }

 private:
  const std::string path_;
  const TimeLogName name_;
  AppendFile file_;
};

}  // namespace tarsier::application
