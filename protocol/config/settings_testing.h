#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/config/config.h"
#include "protocol/config/note.h"

// What the tests of settings share: a file that says one thing, and a row of a table of keys.
namespace tarsier::config {

// "a/b<text>" as a text of the format, in the domains of `path`.
inline std::string in_domains(const std::string& path, const std::string& text) {
  std::string before, after;
  for (std::size_t at = 1; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, end - at);
    before += '<' + name + ">\n";
    after.insert(0, "</" + name + ">\n");
    at = end + 1;
  }
  return before + text + '\n' + after;
}

inline Config parsed(const std::string& text) {
  auto config = Config::parse(text, "x.conf");
  EXPECT_TRUE(config.ok()) << config.error().detail;
  return config.ok() ? std::move(config).value() : Config();
}

inline std::vector<std::string> texts_of(const std::vector<ConfigNote>& notes) {
  std::vector<std::string> texts;
  for (const ConfigNote& note : notes) texts.push_back(note.to_string());
  return texts;
}

// One key of a number or a flag: what is used for what is written. A minimum or maximum that is
// passed is used, with a note; so are texts that are no number.
template <class Settings>
struct KeyCase {
  const char* key;
  std::int64_t absent;
  std::vector<std::pair<std::string, std::int64_t>> quiet;  // what is meant as it is written
  std::vector<std::pair<std::string, std::int64_t>> noted;
  std::function<std::int64_t(const Settings&)> used;
};

// `read` makes checked settings of a text for the domain of the keys.
template <class Settings, class Read>
void check_keys(const std::vector<KeyCase<Settings>>& table, Read read) {
  for (const KeyCase<Settings>& row : table) {
    const auto says = [&](const std::string& value) {
      return read(std::string(row.key) + " = " + value);
    };
    EXPECT_EQ(row.used(read("").value), row.absent) << row.key;
    for (const auto& [value, used] : row.quiet) {
      const auto checked = says(value);
      EXPECT_EQ(row.used(checked.value), used) << row.key << " = " << value;
      EXPECT_EQ(texts_of(checked.notes), std::vector<std::string>()) << row.key << " = " << value;
    }
    for (const auto& [value, used] : row.noted) {
      const auto checked = says(value);
      EXPECT_EQ(row.used(checked.value), used) << row.key << " = " << value;
      ASSERT_EQ(checked.notes.size(), 1u) << row.key << " = " << value;
      EXPECT_EQ(checked.notes[0].level, LogLevel::warn) << row.key << " = " << value;
      EXPECT_TRUE(checked.notes[0].text.starts_with(row.key)) << checked.notes[0].text;
    }
  }
}

}  // namespace tarsier::config
