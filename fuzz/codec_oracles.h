#pragma once

#include <cstring>

#include "fuzz/harness.h"
#include "protocol/tars/reader.h"
#include "protocol/tars/writer.h"

// What every fuzz target of an encoded struct expects.
namespace tarsier::fuzz {

template <class T>
ByteBuffer message_of(const T& value) {
  ByteBuffer buffer;
  tars::Writer writer(buffer);
  value.tars_write(writer);
  TARSIER_FUZZ_EXPECT(writer.finish().ok());
  return buffer;
}

// Decoding stays within its bound; what it accepts has one canonical form, which decodes to itself.
// True if the input was accepted.
template <class T>
bool check_message(std::span<const std::byte> input, const tars::DecodeOptions& options = {}) {
  T value;
  {
    const AllocationMeter meter;
    tars::Reader reader(input, options);
    const bool good = value.tars_read(reader);
    TARSIER_FUZZ_EXPECT(good == reader.ok());
    TARSIER_FUZZ_EXPECT(meter.peak_bytes() <= allocation_bound(input.size()));
    if (!good) {
      TARSIER_FUZZ_EXPECT(!reader.error().detail.empty());
      return false;
    }
  }
  const ByteBuffer first = message_of(value);
  // A canonical form may be shorter than what it was decoded from, and then allows less memory.
  tars::DecodeOptions roomy;
  roomy.overhead_bytes = 64 * 1024 + 16 * input.size();
  tars::Reader again(first.span(), roomy);
  T same;
  TARSIER_FUZZ_EXPECT(same.tars_read(again));
  TARSIER_FUZZ_EXPECT(again.remaining() == 0);
  const ByteBuffer second = message_of(same);
  TARSIER_FUZZ_EXPECT(first.text() == second.text());
  return true;
}

}  // namespace tarsier::fuzz
