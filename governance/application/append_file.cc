#include "governance/application/append_file.h"

#include <utility>

namespace tarsier::application {

void AppendFile::set_path(std::string_view path) {
  if (path == path_) return;
  path_ = path;
  file_.reset();
  torn_ = false;
}

Result<> AppendFile::make_directories() {
  for (std::size_t slash = path_.find('/', 1); slash != std::string::npos;
       slash = path_.find('/', slash + 1)) {
    auto made = files_.make_directory(std::string_view(path_).substr(0, slash));
    if (!made && made.code() != Code::exists) return made;
  }
  return {};
}

Result<> AppendFile::open() {
  if (file_ != nullptr) return {};
  auto opened = files_.open(path_, OpenMode::create);
  if (opened.code() == Code::not_found) {
    TARSIER_TRY_VOID(make_directories());
    opened = files_.open(path_, OpenMode::create);
  }
  if (!opened) return std::move(opened).error();
  file_ = std::move(opened).value();
  return {};
}

Result<std::uint64_t> AppendFile::size() {
  TARSIER_TRY_VOID(open());
  return file_->size();
}

Result<> AppendFile::append(std::string_view lines) {
  // Others may append too, or have shortened it.
  TARSIER_TRY(const std::uint64_t end, size());
  std::string after_a_break;
  if (torn_) {
    after_a_break.append("\n").append(lines);
    lines = after_a_break;
  }
  auto written = file_->write_at(end, as_bytes(lines));
  if (written) {
    torn_ = false;
    return {};
  }
  // Shortening needs no space. If even that fails, what is there ends where the next line begins.
  const auto left = file_->size();
  const bool whole = (left.ok() && *left <= end) || file_->truncate(end).ok();
  if (!whole) torn_ = true;
  file_.reset();
  return written;
}

}  // namespace tarsier::application
