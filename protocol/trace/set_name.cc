#include "protocol/trace/set_name.h"

namespace tarsier::trace {

bool set_may_call(std::string_view caller, std::string_view own) {
  const auto area = [](std::string_view set) { return set.substr(0, set.rfind('.')); };
  const auto name = [](std::string_view set) { return set.substr(0, set.find('.')); };
  return area(caller) == area(own) || name(caller) != name(own);
}

bool set_admits(const tars::RequestView& request, std::string_view own) {
  if (own.empty() || (request.message_type & message_type_set) == 0) return true;
  const auto caller = request.status.find(set_name_key);
  return caller && !caller->empty() && set_may_call(*caller, own);
}

}  // namespace tarsier::trace
