#include "governance/application/log_file.h"

#include <algorithm>
#include <utility>

#include "transport/base/limits.h"

namespace tarsier::application {
namespace {

constexpr std::size_t write_bytes = std::size_t{256} * 1024;  // of one call, about

}  // namespace

std::string RollingNames::file(std::uint32_t number) const {
  return path + (number == 0 ? "" : std::to_string(number)) + extension;
}

RollingFile::RollingFile(FileSystem& files, RollingNames names)
    : files_(files), names_(std::move(names)), file_(files) {
  names_.files = std::min(names_.files, limits::log_rolled_files_max);
  file_.set_path(names_.file(0));
}

Result<> RollingFile::rotate() {
  file_.reopen();
  if (names_.files <= 1) return files_.remove(names_.file(0));
  for (std::uint32_t number = names_.files - 1; number > 0; --number) {
    auto renamed = files_.rename(names_.file(number - 1), names_.file(number));
    if (!renamed && renamed.code() != Code::not_found) return renamed;
  }
  return {};
}

Result<> RollingFile::make_room(std::uint64_t& size) {
  TARSIER_TRY(size, file_.size());
  if (size < names_.bytes_max) return {};
  if (auto rotated = rotate(); !rotated) {
    // Lines are worth more than a limit that was chosen by hand, but not without end.
    if (size / 2 < names_.bytes_max) return {};
    return rotated;
  }
  TARSIER_TRY(size, file_.size());
  return {};
}

WriteOutcome RollingFile::append(std::span<const LogLine> lines) {
  WriteOutcome outcome;
  while (outcome.written < lines.size()) {
    std::uint64_t size = 0;
    if (auto room = make_room(size); !room) {
      outcome.error = std::move(room).error();
      return outcome;
    }
    const std::uint64_t bytes_max = std::max(names_.bytes_max, size + 1);
    std::string text;
    std::size_t count = 0;
    for (const LogLine& line : lines.subspan(outcome.written)) {
      if (count > 0 && (size + text.size() >= bytes_max || text.size() >= write_bytes)) break;
      text += line.text;
      ++count;
    }
    if (auto written = file_.append(text); !written) {
      outcome.error = std::move(written).error();
      return outcome;
    }
    outcome.written += count;
  }
  return outcome;
}

WriteOutcome TimeFile::append(std::span<const LogLine> lines) {
  WriteOutcome outcome;
  while (outcome.written < lines.size()) {
    const auto rest = lines.subspan(outcome.written);
    const std::int64_t period = name_.period.start(rest.front().local_seconds);
    std::string text;
    std::size_t count = 0;
    for (const LogLine& line : rest) {
      const bool same = name_.period.start(line.local_seconds) == period;
      if (count > 0 && (!same || text.size() >= write_bytes)) break;
      text += line.text;
      ++count;
    }
    file_.set_path(time_log_file(path_, name_, period));
    if (auto written = file_.append(text); !written) {
      outcome.error = std::move(written).error();
      return outcome;
    }
    outcome.written += count;
  }
  return outcome;
}

}  // namespace tarsier::application
