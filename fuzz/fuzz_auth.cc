#include <string>

#include "fuzz/harness.h"
#include "protocol/auth/auth.h"

namespace {

// Those of fuzz/corpus/auth, which has a request that is right.
void fuzz(std::span<const std::byte> input) {
  using namespace tarsier;
  constexpr std::int64_t now_s = 1'700'000'000;
  const auth::Credentials known{"Test.Auth.SecretObj", "key-of-the-shop", "123456"};
  tars::RequestView request;
  const auth::State state = auth::check_request(input, known, now_s, request);
  TARSIER_FUZZ_EXPECT(!auth::describe(state).empty());
  (void)auth::check_answer(input);
  if (state != auth::State::success) return;
  // Who is let in knew the secret.
  auth::Credentials other = known;
  other.secret_key = "654321";
  tars::RequestView again;
  TARSIER_FUZZ_EXPECT(auth::check_request(input, other, now_s, again) != auth::State::success);
  ByteBuffer answer;
  TARSIER_FUZZ_EXPECT(auth::write_success(answer, request).ok());
  TARSIER_FUZZ_EXPECT(auth::check_answer(answer.span().subspan(4)).ok());
}

}  // namespace

TARSIER_FUZZ(fuzz)
