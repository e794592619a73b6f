#include "protocol/config/note.h"

#include <gtest/gtest.h>

namespace tarsier {
namespace {

ConfigNote note(LogLevel level, std::uint32_t line, std::string text) {
  ConfigNote note;
  note.level = level;
  note.file = "hello.conf";
  note.line = line;
  note.text = std::move(text);
  return note;
}

TEST(ConfigNote, SaysWhereAndHowBad) {
  EXPECT_EQ(note(LogLevel::error, 12, "no").to_string(), "hello.conf:12: error: no");
  EXPECT_EQ(note(LogLevel::warn, 0, "odd").to_string(), "hello.conf: warning: odd");
  EXPECT_EQ(note(LogLevel::info, 3, "so").to_string(), "hello.conf:3: note: so");
}

TEST(ConfigNote, OnlyErrorsKeepAServiceFromStarting) {
  EXPECT_TRUE(usable({}));
  EXPECT_TRUE(usable(std::vector{note(LogLevel::warn, 1, "a"), note(LogLevel::info, 2, "b")}));
  EXPECT_FALSE(usable(std::vector{note(LogLevel::warn, 1, "a"), note(LogLevel::error, 2, "b")}));
}

TEST(ConfigNote, AreShownInTheOrderOfTheFileAndOnce) {
  const std::vector notes = {note(LogLevel::warn, 9, "later"), note(LogLevel::error, 2, "first"),
                             note(LogLevel::warn, 9, "later"), note(LogLevel::warn, 9, "other")};
  EXPECT_EQ(render_notes("hello.conf", notes),
            "hello.conf:2: error: first\n"
            "hello.conf:9: warning: later\n"
            "hello.conf:9: warning: other\n"
            "hello.conf: 1 error, 2 warnings\n");
  EXPECT_EQ(render_notes("hello.conf", {}), "hello.conf: 0 errors, 0 warnings\n");
}

}  // namespace
}  // namespace tarsier
