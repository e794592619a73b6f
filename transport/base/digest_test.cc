#include "transport/base/digest.h"

#include <string>

namespace tarsier {
namespace {

TEST(Digest, Sha1IsThatOfItsStandard) {
  EXPECT_EQ(to_hex(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");  // RFC 3174, 7.3
  EXPECT_EQ(to_hex(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

RC_GTEST_PROP(Des3, DecryptsWhatItEncrypted, (const std::string& plain)) {
  const std::string key = "abcdefghijklmnopqrstuvwx";
  const std::string secret = des3_encrypt(key, plain);
  RC_ASSERT(secret.size() == (plain.size() / 8 + 1) * 8);
  RC_ASSERT(des3_decrypt(key, secret) == plain);
}

TEST(Des3, RefusesWhatIsNoMultipleOfABlockOrBadlyPadded) {
  const std::string key = "abcdefghijklmnopqrstuvwx";
  EXPECT_EQ(des3_decrypt(key, "123"), std::nullopt);
  EXPECT_EQ(des3_decrypt(key, ""), std::nullopt);
  EXPECT_EQ(des3_decrypt(key, std::string(48, 'x')), std::nullopt);
}

TEST(Digest, Md5IsThatOfItsStandard) {
  EXPECT_EQ(to_hex(md5("")), "d41d8cd98f00b204e9800998ecf8427e");  // RFC 1321, A.5
  EXPECT_EQ(to_hex(md5("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(to_hex(md5("192.168.0.1_0")), "9cdc8f3b2ba3b1529ba2d22b005422f9");  // spec §6.5
}

}  // namespace
}  // namespace tarsier
