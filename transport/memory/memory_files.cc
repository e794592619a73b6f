#include "transport/memory/memory_files.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <utility>

#include "transport/base/check.h"

namespace tarsier::memory {
namespace {

constexpr std::uint64_t root = 1;
constexpr std::uint32_t may_read = 0400;
constexpr std::uint32_t may_write = 0200;
constexpr std::uint32_t may_enter = 0100;
constexpr int links_followed_max = 40;
constexpr std::size_t name_bytes_max = 255;

Error fails(Code code, std::string_view path, std::string_view why) {
  return Error(code, std::string(path) + ": " + std::string(why));
}

// The names of a path in order; empty ones and "." left out.
std::deque<std::string> split(std::string_view path) {
  std::deque<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    if (!name.empty() && name != ".") names.emplace_back(name);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return names;
}

}  // namespace

class MemoryFiles::OpenFile final : public File {
 public:
  OpenFile(MemoryFiles& files, Inode inode, bool writable)
      : files_(files), inode_(inode), writable_(writable) {
    ++files_.node(inode_).opened;
  }
  ~OpenFile() override {
    --files_.node(inode_).opened;
    files_.release(inode_);
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    const auto& content = node().content;
    if (offset >= content.size()) return std::size_t{0};
    const std::size_t part = std::min<std::uint64_t>(into.size(), content.size() - offset);
    if (part > 0) std::memcpy(into.data(), content.data() + offset, part);
    return part;
  }

  Result<> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    TARSIER_TRY_VOID(check_writable());
    if (from.empty()) return {};
    if (offset + from.size() > node().content.size())
      TARSIER_TRY_VOID(files_.resize(node(), offset + from.size()));
    std::memcpy(node().content.data() + offset, from.data(), from.size());
    touch();
    return {};
  }

  Result<> truncate(std::uint64_t bytes) override {
    TARSIER_TRY_VOID(check_writable());
    TARSIER_TRY_VOID(files_.resize(node(), bytes));
    touch();
    return {};
  }

  Result<> sync() override {
    if (files_.syncs_fail_) return Error(Code::io, "the device failed to write");
    return {};
  }

  Result<std::uint64_t> size() override { return std::uint64_t{node().content.size()}; }

 private:
  Node& node() { return files_.node(inode_); }
  Result<> check_writable() const {
    if (!writable_) return Error(Code::denied, "the file was opened for reading");
    return {};
  }
  void touch() { node().modified_wall_ms = files_.clock_.wall_ms(); }

  MemoryFiles& files_;
  const Inode inode_;
  const bool writable_;
};

MemoryFiles::MemoryFiles(const Clock& clock) : clock_(clock) {
  Node& top = nodes_[next_++];
  top.kind = Kind::directory;
  top.mode = 0755;
  top.parent = root;
  (void)add(Place{root, "tmp", 0}, Kind::directory, 0755);
}

MemoryFiles::~MemoryFiles() {
  TARSIER_CHECK(std::none_of(nodes_.begin(), nodes_.end(),
                             [](const auto& entry) { return entry.second.opened > 0; }),
                "a file system was destroyed before the files that were opened in it");
}

// ---------------------------------------------------------------------------------- paths

Result<MemoryFiles::Place> MemoryFiles::resolve(std::string_view path, bool follow) {
  if (path.empty()) return fails(Code::not_found, path, "an empty path names nothing");
  std::deque<std::string> names = split(path);
  const bool trailing_slash = path.ends_with('/');
  Place at{root, "", root};
  int followed = 0;
  while (!names.empty()) {
    Node& directory = node(at.inode);
    if (directory.kind != Kind::directory)
      return fails(Code::not_found, path, "a part of the path is not a directory");
    if ((directory.mode & may_enter) == 0)
      return fails(Code::denied, path, "a directory on the path may not be entered");
    const std::string name = std::move(names.front());
    names.pop_front();
    if (name.size() > name_bytes_max) return fails(Code::limit, path, "a name is too long");
    if (name == "..") {
      at = Place{directory.parent, "", directory.parent};
      continue;
    }
    const auto entry = directory.entries.find(name);
    if (entry == directory.entries.end()) {
      if (!names.empty()) return fails(Code::not_found, path, "no such directory");
      return Place{at.inode, name, 0};
    }
    Node& found = node(entry->second);
    if (found.kind == Kind::link && (!names.empty() || follow || trailing_slash)) {
      if (++followed > links_followed_max)
        return fails(Code::limit, path, "too many symbolic links");
      std::deque<std::string> target = split(found.target);
      names.insert(names.begin(), target.begin(), target.end());
      if (found.target.starts_with('/')) at = Place{root, "", root};
      continue;
    }
    at = Place{at.inode, name, entry->second};
  }
  return at;
}

Result<MemoryFiles::Inode> MemoryFiles::resolve_existing(std::string_view path, bool follow) {
  TARSIER_TRY(const Place place, resolve(path, follow));
  if (place.inode == 0) return fails(Code::not_found, path, "no such file or directory");
  return place.inode;
}

Result<> MemoryFiles::check_writable(Inode directory, std::string_view path) {
  constexpr std::uint32_t needed = may_write | may_enter;
  if ((node(directory).mode & needed) != needed)
    return fails(Code::denied, path, "its directory may not be changed");
  return {};
}

Result<MemoryFiles::Place> MemoryFiles::place_for_new(std::string_view path) {
  TARSIER_TRY(Place place, resolve(path, false));
  if (place.inode != 0) return fails(Code::exists, path, "exists already");
  TARSIER_TRY_VOID(check_writable(place.directory, path));
  return place;
}

MemoryFiles::Inode MemoryFiles::add(const Place& place, Kind kind, std::uint32_t mode) {
  const Inode inode = next_++;
  Node& made = nodes_[inode];
  made.kind = kind;
  made.mode = mode;
  made.parent = place.directory;
  made.modified_wall_ms = clock_.wall_ms();
  node(place.directory).entries[place.name] = inode;
  node(place.directory).modified_wall_ms = made.modified_wall_ms;
  return inode;
}

void MemoryFiles::unlink(Node& directory, const std::string& name) {
  const auto entry = directory.entries.find(name);
  const Inode inode = entry->second;
  directory.entries.erase(entry);
  directory.modified_wall_ms = clock_.wall_ms();
  node(inode).linked = false;
  release(inode);
}

void MemoryFiles::release(Inode inode) {
  Node& gone = node(inode);
  if (gone.linked || gone.opened > 0) return;
  used_bytes_ -= gone.content.size();
  nodes_.erase(inode);
}

Result<> MemoryFiles::resize(Node& file, std::uint64_t bytes) {
  const std::uint64_t others = used_bytes_ - file.content.size();
  if (others > capacity_bytes_ || bytes > capacity_bytes_ - others)
    return Error(Code::no_space, "no space is left on the device");
  file.content.resize(bytes);
  used_bytes_ = others + bytes;
  return {};
}

// ---------------------------------------------------------------------------------- operations

Result<std::unique_ptr<File>> MemoryFiles::open(std::string_view path, OpenMode mode) {
  TARSIER_TRY(const Place place, resolve(path, mode != OpenMode::create_new));
  const bool writable = mode != OpenMode::read;
  Inode inode = place.inode;
  if (inode != 0) {
    if (mode == OpenMode::create_new) return fails(Code::exists, path, "exists already");
    const Node& found = node(inode);
    if (found.kind == Kind::directory) return fails(Code::denied, path, "is a directory");
    if (found.kind == Kind::socket) return fails(Code::denied, path, "is a socket");
    if ((found.mode & may_read) == 0 || (writable && (found.mode & may_write) == 0))
      return fails(Code::denied, path, "its mode forbids it");
  } else {
    if (mode == OpenMode::read || mode == OpenMode::write_existing || path.ends_with('/'))
      return fails(Code::not_found, path, "no such file");
    TARSIER_TRY_VOID(check_writable(place.directory, path));
    inode = add(place, Kind::file, 0644);
  }
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, inode, writable));
}

Result<FileInfo> MemoryFiles::info(std::string_view path) {
  TARSIER_TRY(const Inode inode, resolve_existing(path, false));
  const Node& found = node(inode);
  FileInfo info;
  info.bytes = found.kind == Kind::link ? found.target.size() : found.content.size();
  info.directory = found.kind == Kind::directory;
  info.symlink = found.kind == Kind::link;
  info.mode = found.mode;
  info.modified_wall_ms = found.modified_wall_ms;
  return info;
}

Result<std::vector<std::string>> MemoryFiles::list(std::string_view directory) {
  TARSIER_TRY(const Inode inode, resolve_existing(directory, true));
  const Node& found = node(inode);
  if (found.kind != Kind::directory) return fails(Code::not_found, directory, "not a directory");
  if ((found.mode & may_read) == 0) return fails(Code::denied, directory, "may not be listed");
  std::vector<std::string> names;
  for (const auto& [name, entry] : found.entries) names.push_back(name);
  return names;
}

Result<> MemoryFiles::make_directory(std::string_view path) {
  TARSIER_TRY(const Place place, place_for_new(path));
  add(place, Kind::directory, 0755);
  return {};
}

Result<> MemoryFiles::remove(std::string_view path) {
  TARSIER_TRY(const Place place, resolve(path, false));
  if (place.inode == 0) return fails(Code::not_found, path, "no such file or directory");
  if (place.name.empty()) return fails(Code::denied, path, "this directory cannot be removed");
  TARSIER_TRY_VOID(check_writable(place.directory, path));
  if (!node(place.inode).entries.empty())
    return fails(Code::exists, path, "the directory is not empty");
  unlink(node(place.directory), place.name);
  return {};
}

bool MemoryFiles::is_within(Inode directory, Inode above) {
  while (directory != above && directory != root) directory = node(directory).parent;
  return directory == above;
}

Result<> MemoryFiles::check_rename(const Place& source, const Place& target, std::string_view from,
                                   std::string_view to) {
  if (source.inode == 0) return fails(Code::not_found, from, "no such file or directory");
  if (source.name.empty() || target.name.empty())
    return fails(Code::denied, from, "this directory cannot be renamed");
  TARSIER_TRY_VOID(check_writable(source.directory, from));
  TARSIER_TRY_VOID(check_writable(target.directory, to));
  const bool directory = node(source.inode).kind == Kind::directory;
  if (directory && is_within(target.directory, source.inode))
    return fails(Code::malformed, to, "a directory cannot move into itself");
  if (target.inode != 0 && is_within(source.directory, target.inode))
    return fails(Code::exists, to, "the directory is not empty");
  if (target.inode == 0 || target.inode == source.inode) return {};
  const Node& replaced = node(target.inode);
  if (directory && replaced.kind != Kind::directory)
    return fails(Code::not_found, to, "is not a directory");
  if (!directory && replaced.kind == Kind::directory)
    return fails(Code::denied, to, "is a directory");
  if (!replaced.entries.empty()) return fails(Code::exists, to, "the directory is not empty");
  return {};
}

Result<> MemoryFiles::rename(std::string_view from, std::string_view to) {
  TARSIER_TRY(const Place source, resolve(from, false));
  TARSIER_TRY(const Place target, resolve(to, false));
  TARSIER_TRY_VOID(check_rename(source, target, from, to));
  if (source.inode == target.inode) return {};
  if (target.inode != 0) unlink(node(target.directory), target.name);
  node(source.directory).entries.erase(source.name);
  node(target.directory).entries[target.name] = source.inode;
  node(source.inode).parent = target.directory;
  node(source.directory).modified_wall_ms = clock_.wall_ms();
  node(target.directory).modified_wall_ms = clock_.wall_ms();
  return {};
}

Result<> MemoryFiles::link_symbolic(std::string_view target, std::string_view path) {
  if (target.empty()) return fails(Code::not_found, path, "a link needs a target");
  TARSIER_TRY(const Place place, place_for_new(path));
  node(add(place, Kind::link, 0777)).target = target;
  return {};
}

Result<std::string> MemoryFiles::read_link(std::string_view path) {
  TARSIER_TRY(const Inode inode, resolve_existing(path, false));
  if (node(inode).kind != Kind::link) return fails(Code::malformed, path, "not a symbolic link");
  return node(inode).target;
}

Result<> MemoryFiles::set_mode(std::string_view path, std::uint32_t mode) {
  TARSIER_TRY(const Inode inode, resolve_existing(path, true));
  node(inode).mode = mode & 07777;
  return {};
}

Result<> MemoryFiles::sync_directory(std::string_view path) {
  TARSIER_TRY(const Inode inode, resolve_existing(path, true));
  if (node(inode).kind != Kind::directory) return fails(Code::not_found, path, "not a directory");
  if (syncs_fail_) return fails(Code::io, path, "the device failed to write");
  return {};
}

// ---------------------------------------------------------------------------------- sockets

Result<> MemoryFiles::make_socket(std::string_view path, std::uint64_t socket) {
  TARSIER_TRY(const Place place, place_for_new(path));
  node(add(place, Kind::socket, 0755)).socket = socket;
  return {};
}

std::uint64_t MemoryFiles::socket_at(std::string_view path) {
  const auto inode = resolve_existing(path, true);
  return inode.ok() ? node(*inode).socket : 0;
}

Result<> MemoryFiles::bind_socket(std::string_view path, std::uint64_t socket,
                                  const std::function<bool(std::uint64_t)>& alive) {
  auto made = make_socket(path, socket);
  if (made.code() != Code::exists) return made;
  const auto inode = resolve_existing(path, false);
  const std::uint64_t old = inode.ok() ? node(*inode).socket : 0;
  if (old == 0) {
    return Error(Code::address_in_use, std::string(path) +
                                           " exists and is no socket: remove it, "
                                           "or listen on another path");
  }
  if (alive(old)) {
    return Error(Code::address_in_use, "a server listens on " + std::string(path) +
                                           " already: stop it, or listen on another path");
  }
  remove_socket(path, old);
  return make_socket(path, socket);
}

void MemoryFiles::remove_socket(std::string_view path, std::uint64_t socket) {
  const auto inode = resolve_existing(path, false);
  if (inode.ok() && node(*inode).socket == socket) (void)remove(path);
}

}  // namespace tarsier::memory
