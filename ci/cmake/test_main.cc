#include <gmock/gmock.h>

#include <cstdlib>

// RapidCheck prints its seed and takes one from RC_PARAMS ("seed=42"). It is random for people, so
// that every run explores something new, and fixed under CI, so that a landing run does not fail
// for what an earlier change did.
int main(int argc, char** argv) {
  if (std::getenv("CI") != nullptr) ::setenv("RC_PARAMS", "seed=20261121", /*overwrite=*/0);
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
