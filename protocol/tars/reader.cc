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

Error Reader::describe(Failure failure, std::uint8_t tag, std::size_t at) {
  const bool limit =
      failure == Failure::depth || failure == Failure::allocation || failure == Failure::limit;
  std::string text(reason(failure));
  text += " (tag ";
  text += std::to_string(tag);
  text += ", byte ";
  text += std::to_string(at);
  text += ')';
  return Error(limit ? Code::limit : Code::malformed, std::move(text));
}

}  // namespace tarsier::tars
