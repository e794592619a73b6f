#pragma once

#include "transport/files.h"

namespace tarsier::epoll {

// The files of the machine.
class RealFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(std::string_view path, OpenMode mode) override;
  Result<FileInfo> info(std::string_view path) override;
  Result<std::vector<std::string>> list(std::string_view directory) override;
  Result<> make_directory(std::string_view path) override;
  Result<> remove(std::string_view path) override;
  Result<> rename(std::string_view from, std::string_view to) override;
  Result<> link_symbolic(std::string_view target, std::string_view path) override;
  Result<std::string> read_link(std::string_view path) override;
  Result<> set_mode(std::string_view path, std::uint32_t mode) override;
  Result<> sync_directory(std::string_view path) override;
};

}  // namespace tarsier::epoll
