#include "transport/base/buffer_pool.h"
#include "transport/base/bytes.h"
#include "transport/base/function.h"
#include "transport/base/log.h"
#include "transport/base/random.h"
#include "transport/base/result.h"
#include "transport/base/time.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarsier {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error(Code::malformed, "odd");
  return n / 2;
}
Result<int> quarter(int n) {
  TARSIER_TRY(int h, half(n));
  TARSIER_TRY(int q, half(h));
  return q;
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).code(), Code::malformed);
  EXPECT_EQ(quarter(6).error().to_string(), "malformed (15): odd");
}

TEST(ResultDeathTest, ValueOfAnErrorStops) { EXPECT_DEATH((void)half(3).value(), "odd"); }

TEST(Error, PrintsTheCodeAsThePeerSentIt) {
  Error error(Code::application, "no such user");
  error.wire_code = 42;
  EXPECT_EQ(error.to_string(), "application (42): no such user");
}

TEST(Error, EveryCodeHasItsName) {
  std::set<std::string_view> names;
  for (std::int32_t number = -12; number <= 19; ++number)
    names.insert(code_name(static_cast<Code>(number)));
  EXPECT_EQ(names.size(), 32u) << "two codes share a name";
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(code_name(Code::unknown), "unknown");
  EXPECT_EQ(code_name(static_cast<Code>(12345)), "unknown");
  EXPECT_EQ(code_name(Code::no_descriptors), "no_descriptors");
}

TEST(Bytes, SlicesShareAndOutliveTheirBuffer) {
  ByteBuffer buffer;
  buffer.append("hello world");
  Bytes world;
  {
    const Bytes whole = buffer.take();
    world = whole.slice(6, 5);
  }
  EXPECT_EQ(world.text(), "world");
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0u);
}

RC_GTEST_PROP(ByteBuffer, BehavesLikeAString, (const std::vector<std::string>& parts)) {
  ByteBuffer buffer;
  std::string model;
  for (const auto& part : parts) {
    buffer.append(part);
    model += part;
    if (model.size() % 3 == 0) {
      buffer.consume(model.size() / 2);
      model.erase(0, model.size() / 2);
    }
  }
  RC_ASSERT(buffer.text() == model);
  RC_ASSERT(buffer.take().text() == model);
}

TEST(BytesDeathTest, NeverLeavesItsBounds) {
  Bytes word = Bytes::copy_of("word");
  EXPECT_DEATH((void)word.slice(5, 0), "beyond the end");
  EXPECT_DEATH((void)word.slice(2, 3), "beyond the end");
  EXPECT_DEATH((void)word.slice(1, SIZE_MAX), "beyond the end");
  EXPECT_DEATH(word.remove_prefix(5), "beyond the end");
  EXPECT_EQ(word.slice(4, 0).size(), 0u);
  word.remove_prefix(4);
  EXPECT_TRUE(word.empty());
}

TEST(ByteBufferDeathTest, NeverLeavesItsBounds) {
  ByteBuffer buffer;
  buffer.append("abc");
  EXPECT_DEATH(buffer.truncate(4), "cannot grow");
  EXPECT_DEATH(buffer.consume(4), "beyond the end");
  EXPECT_DEATH(buffer.commit(buffer.capacity()), "more than was prepared");
}

TEST(ByteBuffer, AnEmptyOneIsHarmless) {
  ByteBuffer buffer;
  buffer.append(std::span<const std::byte>());
  buffer.consume(0);
  buffer.truncate(0);
  buffer.commit(0);
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_TRUE(buffer.take().empty());
  ByteBuffer moved = std::move(buffer);
  moved = ByteBuffer(10);
  EXPECT_GE(moved.capacity(), 10u);
}

TEST(BufferPool, UsesMemoryAgainOnceNobodyElseHoldsIt) {
  BufferPool pool;
  ByteBuffer buffer = pool.take(100);
  buffer.append("first");
  const std::byte* memory = buffer.data();
  Bytes sent = pool.send(buffer);
  EXPECT_EQ(buffer.capacity(), 0u);

  // On its way: another one.
  ByteBuffer other = pool.take(100);
  EXPECT_NE(other.data(), memory);
  EXPECT_EQ(sent.text(), "first");

  sent = Bytes();
  ByteBuffer again = pool.take(100);
  EXPECT_EQ(again.data(), memory);
  EXPECT_TRUE(again.empty());
  again.append("second");
  EXPECT_EQ(pool.send(again).text(), "second");
}

TEST(BufferPool, GivesNoLessRoomThanAsked) {
  BufferPool pool;
  ByteBuffer small = pool.take(10);
  small.append("x");
  pool.send(small);
  EXPECT_GE(pool.take(1000).capacity(), 1000u);
}

TEST(BufferPool, SendsLittleInLittle) {
  BufferPool pool;
  ByteBuffer roomy = pool.take(10'000);
  const std::byte* const memory = roomy.data();
  roomy.append("little");
  const Bytes sent = pool.send(roomy, 1'000);
  EXPECT_EQ(sent.text(), "little");
  EXPECT_NE(sent.data(), memory);
  EXPECT_EQ(roomy.capacity(), 0u);
  ByteBuffer again = pool.take(10'000);
  EXPECT_EQ(again.data(), memory) << "though `sent` is still held";
  pool.give(again);
  EXPECT_EQ(pool.take(10'000).data(), memory);
}

TEST(BufferPool, ForgetsWhatIsInUseTooLongAndWhatIsTooLarge) {
  BufferPool pool;
  std::vector<Bytes> on_their_way;
  for (int i = 0; i < 100; ++i) {
    ByteBuffer buffer = pool.take(16);
    buffer.append(std::to_string(i));
    on_their_way.push_back(pool.send(buffer));
  }
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(on_their_way[static_cast<std::size_t>(i)].text(), std::to_string(i));
  on_their_way.clear();

  ByteBuffer large = pool.take(BufferPool::kept_bytes_max + 1);
  large.append("x");
  pool.send(large);
  EXPECT_LE(pool.take(1).capacity(), 64u);
}

TEST(ByteBuffer, KeepsItsMemoryAndItsBytesWhenItGrows) {
  ByteBuffer buffer(4);
  std::memcpy(buffer.prepare(3), "abc", 3);
  buffer.commit(3);
  const std::byte* before = buffer.data();
  buffer.truncate(1);
  buffer.append("xy");
  EXPECT_EQ(buffer.data(), before);
  buffer.append(std::string(1000, 'z'));
  EXPECT_EQ(buffer.text(), "axy" + std::string(1000, 'z'));
  buffer.clear();
  EXPECT_GE(buffer.capacity(), 1003u);
}

// Slices of slices, copies, moves and assignments over each other: the counts stay right and every
// slice shows what the string model shows. The sanitizers watch the blocks.
RC_GTEST_PROP(Bytes, SlicesAndCopiesBehaveLikeStrings, (const std::string& text)) {
  std::vector<std::pair<Bytes, std::string>> held{{Bytes::copy_of(text), text}};
  const int steps = *rc::gen::resize(100, rc::gen::inRange(0, 40));
  for (int step = 0; step < steps; ++step) {
    const auto from = *rc::gen::resize(100, rc::gen::inRange<std::size_t>(0, held.size()));
    const std::size_t size = held[from].second.size();
    const auto offset = *rc::gen::resize(100, rc::gen::inRange<std::size_t>(0, size + 1));
    const auto count = *rc::gen::resize(100, rc::gen::inRange<std::size_t>(0, size - offset + 1));
    switch (*rc::gen::resize(100, rc::gen::inRange(0, 4))) {
      case 0:
        held.emplace_back(held[from].first.slice(offset, count),
                          held[from].second.substr(offset, count));
        break;
      case 1: held[offset % held.size()] = held[from]; break;
      case 2:
        held[from].first.remove_prefix(offset);
        held[from].second.erase(0, offset);
        break;
      default:
        if (held.size() > 1) held.erase(held.begin() + static_cast<std::ptrdiff_t>(from));
    }
  }
  for (const auto& [bytes, model] : held) RC_ASSERT(bytes.text() == model);
}

TEST(ResultDeathTest, ErrorOfAValueStops) {
  const Result<int> number(1);
  EXPECT_DEATH((void)number.error(), "holds a value");
  EXPECT_EQ(number.code(), Code::ok);
  const Result<> nothing;
  EXPECT_DEATH((void)nothing.error(), "holds a value");
  EXPECT_DEATH(Result<>(Error(Code::io, "the disk is gone")).value(), "the disk is gone");
}

TEST(UniqueFunctionDeathTest, AnEmptyOneCannotBeCalled) {
  Callback nothing;
  EXPECT_FALSE(nothing);
  EXPECT_DEATH(nothing(), "empty function");
}

TEST(Log, BuildsAMessageOnlyWhenSomebodyReadsIt) {
  NullLog log;
  int built = 0;
  const auto message = [&built] {
    ++built;
    return std::string("never seen");
  };
  TARSIER_LOG(log, error, "test", message());
  EXPECT_EQ(built, 0);
}

TEST(Random, ForksDependOnTheLabelAndNotOnWhatWasDrawn) {
  Random a(7);
  const Random b(7);
  a.next();
  EXPECT_EQ(a.fork("x").next(), b.fork("x").next());
  EXPECT_NE(b.fork("x").next(), b.fork("y").next());
}

TEST(Random, IsTheSameOnEveryMachine) {
  Random random(1);
  EXPECT_EQ(random.next(), 0xb3f2af6d0fc710c5u);
}

RC_GTEST_PROP(Random, BelowStaysBelow, (std::uint64_t seed)) {
  Random random(seed);
  const std::uint64_t bound = 1 + mix64(seed) % 1000;
  for (int i = 0; i < 50; ++i) RC_ASSERT(random.below(bound) < bound);
}

RC_GTEST_PROP(Random, BetweenStaysBetween, (std::uint64_t seed, std::int64_t a, std::int64_t b)) {
  Random random(seed);
  const std::int64_t low = std::min(a, b);
  const std::int64_t high = std::max(a, b);
  for (int i = 0; i < 50; ++i) {
    const std::int64_t drawn = random.between(low, high);
    RC_ASSERT(low <= drawn && drawn <= high);
  }
  RC_ASSERT(random.between(low, low) == low);
  (void)random.between(INT64_MIN, INT64_MAX);
}

TEST(Random, DrawsEveryValueAboutAsOften) {
  Random random(3);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[static_cast<std::size_t>(random.between(-3, 3) + 3)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += random.permille(250) ? 1 : 0;
  EXPECT_NEAR(hits, 25'000, 700);
  EXPECT_FALSE(random.permille(0));
  EXPECT_TRUE(random.permille(1000));
}

TEST(Random, ForksByNumberDiffer) {
  const Random random(9);
  std::set<std::uint64_t> first;
  for (std::uint64_t i = 0; i < 1000; ++i) first.insert(random.fork(i).next());
  EXPECT_EQ(first.size(), 1000u);
  EXPECT_EQ(random.fork(5).key(), random.fork(5).key());
}

TEST(RandomDeathTest, RefusesEmptyRanges) {
  Random random(1);
  EXPECT_DEATH((void)random.below(0), "");
  EXPECT_DEATH((void)random.between(2, 1), "low <= high");
}

TEST(UniqueFunction, MovesBigAndSmallCallables) {
  auto owned = std::make_unique<int>(4);
  UniqueFunction<int(int)> small = [p = std::move(owned)](int n) { return *p + n; };
  UniqueFunction<int(int)> moved = std::move(small);
  EXPECT_EQ(moved(1), 5);
  EXPECT_FALSE(small);
  std::array<int, 100> many{};
  many[99] = 3;
  UniqueFunction<int(int)> big = [many](int n) { return many[99] + n; };
  moved = std::move(big);
  EXPECT_EQ(moved(1), 4);
}

TEST(Time, DeadlineArithmeticSaturates) {
  EXPECT_EQ(deadline_after(TimePoint(Duration(5)), Duration::max()), no_deadline);
  EXPECT_EQ(deadline_after(TimePoint(Duration(5)), Duration(7)).time_since_epoch().count(), 12);
}

}  // namespace
}  // namespace tarsier
