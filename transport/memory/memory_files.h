#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/clock.h"
#include "transport/files.h"

namespace tarsier::memory {

// A whole file system in memory, with the semantics of Linux for an ordinary user: an open file
// outlives its name, rename replaces, links are followed, the owner's permission bits count.
// Nothing is ever lost, but sync() can be told to fail. Relative paths start at "/"; "/tmp" exists.
// epoll/files_agree_test.cc compares it with Linux; what a slash at the end of a path changes there
// is not followed here.
class MemoryFiles final : public FileSystem {
 public:
  explicit MemoryFiles(const Clock& clock);
  ~MemoryFiles() override;

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

  // Faults a test may ask for. Content beyond `bytes` in all files together is Code::no_space.
  void set_capacity(std::uint64_t bytes) { capacity_bytes_ = bytes; }
  // sync() and sync_directory() answer Code::io.
  void fail_syncs(bool fail) { syncs_fail_ = fail; }
  std::uint64_t used_bytes() const { return used_bytes_; }

  // The name of a unix socket: connect() looks it up (0: no socket is there), and remove() takes it
  // away, as in Linux.
  Result<> make_socket(std::string_view path, std::uint64_t socket);
  std::uint64_t socket_at(std::string_view path);
  // What Transport::listen() does with the path: takes it over from a socket that is not alive.
  Result<> bind_socket(std::string_view path, std::uint64_t socket,
                       const std::function<bool(std::uint64_t)>& alive);
  // If the name is still that socket's; otherwise nothing.
  void remove_socket(std::string_view path, std::uint64_t socket);

 private:
  class OpenFile;
  using Inode = std::uint64_t;
  enum class Kind : std::uint8_t { file, directory, link, socket };
  struct Node {
    Kind kind = Kind::file;
    std::uint32_t mode = 0;
    std::int64_t modified_wall_ms = 0;
    std::vector<std::byte> content;        // file
    std::map<std::string, Inode> entries;  // directory
    Inode parent = 0;                      // directory
    std::string target;                    // link
    std::uint64_t socket = 0;              // socket
    bool linked = true;                    // has a name
    std::size_t opened = 0;                // handles
  };
  // Where a path leads: the directory that holds its last name, and what has that name (0:
  // nothing).
  struct Place {
    Inode directory = 0;
    std::string name;
    Inode inode = 0;
  };

  Node& node(Inode inode) { return nodes_.at(inode); }
  // Follows links in every component but the last; in the last if `follow`.
  Result<Place> resolve(std::string_view path, bool follow);
  Result<Inode> resolve_existing(std::string_view path, bool follow);
  Result<Place> place_for_new(std::string_view path);
  Result<> check_writable(Inode directory, std::string_view path);
  Inode add(const Place& place, Kind kind, std::uint32_t mode);
  void unlink(Node& directory, const std::string& name);
  void release(Inode inode);
  bool is_within(Inode directory, Inode above);
  Result<> check_rename(const Place& source, const Place& target, std::string_view from,
                        std::string_view to);
  Result<> resize(Node& file, std::uint64_t bytes);

  const Clock& clock_;
  std::map<Inode, Node> nodes_;
  Inode next_ = 1;
  std::uint64_t capacity_bytes_ = UINT64_MAX;
  std::uint64_t used_bytes_ = 0;
  bool syncs_fail_ = false;
};

}  // namespace tarsier::memory
