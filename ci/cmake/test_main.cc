#include <gmock/gmock.h>

#include <cstdlib>
#include <string>

// RapidCheck reads its seed from RC_PARAMS. Unless the caller chose one, it is random; the first
// line says how to replay it.
int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
