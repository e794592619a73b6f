#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "transport/base/limits.h"
#include "transport/base/result.h"

// The configuration format of TARS (spec §5.1): keys with values, in domains within domains.
//
//   <tars>
//     <application>
//       # a comment has a line of its own
//       enableset = n
//     </application>
//   </tars>
//
// Values are texts here; values.h reads numbers, sizes and flags out of them. No I/O.
namespace tarsier::config {

// Where something was written. Lines and columns count from 1, columns in bytes; line 0 is nowhere:
// set by a program.
struct Place {
  std::uint32_t file = 0;  // counts the texts of a Config
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct Entry {
  std::string key;
  std::string value;
  Place place;  // of the key
};

// What a text may cost.
struct Bounds {
  std::size_t bytes_max = limits::config_bytes_max;
  std::size_t line_bytes_max = limits::config_line_bytes_max;
  std::size_t items_max = limits::config_items_max;  // lines with a key, and domains opened
  std::size_t depth_max = limits::config_depth_max;
};

// One domain. Two of them are equal when they hold the same keys with the same values in the same
// order, and equal domains: places and raw lines do not count.
class Domain {
 public:
  Domain() = default;
  Domain(std::string_view name, Place place) : name_(name), place_(place) {}

  const std::string& name() const { return name_; }
  const Place& place() const { return place_; }  // where it was opened first
  // In the order in which they were set last.
  const std::vector<Entry>& entries() const { return entries_; }
  // In the order of appearance.
  const std::vector<Domain>& domains() const { return domains_; }
  // The lines between the domains as written, trimmed: for lists that are no keys.
  const std::vector<std::string>& lines() const { return lines_; }

  // Null when there is none.
  const Entry* entry(std::string_view key) const;
  const Domain* domain(std::string_view name) const;

  friend bool operator==(const Domain& a, const Domain& b);

 private:
  friend class Config;
  friend class Parser;
  using Index = std::map<std::string, std::size_t, std::less<>>;

  // A key that is there already gets the value and moves to the end, once settle() is called.
  void put(Entry entry);
  void settle();
  Domain& open(std::string_view name, Place place);
  // What is later wins. `files`: how our Config counts the texts of the other one.
  void merge(const Domain& later, const std::vector<std::uint32_t>& files);
  // Keeps the position of a key that is there; true when it was not.
  bool set(std::string_view key, std::string_view value);

  std::string name_;
  Place place_;
  std::vector<Entry> entries_;
  std::vector<std::size_t> turns_;  // when each of them was put
  std::size_t puts_ = 0;
  bool moved_ = false;
  Index entry_index_;
  std::vector<Domain> domains_;
  Index domain_index_;
  std::vector<std::string> lines_;
};

// Who wins where both have a key.
enum class Join : std::uint8_t { other_wins, ours_wins };

// A configuration, in the end: one text, or several joined. Paths are "/a/b" for a domain and
// "/a/b<key>" for a key; "/" and "/<key>" are those outside all domains.
class Config {
 public:
  Config() = default;

  // `file` is how messages call the text. Code::malformed or Code::limit with "file:line:column:"
  // and a sentence.
  static Result<Config> parse(std::string_view text, std::string_view file,
                              const Bounds& bounds = {});

  const Domain& root() const { return root_; }
  // Null when there is none, or when the path is none.
  const Domain* domain(std::string_view path) const;
  const Entry* entry(std::string_view path) const;

  // The value, or `fallback` when there is none.
  std::string get(std::string_view path, std::string_view fallback = {}) const;
  // The value; Code::not_found names the texts and the path.
  Result<std::string> require(std::string_view path) const;
  // A key that is there keeps its position; domains that are missing are made. Refuses what could
  // not be written in a file: names and values that begin or end with a blank, for example.
  Result<> set(std::string_view path, std::string_view value);

  // As if both texts were written one after the other, the one that wins last. Refused, with
  // nothing changed, when both together have too many keys.
  Result<> join(const Config& other, Join who, const Bounds& bounds = {});

  // The text of it: domains indented by two spaces, keys before domains. Reads back as an equal
  // Config.
  std::string render() const;

  // The texts it was made of.
  const std::vector<std::string>& files() const { return files_; }
  const std::string& file(const Place& place) const;
  // "hello.conf:12".
  std::string where(const Place& place) const;

  friend bool operator==(const Config& a, const Config& b) { return a.root_ == b.root_; }

 private:
  friend class Parser;

  std::uint32_t add_file(const std::string& name);

  Domain root_;
  std::size_t items_ = 0;  // as Bounds counts them
  std::vector<std::string> files_;
};

}  // namespace tarsier::config
