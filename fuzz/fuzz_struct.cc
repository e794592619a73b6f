#include "fuzz/codec_oracles.h"
#include "protocol/idl/golden/Everything.h"
#include "protocol/tars/golden_testing.h"

namespace {

// The first byte chooses the struct and the strictness.
void fuzz(std::span<const std::byte> input) {
  using namespace tarsier;
  if (input.empty()) return;
  const auto first = static_cast<unsigned>(input[0]);
  const std::span<const std::byte> message = input.subspan(1);
  const tars::DecodeOptions options{.lenient = (first & 1u) != 0};
  switch ((first >> 1) % 6) {
    case 0: fuzz::check_message<Sampler::Bag>(message, options); break;
    case 1: fuzz::check_message<tars::testing::All>(message, options); break;
    case 2: fuzz::check_message<Sampler::Point>(message, options); break;
    case 3: fuzz::check_message<Shapes::All>(message, options); break;
    case 4: fuzz::check_message<Shapes::Node>(message, options); break;  // recursive
    default: {
      // Views and trees accept the same maps.
      tars::FlatMap<std::string_view, std::vector<std::string_view>> flat;
      std::map<std::string, std::vector<std::string>> tree;
      tars::DecodeOptions roomy = options;
      roomy.overhead_bytes += 100 * message.size();
      tars::Reader views(message, roomy);
      tars::Reader owned(message, roomy);
      views.read(1, flat, tars::Presence::required);
      owned.read(1, tree, tars::Presence::required);
      TARSIER_FUZZ_EXPECT(views.failure() == owned.failure());
      TARSIER_FUZZ_EXPECT(!views.ok() || tree.size() <= flat.entries.size());
    }
  }
}

}  // namespace

TARSIER_FUZZ(fuzz)
