#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/random.h"
#include "transport/epoll/directory_testing.h"
#include "transport/epoll/real_files.h"
#include "transport/memory/manual_loop.h"
#include "transport/memory/memory_files.h"

// The memory file system against Linux: the same random operations on both must give the same
// answers. Where they differ, Linux is right.
namespace tarsier::epoll {
namespace {

// One operation with its answer as text, so that two answers compare and print.
class Operator {
 public:
  Operator(FileSystem& files, std::string base) : files_(files), base_(std::move(base)) {}

  std::string apply(std::uint64_t kind, std::string_view first, std::string_view second,
                    std::uint64_t number) {
    const std::string path = at(first);
    switch (kind) {
      case 0: return write(path, OpenMode::create, number);
      case 1: return write(path, OpenMode::create_new, number);
      case 2: return write(path, OpenMode::write_existing, number);
      case 3: return content(path);
      case 4: return info(path);
      case 5: return list(path);
      case 6: return code(files_.make_directory(path));
      case 7: return code(files_.remove(path));
      case 8: return code(files_.rename(path, at(second)));
      // The mode keeps everything open: a superuser would not be stopped by less.
      case 9: return code(files_.set_mode(path, 0700 + static_cast<std::uint32_t>(number % 64)));
      case 10: return code(files_.link_symbolic(second, path));
      case 11: return read_link(path);
      case 12: return code(files_.sync_directory(path));
      case 13: return code(write_file_atomically(files_, path, as_bytes(second)));
      default: return code(files_.link_symbolic(at(second), path));
    }
  }

 private:
  std::string at(std::string_view name) const { return base_ + "/" + std::string(name); }
  template <class T>
  static std::string code(const Result<T>& result) {
    return std::string(code_name(result.code()));
  }
  std::string without_base(std::string text) const {
    return text.starts_with(base_) ? text.substr(base_.size()) : text;
  }

  std::string write(const std::string& path, OpenMode mode, std::uint64_t number) {
    auto file = files_.open(path, mode);
    if (!file) return code(file);
    if (number % 3 == 0) (void)(*file)->truncate(number % 7);
    return code((*file)->write_at(number % 5, as_bytes(std::to_string(number))));
  }
  std::string content(const std::string& path) {
    auto bytes = read_file(files_, path, 1000);
    // Linux opens a directory for reading and refuses later, in its own words.
    if (!bytes) return bytes.code() == Code::not_found ? "not_found" : "cannot be read";
    return "content " + std::string(bytes->text());
  }
  std::string info(const std::string& path) {
    auto info = files_.info(path);
    if (!info) return code(info);
    if (info->directory) return "directory";
    if (info->symlink) return "link";
    return "file of " + std::to_string(info->bytes);
  }
  std::string list(const std::string& path) {
    auto names = files_.list(path);
    if (!names) return code(names);
    std::string all = "names";
    for (const std::string& name : *names) all += " " + name;
    return all;
  }
  std::string read_link(const std::string& path) {
    auto target = files_.read_link(path);
    return target.ok() ? "to " + without_base(*target) : code(target);
  }

  FileSystem& files_;
  const std::string base_;
};

TEST(MemoryFiles, AnswerAsLinuxDoes) {
  constexpr std::string_view names[] = {"a",     "b",     "c",      "a/b", "a/c",  "b/a",
                                        "a/b/c", "b/c/a", "c/../a", "./b", "a//b", "c/a/../../b"};
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const TestDirectory directory;
    RealFiles real;
    memory::ManualLoop clock(0);
    memory::MemoryFiles memory(clock);
    Operator on_linux(real, directory.path());
    Operator in_memory(memory, "/tmp");
    std::string story;
    for (int step = 0; step < 80; ++step) {
      const std::uint64_t kind = random.below(15);
      const std::string_view first = names[random.below(std::size(names))];
      const std::string_view second = names[random.below(std::size(names))];
      const std::uint64_t number = random.below(1000);
      const std::string expected = on_linux.apply(kind, first, second, number);
      story += std::to_string(kind) + " " + std::string(first) + " " + std::string(second) +
               " -> " + expected + "\n";
      ASSERT_EQ(in_memory.apply(kind, first, second, number), expected) << "seed " << seed << "\n"
                                                                        << story;
    }
  }
}

}  // namespace
}  // namespace tarsier::epoll
