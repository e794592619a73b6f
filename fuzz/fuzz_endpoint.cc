#include <string>

#include "fuzz/harness.h"
#include "transport/base/bytes.h"
#include "transport/endpoint.h"

namespace {

// What the text form can say. It leaves zeros out, which read back as the default, and takes a
// weight that does not count for none.
tarsier::Endpoint sayable(tarsier::Endpoint endpoint) {
  const tarsier::Endpoint defaults;
  if (endpoint.timeout_ms == 0) endpoint.timeout_ms = defaults.timeout_ms;
  if (endpoint.weight <= 0) endpoint.weight = endpoint.weight_type != 0 ? 100 : defaults.weight;
  return endpoint;
}

void check_list(std::string_view text) {
  const auto list = tarsier::parse_endpoint_list(text);
  if (!list.ok()) {
    TARSIER_FUZZ_EXPECT(list.code() == tarsier::Code::malformed);
    TARSIER_FUZZ_EXPECT(list.error().detail.size() < 1024 + text.size());
    return;
  }
  std::string joined;
  for (const tarsier::Endpoint& endpoint : *list) {
    if (!joined.empty()) joined += ':';
    joined += endpoint.to_string();
    const auto again = tarsier::parse_endpoint(endpoint.to_string());
    TARSIER_FUZZ_EXPECT(again.ok());
    TARSIER_FUZZ_EXPECT(*again == sayable(endpoint));
  }
  if (joined.ends_with(':')) return;  // trimmed at the end of a list
  const auto again = tarsier::parse_endpoint_list(joined);
  TARSIER_FUZZ_EXPECT(again.ok() && again->size() == list->size());
}

void fuzz(std::span<const std::byte> input) {
  const std::string_view text = tarsier::as_text(input);
  check_list(text);
  const auto name = tarsier::parse_object_name(text);
  if (name.ok()) TARSIER_FUZZ_EXPECT(!name->servant.empty());
}

}  // namespace

TARSIER_FUZZ(fuzz)
