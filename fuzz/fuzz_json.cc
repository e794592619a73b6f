#include <string>

#include "fuzz/harness.h"
#include "protocol/tars/json_body.h"
#include "protocol/tars/sampler_testing.h"

namespace {

void rewrite(tarsier::json::Writer& writer, tarsier::json::Value value) {
  using tarsier::json::Kind;
  switch (value.kind()) {
    case Kind::null: writer.null(); break;
    case Kind::boolean: writer.boolean(*value.boolean()); break;
    case Kind::number: writer.number(*value.number()); break;
    case Kind::string: writer.string(*value.string()); break;
    case Kind::array:
      writer.begin_array();
      value.each_element([&](auto element) { return rewrite(writer, element), true; });
      writer.end_array();
      break;
    case Kind::object:
      writer.begin_object();
      value.each_member([&](std::string_view key, auto member) {
        writer.key(key);
        return rewrite(writer, member), true;
      });
      writer.end_object();
      break;
  }
}

// Whatever parses is written as a text that parses to the same text.
void check_tree(std::string_view text) {
  const auto document = tarsier::json::Document::parse(text);
  if (!document.ok()) return;
  tarsier::ByteBuffer first;
  tarsier::json::Writer writer(first);
  rewrite(writer, (*document)->root());
  const auto again = tarsier::json::Document::parse(first.text());
  TARSIER_FUZZ_EXPECT(again.ok());
  tarsier::ByteBuffer second;
  tarsier::json::Writer rewriter(second);
  rewrite(rewriter, (*again)->root());
  TARSIER_FUZZ_EXPECT(first.text() == second.text());
}

void fuzz(std::span<const std::byte> input) {
  using namespace tarsier::tars;
  const std::string_view text = tarsier::as_text(input);
  check_tree(text);
  Sampler::Bag bag;
  {
    const tarsier::fuzz::AllocationMeter meter;
    const bool good = from_json(text, bag).ok();
    TARSIER_FUZZ_EXPECT(meter.peak_bytes() <= tarsier::fuzz::allocation_bound(text.size()));
    if (!good) return;
  }
  Sampler::Bag same;
  DecodeOptions roomy;
  roomy.overhead_bytes += 100 * text.size();
  const std::string canonical = to_json(bag);
  TARSIER_FUZZ_EXPECT(from_json(canonical, same, roomy).ok());
  TARSIER_FUZZ_EXPECT(to_json(same) == canonical);
}

}  // namespace

TARSIER_FUZZ(fuzz)
