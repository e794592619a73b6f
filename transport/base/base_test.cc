#include "transport/base/bytes.h"
#include "transport/base/function.h"
#include "transport/base/random.h"
#include "transport/base/result.h"
#include "transport/base/time.h"

#include <memory>
#include <set>
#include <string>
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
