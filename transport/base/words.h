#pragma once

#include <string>
#include <string_view>
#include <vector>

// Words that people wrote, in messages to people.
namespace tarsier {

// Whether a byte may reach a terminal: everything but control characters.
bool printable(char c);

// The word between quotes, shortened, without control characters.
std::string in_quotes(std::string_view word);

// With small letters in place of the capital ones of ASCII.
std::string lowered(std::string_view text);

// The candidate most like the word, or "" when none is close enough to be what was meant. A change
// of case counts as nothing.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// "did you mean 'x'?" for the nearest candidate, or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace tarsier
