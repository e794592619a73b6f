#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tarsier::application {

// Numbers in the text format of Prometheus (version 0.0.4): families with their help and type, and
// under them samples, whose labels are escaped. The same value never comes twice if each family is
// begun once and its labels differ; that is for the caller.
class MetricsText {
 public:
  enum class Type : std::uint8_t { counter, gauge };
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // `name`: letters, digits and '_'; that of a counter ends in "_total".
  void family(std::string_view name, Type type, std::string_view help);
  // Of the family that was begun last.
  void sample(Labels labels, std::uint64_t value);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string name_;
};

}  // namespace tarsier::application
