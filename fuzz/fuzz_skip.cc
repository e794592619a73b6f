#include "fuzz/harness.h"
#include "protocol/tars/skip.h"

namespace {

// The first byte chooses the type of the value and the depth that is left; the rest is its payload.
void fuzz(std::span<const std::byte> input) {
  using namespace tarsier::tars;
  if (input.empty()) return;
  const auto first = static_cast<unsigned>(input[0]);
  const std::span<const std::byte> payload = input.subspan(1);
  const std::byte* const begin = payload.data();
  const std::byte* const end = begin + payload.size();
  const tarsier::fuzz::AllocationMeter meter;
  const detail::Walk walk =
      detail::skip_payload(begin, end, static_cast<WireType>(first & 15u), (first >> 4) * 17);
  TARSIER_FUZZ_EXPECT(walk.cursor >= begin && walk.cursor <= end);
  TARSIER_FUZZ_EXPECT(meter.peak_bytes() == 0);
  // What was skipped is complete: without its last byte it is not.
  if (walk.failure == Failure::none && walk.cursor != begin) {
    const detail::Walk cut = detail::skip_payload(
        begin, walk.cursor - 1, static_cast<WireType>(first & 15u), (first >> 4) * 17);
    TARSIER_FUZZ_EXPECT(cut.failure != Failure::none);
  }
  std::uint32_t count = 0;
  const detail::Walk counted = detail::read_count(begin, end, 2, count);
  TARSIER_FUZZ_EXPECT(counted.cursor >= begin && counted.cursor <= end);
  TARSIER_FUZZ_EXPECT(counted.failure != Failure::none ||
                      2 * std::size_t{count} <= static_cast<std::size_t>(end - counted.cursor));
}

}  // namespace

TARSIER_FUZZ(fuzz)
