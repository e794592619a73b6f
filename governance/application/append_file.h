#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "transport/files.h"

namespace tarsier::application {

// A file that whole lines are appended to, made with its directories when it is missing. What could
// not be written leaves no half line behind. Blocks like the disk: for use beside the loop.
class AppendFile {
 public:
  explicit AppendFile(FileSystem& files) : files_(files) {}

  // Which file append() means; another one closes what is open.
  void set_path(std::string_view path);
  const std::string& path() const { return path_; }
  // Someone may have moved or removed the file: the next use opens it by its name.
  void reopen() { file_.reset(); }

  // The bytes in it, as others may have left them too.
  Result<std::uint64_t> size();
  // All of `lines`, or an error and nothing of them.
  Result<> append(std::string_view lines);

 private:
  Result<> open();
  Result<> make_directories();

  FileSystem& files_;
  std::string path_;
  std::unique_ptr<File> file_;
  bool torn_ = false;  // it ends in the middle of a line, and could not be shortened
};

}  // namespace tarsier::application
