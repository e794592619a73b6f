#include "governance/application/line_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <string>
#include <vector>

namespace tarsier::application {
namespace {

struct Word {
  std::string text;
  std::size_t bytes() const { return text.size(); }
  bool operator==(const Word&) const = default;
};

TEST(LineQueue, RefusesTheNewestWhenItIsFull) {
  LineQueue<Word> queue({.lines_max = 2, .bytes_max = 10});
  EXPECT_TRUE(queue.push({"12345"}));
  EXPECT_FALSE(queue.push({"123456"})) << "too many bytes";
  EXPECT_TRUE(queue.push({"67890"}));
  EXPECT_FALSE(queue.push({""})) << "too many lines";
  EXPECT_EQ(queue.dropped(), 2u);
  EXPECT_EQ(queue.take(), (std::vector<Word>{{"12345"}, {"67890"}}));
  EXPECT_TRUE(queue.push({"1234567890"}));
  EXPECT_FALSE(LineQueue<Word>({.lines_max = 2, .bytes_max = 10}).push({"12345678901"}));
}

TEST(LineQueue, ALineLargerThanABatchGoesAlone) {
  LineQueue<Word> queue;
  for (const char* text : {"aa", "bbbbbb", "c"}) queue.push({text});
  EXPECT_EQ(queue.take(9, 3), (std::vector<Word>{{"aa"}}));
  EXPECT_EQ(queue.take(9, 3), (std::vector<Word>{{"bbbbbb"}}));
  EXPECT_EQ(queue.take(9, 3), (std::vector<Word>{{"c"}}));
  EXPECT_TRUE(queue.take(9, 3).empty());
}

// Against the obvious queue, which adds everything up each time.
RC_GTEST_PROP(LineQueue, KeepsItsBoundsAndItsOrder, ()) {
  const auto lines_max = *rc::gen::inRange<std::size_t>(0, 8);
  const auto bytes_max = *rc::gen::inRange<std::size_t>(0, 40);
  LineQueue<Word> queue({.lines_max = lines_max, .bytes_max = bytes_max});
  std::deque<Word> model;
  std::uint64_t dropped = 0;
  const auto bytes_of = [](const auto& words) {
    std::size_t bytes = 0;
    for (const Word& word : words) bytes += word.text.size();
    return bytes;
  };
  const auto steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    if (*rc::gen::inRange(0, 4) != 0) {
      const Word word{std::string(*rc::gen::inRange<std::size_t>(0, 15), 'x')};
      const bool room = model.size() < lines_max && bytes_of(model) + word.text.size() <= bytes_max;
      if (room) model.push_back(word);
      dropped += room ? 0 : 1;
      RC_ASSERT(queue.push(word) == room);
    } else {
      const auto most = *rc::gen::inRange<std::size_t>(0, 5);
      const auto most_bytes = *rc::gen::inRange<std::size_t>(0, 30);
      std::vector<Word> expected;
      while (!model.empty() && expected.size() < most &&
             (expected.empty() || bytes_of(expected) + model.front().text.size() <= most_bytes)) {
        expected.push_back(model.front());
        model.pop_front();
      }
      RC_ASSERT(queue.take(most, most_bytes) == expected);
    }
    RC_ASSERT(queue.size() == model.size());
    RC_ASSERT(queue.bytes() == bytes_of(model));
    RC_ASSERT(queue.dropped() == dropped);
  }
}

}  // namespace
}  // namespace tarsier::application
