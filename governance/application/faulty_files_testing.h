#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/files.h"

namespace tarsier::application {

// A file system in front of another one that fails as it is told to.
class FaultyFiles final : public FileSystem {
 public:
  explicit FaultyFiles(FileSystem& files) : files_(files) {}

  bool opens_fail = false;
  bool renames_fail = false;
  bool truncates_fail = false;
  // The next writes put that many bytes down and fail. SIZE_MAX: none does.
  std::size_t write_breaks_after = SIZE_MAX;
  std::size_t opens = 0;

  Result<std::unique_ptr<File>> open(std::string_view path, OpenMode mode) override {
    ++opens;
    if (opens_fail) return Error(Code::denied, "open " + std::string(path) + ": on purpose");
    auto file = files_.open(path, mode);
    if (!file) return file;
    return std::unique_ptr<File>(std::make_unique<FaultyFile>(*this, std::move(file).value()));
  }
  Result<FileInfo> info(std::string_view path) override { return files_.info(path); }
  Result<std::vector<std::string>> list(std::string_view path) override {
    return files_.list(path);
  }
  Result<> make_directory(std::string_view path) override { return files_.make_directory(path); }
  Result<> remove(std::string_view path) override { return files_.remove(path); }
  Result<> rename(std::string_view from, std::string_view to) override {
    if (renames_fail) return Error(Code::denied, "rename " + std::string(from) + ": on purpose");
    return files_.rename(from, to);
  }
  Result<> link_symbolic(std::string_view target, std::string_view path) override {
    return files_.link_symbolic(target, path);
  }
  Result<std::string> read_link(std::string_view path) override { return files_.read_link(path); }
  Result<> set_mode(std::string_view path, std::uint32_t mode) override {
    return files_.set_mode(path, mode);
  }
  Result<> sync_directory(std::string_view path) override { return files_.sync_directory(path); }

 private:
  class FaultyFile final : public File {
   public:
    FaultyFile(FaultyFiles& owner, std::unique_ptr<File> file)
        : owner_(owner), file_(std::move(file)) {}
    Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
      return file_->read_at(offset, into);
    }
    Result<> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
      if (owner_.write_breaks_after == SIZE_MAX) return file_->write_at(offset, from);
      const std::size_t some = std::min(owner_.write_breaks_after, from.size());
      TARSIER_TRY_VOID(file_->write_at(offset, from.first(some)));
      return Error(Code::no_space, "write: on purpose");
    }
    Result<> truncate(std::uint64_t bytes) override {
      if (owner_.truncates_fail) return Error(Code::io, "truncate: on purpose");
      return file_->truncate(bytes);
    }
    Result<> sync() override { return file_->sync(); }
    Result<std::uint64_t> size() override { return file_->size(); }

   private:
    FaultyFiles& owner_;
    std::unique_ptr<File> file_;
  };

  FileSystem& files_;
};

// What a file holds, or "(none)".
inline std::string content_of(FileSystem& files, std::string_view path) {
  const auto content = read_file(files, path, std::size_t{64} << 20);
  return content ? std::string(content->text()) : "(none)";
}

}  // namespace tarsier::application
