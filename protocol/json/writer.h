#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "transport/base/bytes.h"

namespace tarsier::json {

// Appends JSON to a buffer, commas and quotes included:
//
//   json::Writer writer(buffer);
//   writer.begin_object();
//   writer.key("id");  writer.integer(7);
//   writer.end_object();
//
// Calls must nest as JSON does; nothing checks that. Strings that are not UTF-8 get U+FFFD where
// they are wrong, so that the text always is; NaN and infinities become null (spec §2.9).
class Writer {
 public:
  explicit Writer(ByteBuffer& buffer) : buffer_(&buffer) {}

  void begin_object() { begin_bracket('{'); }
  void end_object() { end_bracket('}'); }
  void begin_array() { begin_bracket('['); }
  void end_array() { end_bracket(']'); }
  void key(std::string_view name);

  void null() { word("null"); }
  void boolean(bool value) { word(value ? "true" : "false"); }
  void integer(std::int64_t value);
  // The shortest literal that reads back as the same number.
  void number(float value);
  void number(double value);
  void string(std::string_view text);

 private:
  void separate();
  void begin_bracket(char bracket);
  void end_bracket(char bracket);
  void word(std::string_view text);
  void quote(std::string_view text);

  ByteBuffer* buffer_;
  bool first_ = true;  // nothing written yet in the innermost container, or behind a key
};

}  // namespace tarsier::json
