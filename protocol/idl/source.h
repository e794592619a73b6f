#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/result.h"

// The texts a compilation reads, and places in them. The compiler itself touches no files: it asks
// a FileProvider, so tests and the fuzzer compile from memory.
namespace tarsier::idl {

// What one compilation may cost, whatever it is fed.
inline constexpr std::size_t file_bytes_max = std::size_t{4} << 20;
inline constexpr std::size_t total_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t include_depth_max = 200;
inline constexpr std::size_t type_depth_max = 32;
inline constexpr std::size_t errors_max = 20;

// A stretch of one source text, in bytes. `begin == end` is a place between two characters.
struct Span {
  std::uint32_t file = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

class FileProvider {
 public:
  virtual ~FileProvider() = default;
  // The whole text. Code::not_found when there is no such file, which makes the caller look
  // elsewhere; any other error is reported as it is.
  virtual Result<std::string> read(const std::string& path) = 0;
};

// Files by path, for tests and tools that hold texts in memory.
class MemoryFiles final : public FileProvider {
 public:
  MemoryFiles() = default;
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  void add(std::string path, std::string text) { files_[std::move(path)] = std::move(text); }
  Result<std::string> read(const std::string& path) override;

 private:
  std::map<std::string, std::string> files_;
};

struct SourceFile {
  std::string path;
  std::string text;
  std::optional<Span> included_from;  // the #include that brought it in
  std::vector<std::uint32_t> line_starts;
};

// All texts of one compilation. They stay in place, so tokens refer to them.
class SourceSet {
 public:
  std::uint32_t add(std::string path, std::string text, std::optional<Span> included_from);
  const SourceFile& file(std::uint32_t index) const { return files_[index]; }
  std::size_t size() const { return files_.size(); }
  std::size_t total_bytes() const { return total_bytes_; }

  struct Position {
    std::size_t line = 1;    // from 1
    std::size_t column = 1;  // from 1, in bytes
    std::string_view text;   // the line, without its end
  };
  Position locate(const Span& span) const;
  std::string_view text(const Span& span) const;

 private:
  std::deque<SourceFile> files_;
  std::size_t total_bytes_ = 0;
};

}  // namespace tarsier::idl
