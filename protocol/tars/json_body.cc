#include "protocol/tars/json_body.h"

namespace tarsier::tars {
namespace detail {

JsonState state_for(const json::Document& document, std::size_t text_bytes,
                    const DecodeOptions& options) {
  const std::size_t whole = options.overhead_bytes + options.amplification * text_bytes;
  const std::size_t tree = document.memory_bytes();
  return {whole > tree ? whole - tree : 0, Failure::none, {}};
}

std::string bytes_to_text(std::span<const std::byte> bytes) {
  while (!bytes.empty() && bytes.back() == std::byte{0}) bytes = bytes.first(bytes.size() - 1);
  std::string text;
  for (const std::byte byte : bytes) {
    const auto code = static_cast<unsigned>(byte);
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else {
      text += static_cast<char>(0xc0u | (code >> 6));
      text += static_cast<char>(0x80u | (code & 0x3fu));
    }
  }
  return text;
}

bool text_to_bytes(std::string_view text, std::span<std::byte> bytes) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i, ++count) {
    if (count == bytes.size()) return false;
    auto code = static_cast<unsigned>(static_cast<unsigned char>(text[i]));
    if (code >= 0x80) {
      if (code > 0xc3) return false;  // beyond U+00FF; the text is valid UTF-8
      code = ((code & 3u) << 6) | (static_cast<unsigned char>(text[++i]) & 0x3fu);
    }
    bytes[count] = static_cast<std::byte>(code);
  }
  for (; count < bytes.size(); ++count) bytes[count] = std::byte{0};
  return true;
}

}  // namespace detail

JsonReader::JsonReader(json::Value value, detail::JsonState& state)
    : value_(value), state_(&state) {
  if (value.kind() != json::Kind::object || value.size() <= indexed_from) return;
  if (charge(value.size() * sizeof(std::uint32_t))) index_.emplace(value);
}

std::optional<json::Value> JsonReader::find(std::string_view name) const {
  return index_.has_value() ? index_->find(name) : value_.find(name);
}

Error JsonReader::error() const {
  std::string text;
  switch (state_->failure) {
    case Failure::missing: text = "a required member is missing"; break;
    case Failure::count: text = "an array or a string is longer than its declaration"; break;
    case Failure::allocation:
      text = "decoding needs more memory than a message of this size may use";
      break;
    default: text = "a value is not of the declared type or out of its range"; break;
  }
  if (!state_->where.empty()) text += " (member '" + state_->where.substr(0, 64) + "')";
  const bool limit = state_->failure == Failure::allocation;
  return Error(limit ? Code::limit : Code::malformed, std::move(text));
}

Result<std::unique_ptr<JsonBody>> JsonBody::parse(std::span<const std::byte> text,
                                                  const DecodeOptions& options) {
  std::unique_ptr<JsonBody> body(new JsonBody());
  TARSIER_TRY(body->document_,
              json::Document::parse(as_text(text), {.depth_max = options.depth_max}));
  if (body->document_->root().kind() != json::Kind::object)
    return Error(Code::malformed, "a version-5 body is a JSON object");
  body->state_ = detail::state_for(*body->document_, text.size(), options);
  body->reader_.emplace(body->document_->root(), body->state_);
  if (!body->reader_->ok()) return body->reader_->error();
  return body;
}

}  // namespace tarsier::tars
