#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/config/config.h"
#include "protocol/config/note.h"
#include "protocol/config/values.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/base/words.h"

// Keys that somebody reads, as a table: the same table decides about values, knows near names, and
// is printed in docs/configuration.md.
namespace tarsier::config {

enum class Kind : std::uint8_t {
  text,
  number,
  milliseconds,
  size,  // bytes, with K, M or G
  flag,  // 0 or 1
  known  // other programs read it; it means nothing here
};

struct Key {
  std::string_view name{};
  Kind kind = Kind::text;
  // The value of a key that is absent, as one would write it; in words where no value says it.
  std::string_view standard{};
  std::string_view meaning{};
  std::int64_t low = 0;
  std::int64_t high = std::numeric_limits<std::int32_t>::max();
  bool zero_is_off = false;  // 0 is right, however low `low` is
  // What a number out of bounds becomes, where that is not the bound.
  std::optional<std::int64_t> below{};
  std::optional<std::int64_t> above{};
  std::string_view accepts{};  // in words, where kind and bounds do not say it
  bool secret = false;         // never shown, and any text at all
};

// Reads the keys of one domain. What is odd becomes a note that names the key, its value and what
// is used instead; so each key is read once.
class DomainReader {
 public:
  // Without a domain every key is absent. All arguments outlive the reader.
  DomainReader(const Config& config, const Domain* domain, std::span<const Key> keys,
               std::vector<ConfigNote>& notes)
      : config_(config), domain_(domain), keys_(keys), notes_(notes) {}

  bool given(std::string_view name) const;
  std::string text(std::string_view name);
  // Where the standard value is a fact of the machine; an empty text counts as absent.
  std::string text_or(std::string_view name, std::string_view standard);
  // `low` in place of the table's, where it depends on another key.
  std::int64_t number(std::string_view name, std::optional<std::int64_t> low = {});
  // Nothing when it is absent or no number.
  std::optional<std::uint32_t> optional_number(std::string_view name);
  // A number whose bounds are those of the type.
  std::uint32_t count(std::string_view name) { return static_cast<std::uint32_t>(number(name)); }
  Duration duration(std::string_view name, std::optional<std::int64_t> low = {});
  std::size_t size(std::string_view name);
  bool flag(std::string_view name);

  // What parse() makes of the text; nothing when it is absent or empty, or when parse() fails,
  // which is an error.
  template <class Parse>
  auto parsed(std::string_view name, Parse parse)
      -> std::optional<typename decltype(parse(std::string_view()))::value_type> {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    auto result = parse(std::string_view(value));
    if (!result) {
      note(LogLevel::error, name, result.error().detail);
      return std::nullopt;
    }
    return std::move(result).value();
  }

  // The choice that is called like the value, whatever the case of letters; the standard one and a
  // note when none is.
  template <class T, std::size_t n>
  T one_of(std::string_view name, const std::array<std::pair<std::string_view, T>, n>& choices,
           LogLevel otherwise = LogLevel::warn) {
    std::vector<std::string_view> names;
    for (const auto& choice : choices) names.push_back(choice.first);
    return choices[choice(name, names, otherwise)].second;
  }

  // About a key of the domain, or about the domain where it is absent.
  void note(LogLevel level, std::string_view name, const std::string& sentence);

  // One warning for each key that the table does not have, with the nearest name that it has.
  void note_unknown_keys();

 private:
  const Key& key(std::string_view name) const;
  // Null when it is absent, or a macro of a template that nobody filled in.
  const Entry* find(std::string_view name);
  std::size_t choice(std::string_view name, const std::vector<std::string_view>& names,
                     LogLevel otherwise);
  // `instead`: how a note calls what is used in place of a text that is no number.
  std::optional<std::int64_t> written(const Key& key, std::int64_t low, std::string_view instead);
  std::int64_t bounded(const Key& key, std::int64_t low, const Reading& reading);

  const Config& config_;
  const Domain* domain_;
  std::span<const Key> keys_;
  std::vector<ConfigNote>& notes_;
};

ConfigNote note_at(const Config& config, const Place& place, LogLevel level, std::string text);

// The rows of the table for people, in Markdown, and the names of Kind::known ones.
std::string markdown_table(std::span<const Key> keys);

}  // namespace tarsier::config
