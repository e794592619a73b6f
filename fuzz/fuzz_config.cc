#include <string>

#include "fuzz/harness.h"
#include "protocol/config/config.h"
#include "protocol/config/values.h"
#include "transport/base/bytes.h"

namespace {

using namespace tarsier::config;

// What a line of two bytes costs, with its key, its place in the index and its raw text.
constexpr std::size_t bytes_per_byte = 400;

// Indenting and escaping make a text longer.
Bounds roomy() {
  Bounds bounds;
  bounds.bytes_max *= 200;
  bounds.line_bytes_max *= 4;
  return bounds;
}

void check_values(const Domain& domain) {
  for (const Entry& each : domain.entries()) {
    TARSIER_FUZZ_EXPECT(domain.entry(each.key) == &each);
    for (const Unit unit : {Unit::count, Unit::milliseconds, Unit::bytes}) {
      const Reading reading = read_number(each.value, unit);
      TARSIER_FUZZ_EXPECT(reading.any || !reading.problem.empty());
      TARSIER_FUZZ_EXPECT(reading.problem.size() + reading.hint.size() < 200);
    }
    static_cast<void>(read_flag(each.value));
  }
  for (const Domain& each : domain.domains()) {
    TARSIER_FUZZ_EXPECT(domain.domain(each.name()) == &each);
    check_values(each);
  }
}

// Two texts, one behind the other, are the first one joined by the second.
void check_join(std::string_view text) {
  const std::size_t middle = text.find('\n', text.size() / 2);
  if (middle == text.npos) return;
  const auto first = Config::parse(text.substr(0, middle + 1), "first.conf");
  // The sign of the encoding is one at the beginning only.
  const auto second = Config::parse('\n' + std::string(text.substr(middle + 1)), "second.conf");
  if (!first.ok() || !second.ok()) return;
  const auto both = Config::parse(text, "both.conf");
  Config joined = *first;
  if (!joined.join(*second, Join::other_wins).ok()) return;
  TARSIER_FUZZ_EXPECT(both.ok() && joined == *both);
}

void fuzz(std::span<const std::byte> input) {
  const std::string_view text = tarsier::as_text(input);
  {
    const tarsier::fuzz::AllocationMeter meter;
    const auto config = Config::parse(text, "fuzz.conf");
    TARSIER_FUZZ_EXPECT(meter.peak_bytes() <= 64 * 1024 + bytes_per_byte * text.size());
    if (!config.ok()) {
      TARSIER_FUZZ_EXPECT(config.error().detail.starts_with("fuzz.conf:"));
      TARSIER_FUZZ_EXPECT(config.error().detail.size() < 500);
      return;
    }
    check_values(config->root());
    const std::string written = config->render();
    const auto again = Config::parse(written, "again.conf", roomy());
    TARSIER_FUZZ_EXPECT(again.ok());
    TARSIER_FUZZ_EXPECT(*again == *config);
    TARSIER_FUZZ_EXPECT(again->render() == written);
  }
  check_join(text);
}

}  // namespace

TARSIER_FUZZ(fuzz)
