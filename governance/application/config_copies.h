#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transport/files.h"

namespace tarsier::application {

// The copies of configuration files that a service keeps, so that it can start while the config
// service is away (spec §7.13): `<basepath>/<file>`, and what it was before as .1.bak … .5.bak.
// At every moment, also after a crash, `<file>` is one whole version. Blocks like the disk.
class ConfigCopies {
 public:
  static constexpr int backups = 5;

  ConfigCopies(FileSystem& files, std::string base_path);

  std::string path(std::string_view file) const { return base_path_ + std::string(file); }
  // True: it was new or different. `unix_time` names the temporary file.
  Result<bool> store(std::string_view file, std::string_view content, std::int64_t unix_time);
  // Whether there is a copy.
  bool has(std::string_view file);

 private:
  Result<> write_new(const std::string& path, std::string_view content);
  void keep_previous(const std::string& path, std::string_view content);

  FileSystem& files_;
  std::string base_path_;  // with a slash at its end
};

}  // namespace tarsier::application
