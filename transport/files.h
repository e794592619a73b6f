#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/bytes.h"
#include "transport/base/result.h"

namespace tarsier {

struct FileInfo {
  std::uint64_t bytes = 0;
  bool directory = false;
  bool symlink = false;
  std::uint32_t mode = 0;  // permission bits
  std::int64_t modified_wall_ms = 0;
};

enum class OpenMode : std::uint8_t {
  read,            // must exist
  write_existing,  // read and write; must exist
  create,          // read and write; made if missing
  create_new,      // read and write; Code::exists if there already
};

// An open file. Calls block for as long as the device takes: run long work through Blocking.
class File {
 public:
  virtual ~File() = default;
  // Fewer bytes than asked for only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;
  // All or an error (no_space, io); after an error the range may be partly written.
  virtual Result<> write_at(std::uint64_t offset, std::span<const std::byte> from) = 0;
  virtual Result<> truncate(std::uint64_t bytes) = 0;
  // After success the content survives a power loss. An error is final: the data may be gone, and a
  // second sync() that succeeds proves nothing.
  virtual Result<> sync() = 0;
  virtual Result<std::uint64_t> size() = 0;
};

// Paths are absolute or relative to the working directory of the node; '/' separates.
//
// Errors, the same in every backend (Linux errno in brackets):
//   not_found  no such file (ENOENT), or a part of the path is no directory (ENOTDIR)
//   exists     the name is taken (EEXIST), or the directory is not empty (ENOTEMPTY)
//   denied     permissions (EACCES, EPERM, EROFS, EBUSY), or a directory where a file is needed
//   (EISDIR) malformed  the call makes no sense: a directory into itself, read_link of no link
//   (EINVAL) limit      a name or a chain of links is too long (ENAMETOOLONG, ELOOP) no_space
//   (ENOSPC, EDQUOT), no_descriptors (EMFILE, ENFILE), io (everything else)
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(std::string_view path, OpenMode mode) = 0;
  virtual Result<FileInfo> info(std::string_view path) = 0;  // of the link itself
  virtual Result<std::vector<std::string>> list(std::string_view directory) = 0;  // names, sorted
  virtual Result<> make_directory(std::string_view path) = 0;
  virtual Result<> remove(std::string_view path) = 0;  // a file, a link or an empty directory
  virtual Result<> rename(std::string_view from, std::string_view to) = 0;  // replaces atomically
  virtual Result<> link_symbolic(std::string_view target, std::string_view path) = 0;
  virtual Result<std::string> read_link(std::string_view path) = 0;
  virtual Result<> set_mode(std::string_view path, std::uint32_t mode) = 0;
  // Makes creations, renames and removals in the directory survive a power loss.
  virtual Result<> sync_directory(std::string_view path) = 0;
};

// The whole file; Code::limit if it is larger than `bytes_max`.
Result<Bytes> read_file(FileSystem& files, std::string_view path, std::size_t bytes_max);
// Readers see the old content or the new, also across a power loss: temporary file in the same
// directory, sync, rename, sync of the directory. One writer of a path at a time: the temporary
// file is `path` + ".tmp". After an error the old content is still there, unless it is the last
// sync that failed: then the new content is, but may not survive a power loss.
Result<> write_file_atomically(FileSystem& files, std::string_view path,
                               std::span<const std::byte> content);

}  // namespace tarsier
