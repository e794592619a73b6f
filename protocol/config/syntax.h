#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// The words of the format, for its parser and its writer.
namespace tarsier::config {

inline constexpr std::string_view blanks = " \t\r\n";
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string_view trim(std::string_view text);

// Appends the text with \\ \r \n \t \= for what they stand for.
void escape(std::string_view text, std::string& out);

// The '=' that ends the key: the first one that follows no backslash; npos if there is none.
std::size_t find_separator(std::string_view line);

// What is wrong with a name, as the end of a sentence ("is empty"), or "".
std::string_view problem_of_key(std::string_view key);
std::string_view problem_of_domain_name(std::string_view name);

}  // namespace tarsier::config
