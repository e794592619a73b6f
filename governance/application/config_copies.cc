#include "governance/application/config_copies.h"

#include <utility>

#include "transport/base/limits.h"

namespace tarsier::application {

ConfigCopies::ConfigCopies(FileSystem& files, std::string base_path)
    : files_(files), base_path_(base_path.empty() ? "." : std::move(base_path)) {
  if (base_path_.back() != '/') base_path_.push_back('/');
}

bool ConfigCopies::has(std::string_view file) {
  const auto info = files_.info(path(file));
  return info.ok() && !info->directory;
}

Result<> ConfigCopies::write_new(const std::string& path, std::string_view content) {
  TARSIER_TRY(const auto file, files_.open(path, OpenMode::create));
  TARSIER_TRY_VOID(file->truncate(0));
  TARSIER_TRY_VOID(file->write_at(0, as_bytes(content)));
  return file->sync();
}

// Best effort: a new version matters more than old ones.
void ConfigCopies::keep_previous(const std::string& path, std::string_view content) {
  const auto backup = [&path](int number) { return path + "." + std::to_string(number) + ".bak"; };
  for (int number = backups; number > 1; --number)
    (void)files_.rename(backup(number - 1), backup(number));
  // A copy and not the file itself, which must not be missing for a moment.
  if (!write_new(backup(1), content)) (void)files_.remove(backup(1));
}

Result<bool> ConfigCopies::store(std::string_view file, std::string_view content,
                                 std::int64_t unix_time) {
  const std::string target = path(file);
  const auto before = read_file(files_, target, limits::config_file_bytes_max);
  if (before.ok() && before->text() == content) return false;
  const std::string temporary = target + "." + std::to_string(unix_time);
  if (auto written = write_new(temporary, content); !written) {
    (void)files_.remove(temporary);
    return std::move(written).error();
  }
  if (before) keep_previous(target, before->text());
  if (auto renamed = files_.rename(temporary, target); !renamed) {
    (void)files_.remove(temporary);
    return std::move(renamed).error();
  }
  TARSIER_TRY_VOID(files_.sync_directory(base_path_));
  return true;
}

}  // namespace tarsier::application
