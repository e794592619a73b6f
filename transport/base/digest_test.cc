#include "transport/base/digest.h"

#include <string>

namespace tarsier {
namespace {

std::string hex(const Md5& digest) {
  std::string text;
  for (const std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

TEST(Digest, Md5IsThatOfItsStandard) {
  EXPECT_EQ(hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");  // RFC 1321, A.5
  EXPECT_EQ(hex(md5("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(hex(md5("192.168.0.1_0")), "9cdc8f3b2ba3b1529ba2d22b005422f9");  // spec §6.5
}

}  // namespace
}  // namespace tarsier
