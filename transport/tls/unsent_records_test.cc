#include "transport/tls/unsent_records.h"

#include <algorithm>
#include <vector>

namespace tarsier::tls {
namespace {

TEST(UnsentRecords, NothingIsUnsentWhenAllSecretBytesAreGone) {
  UnsentRecords records;
  records.add(100, 122);
  EXPECT_EQ(records.plain_bytes(122), 100u);
  EXPECT_EQ(records.plain_bytes(61), 50u);
  EXPECT_EQ(records.plain_bytes(1), 100u - 100u * 121u / 122u);
  EXPECT_EQ(records.plain_bytes(0), 0u);
}

TEST(UnsentRecords, HandshakesHoldNothing) {
  UnsentRecords records;
  records.add(0, 500);
  EXPECT_EQ(records.plain_bytes(500), 0u);
  records.add(10, 32);
  EXPECT_EQ(records.plain_bytes(532), 10u) << "behind the handshake";
  EXPECT_EQ(records.plain_bytes(32), 10u);
  records.add(0, 24);
  EXPECT_EQ(records.plain_bytes(56), 10u);
  EXPECT_EQ(records.plain_bytes(24), 0u) << "only a goodbye is left";
}

// Who waits until no more than so much is unsent waits as long as it takes, and no longer.
RC_GTEST_PROP(UnsentRecords, TheWayBackIsExact,
              (const std::vector<std::uint8_t>& sends, std::uint16_t plain)) {
  UnsentRecords records;
  std::size_t secret = 0;
  for (const std::uint8_t bytes : sends) {
    records.add(bytes, bytes + 22u);
    secret += bytes + 22u;
  }
  const std::size_t most = records.secret_bytes(plain);
  RC_ASSERT(most <= secret);
  UnsentRecords copy = records;
  RC_ASSERT(copy.plain_bytes(most) <= plain);
  if (most < secret) {
    copy = records;
    RC_ASSERT(copy.plain_bytes(most + 1) > plain);
  }
}

// What a peer has taken never shrinks, and is never more than was given.
RC_GTEST_PROP(UnsentRecords, WhatWasTakenOnlyGrows,
              (const std::vector<std::pair<std::uint16_t, std::uint16_t>>& steps)) {
  UnsentRecords records;
  std::size_t given = 0;
  std::size_t unsent = 0;
  std::size_t taken_before = 0;
  for (const auto& [plain, gone] : steps) {
    const std::size_t secret = plain + 22u;
    records.add(plain, secret);
    given += plain;
    unsent += secret;
    unsent -= std::min<std::size_t>(unsent, gone);
    const std::size_t left = records.plain_bytes(unsent);
    RC_ASSERT(left <= given && left <= unsent);
    RC_ASSERT(given - left >= taken_before);
    taken_before = given - left;
  }
  RC_ASSERT(records.plain_bytes(0) == 0u);
}

}  // namespace
}  // namespace tarsier::tls
