#include <map>
#include <string>
#include <vector>

#include "fuzz/harness.h"
#include "protocol/tars/sampler_testing.h"
#include "protocol/tars/tup.h"

namespace {

struct Parameters {
  std::int32_t number = 0;
  std::string text;
  Sampler::Point point;
  std::vector<std::int32_t> ints;
};

bool read(std::int16_t version, std::span<const std::byte> body, Parameters& parameters) {
  auto tup = tarsier::tars::TupReader::parse(version, body);
  if (!tup.ok()) return false;
  bool good = tup->get("number", parameters.number).ok();
  good = tup->get("text", parameters.text).ok() && good;
  good = tup->get("point", parameters.point).ok() && good;
  return tup->get("ints", parameters.ints).ok() && good;
}

// The first byte chooses the version.
void fuzz(std::span<const std::byte> input) {
  using namespace tarsier::tars;
  if (input.empty()) return;
  const std::int16_t version =
      (static_cast<unsigned>(input[0]) & 1u) != 0 ? version_tup : version_tup_legacy;
  const std::span<const std::byte> body = input.subspan(1);
  Parameters first;
  bool good = false;
  {
    const tarsier::fuzz::AllocationMeter meter;
    good = read(version, body, first);
    TARSIER_FUZZ_EXPECT(meter.peak_bytes() <= tarsier::fuzz::allocation_bound(body.size()));
  }
  if (!good) return;
  TupWriter writer(version);
  writer.put("number", first.number);
  writer.put("text", first.text);
  writer.put("point", first.point);
  writer.put("ints", first.ints);
  tarsier::ByteBuffer buffer;
  {
    Writer fields(buffer);
    writer.write(fields);
  }
  Parameters same;
  TARSIER_FUZZ_EXPECT(read(version, buffer.span(), same));
  TARSIER_FUZZ_EXPECT(same.number == first.number && same.text == first.text);
  TARSIER_FUZZ_EXPECT(same.point == first.point && same.ints == first.ints);
}

}  // namespace

TARSIER_FUZZ(fuzz)
