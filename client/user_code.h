#pragma once

#include <exception>
#include <string>
#include <utility>

namespace tarsier {

// Calls a function of the user's. What it throws ends here, as text; empty: it returned.
template <class Function, class... Arguments>
std::string what_it_threw(Function& function, Arguments&&... arguments) {
  try {
    function(std::forward<Arguments>(arguments)...);
    return {};
  } catch (const std::exception& exception) {
    return std::string("'") + exception.what() + "'";
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace tarsier
