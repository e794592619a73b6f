#include "transport/files.h"

#include <string>
#include <utility>

namespace tarsier {

Result<Bytes> read_file(FileSystem& files, std::string_view path, std::size_t bytes_max) {
  TARSIER_TRY(const auto file, files.open(path, OpenMode::read));
  TARSIER_TRY(const std::uint64_t size, file->size());
  if (size > bytes_max) {
    return Error(Code::limit, std::string(path) + " has " + std::to_string(size) +
                                  " bytes; at most " + std::to_string(bytes_max) + " are read");
  }
  // The file may grow meanwhile: what was there at the start is what is returned.
  ByteBuffer content(size);
  const std::span<std::byte> into(content.prepare(size), size);
  TARSIER_TRY(const std::size_t taken, file->read_at(0, into));
  content.commit(taken);
  return content.take();
}

namespace {

Result<> write_and_sync(FileSystem& files, std::string_view path,
                        std::span<const std::byte> content) {
  TARSIER_TRY(const auto file, files.open(path, OpenMode::create));
  // A crashed predecessor may have left it longer.
  TARSIER_TRY_VOID(file->truncate(0));
  TARSIER_TRY_VOID(file->write_at(0, content));
  return file->sync();
}

}  // namespace

Result<> write_file_atomically(FileSystem& files, std::string_view path,
                               std::span<const std::byte> content) {
  const std::size_t slash = path.rfind('/');
  const std::string directory(slash == std::string_view::npos ? "."
                              : slash == 0                    ? "/"
                                                              : path.substr(0, slash));
  const std::string temporary = std::string(path) + ".tmp";
  if (auto written = write_and_sync(files, temporary, content); !written) {
    // Best effort: the error that matters is the first one.
    (void)files.remove(temporary);
    return written;
  }
  if (auto renamed = files.rename(temporary, path); !renamed) {
    (void)files.remove(temporary);
    return renamed;
  }
  return files.sync_directory(directory);
}

}  // namespace tarsier
