#include "transport/epoll/real_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "transport/epoll/system_error.h"

namespace tarsier::epoll {
namespace {

// Calls until it is not interrupted.
template <class Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

Error failed(std::string_view verb, std::string_view path) {
  const int number = errno;
  return file_error(number, std::string(verb) + " " + std::string(path));
}

class RealFile final : public File {
 public:
  RealFile(int descriptor, std::string path, bool writable)
      : descriptor_(descriptor), path_(std::move(path)), writable_(writable) {}
  ~RealFile() override { ::close(descriptor_); }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t taken = uninterrupted([&] {
        return ::pread(descriptor_, into.data() + done, into.size() - done,
                       static_cast<off_t>(offset + done));
      });
      if (taken < 0) return failed("read", path_);
      if (taken == 0) break;
      done += static_cast<std::size_t>(taken);
    }
    return done;
  }

  Result<> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (!writable_) return read_only();
    std::size_t done = 0;
    while (done < from.size()) {
      const ssize_t written = uninterrupted([&] {
        return ::pwrite(descriptor_, from.data() + done, from.size() - done,
                        static_cast<off_t>(offset + done));
      });
      if (written < 0) return failed("write", path_);
      done += static_cast<std::size_t>(written);
    }
    return {};
  }

  Result<> truncate(std::uint64_t bytes) override {
    if (!writable_) return read_only();
    if (uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(bytes)); }) < 0)
      return failed("truncate", path_);
    return {};
  }

  // Not repeated when interrupted: after a failure the kernel may have dropped the data already.
  Result<> sync() override {
    if (sync_failed_ || ::fsync(descriptor_) < 0) {
      if (!sync_failed_) sync_number_ = errno;
      sync_failed_ = true;
      return file_error(sync_number_, "sync " + path_);
    }
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(descriptor_, &status) < 0) return failed("look at", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Error read_only() const {
    return Error(Code::denied, "write " + path_ + ": it was opened for reading only");
  }

  const int descriptor_;
  const std::string path_;
  const bool writable_;
  bool sync_failed_ = false;
  int sync_number_ = 0;
};

int open_flags(OpenMode mode) {
  switch (mode) {
    case OpenMode::read: return O_RDONLY;
    case OpenMode::write_existing: return O_RDWR;
    case OpenMode::create: return O_RDWR | O_CREAT;
    case OpenMode::create_new: return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

}  // namespace

Result<std::unique_ptr<File>> RealFiles::open(std::string_view path, OpenMode mode) {
  std::string name(path);
  const int descriptor = uninterrupted(
      [&] { return ::open(name.c_str(), open_flags(mode) | O_CLOEXEC | O_NONBLOCK, 0666); });
  if (descriptor < 0) return failed("open", path);
  struct stat status{};
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    return file_error(EISDIR, "open " + name);
  }
  return std::unique_ptr<File>(
      std::make_unique<RealFile>(descriptor, std::move(name), mode != OpenMode::read));
}

Result<FileInfo> RealFiles::info(std::string_view path) {
  struct stat status{};
  if (::lstat(std::string(path).c_str(), &status) < 0) return failed("look at", path);
  FileInfo info;
  info.bytes = static_cast<std::uint64_t>(status.st_size);
  info.directory = S_ISDIR(status.st_mode);
  info.symlink = S_ISLNK(status.st_mode);
  info.mode = status.st_mode & 07777u;
  info.modified_wall_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  return info;
}

Result<std::vector<std::string>> RealFiles::list(std::string_view directory) {
  DIR* open_directory = ::opendir(std::string(directory).c_str());
  if (open_directory == nullptr) return failed("list", directory);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(open_directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int number = errno;
  ::closedir(open_directory);
  if (number != 0) return file_error(number, "list " + std::string(directory));
  std::sort(names.begin(), names.end());
  return names;
}

Result<> RealFiles::make_directory(std::string_view path) {
  if (::mkdir(std::string(path).c_str(), 0777) < 0) return failed("make the directory", path);
  return {};
}

Result<> RealFiles::remove(std::string_view path) {
  if (std::remove(std::string(path).c_str()) < 0) return failed("remove", path);
  return {};
}

Result<> RealFiles::rename(std::string_view from, std::string_view to) {
  if (std::rename(std::string(from).c_str(), std::string(to).c_str()) < 0)
    return failed("rename " + std::string(from) + " to", to);
  return {};
}

Result<> RealFiles::link_symbolic(std::string_view target, std::string_view path) {
  if (::symlink(std::string(target).c_str(), std::string(path).c_str()) < 0)
    return failed("link", path);
  return {};
}

Result<std::string> RealFiles::read_link(std::string_view path) {
  std::array<char, 4096> target{};
  const ssize_t length = ::readlink(std::string(path).c_str(), target.data(), target.size());
  if (length < 0) return failed("read the link", path);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<> RealFiles::set_mode(std::string_view path, std::uint32_t mode) {
  if (::chmod(std::string(path).c_str(), mode & 07777u) < 0) return failed("set the mode of", path);
  return {};
}

Result<> RealFiles::sync_directory(std::string_view path) {
  const int descriptor = uninterrupted(
      [&] { return ::open(std::string(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) return failed("open", path);
  const int result = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  if (result < 0) return file_error(number, "sync " + std::string(path));
  return {};
}

}  // namespace tarsier::epoll
