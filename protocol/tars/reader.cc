#include "protocol/tars/reader.h"

namespace tarsier::tars {
namespace {

std::string_view reason(Failure failure) {
  switch (failure) {
    case Failure::none: return "nothing failed";
    case Failure::truncated: return "the message ends inside a value";
    case Failure::mismatch: return "the value is not of the declared type";
    case Failure::missing: return "a required value is missing";
    case Failure::count: return "a length or count is larger than what it counts can be";
    case Failure::depth: return "values are nested too deeply";
    case Failure::allocation:
      return "decoding needs more memory than a message of this size may use";
    case Failure::unexpected_end: return "a struct end closes no struct";
    case Failure::limit: return "a name or a map of the packet is larger than allowed";
  }
  return "unknown failure";
}

}  // namespace

Error Reader::error() const {
  const bool limit =
      failure_ == Failure::depth || failure_ == Failure::allocation || failure_ == Failure::limit;
  std::string text(reason(failure_));
  text += " (tag ";
  text += std::to_string(tag_);
  text += ", byte ";
  text += std::to_string(failed_at_);
  text += ')';
  return Error(limit ? Code::limit : Code::malformed, std::move(text));
}

bool Reader::finish() {
  if (!ok() || cursor_ == end_) return ok();
  const auto type = static_cast<std::uint8_t>(*cursor_) & 15u;
  if (lenient_) return true;
  if (type == static_cast<unsigned>(WireType::struct_end)) return fail(Failure::unexpected_end);
  if (type > static_cast<unsigned>(WireType::simple_list)) return fail(Failure::mismatch);
  return true;
}

bool Reader::next_is(std::uint8_t tag, WireType& type) const {
  const std::byte* cursor = cursor_;
  Head head;
  if (!detail::read_head(cursor, end_, head) || head.tag != tag) return false;
  type = head.type;
  return true;
}

}  // namespace tarsier::tars
