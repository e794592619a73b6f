#include "protocol/http/http.h"

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

#include "transport/base/check.h"

namespace tarsier::http {
namespace {

namespace beast = boost::beast;
using BeastParser = beast::http::request_parser<beast::http::string_body>;
using BeastError = boost::system::error_code;

// A visitor of the serializer that keeps what it is shown.
struct Collect {
  std::string& text;
  std::size_t& bytes;
  template <class Buffers>
  void operator()(BeastError&, const Buffers& buffers) const {
    for (auto each = boost::asio::buffer_sequence_begin(buffers);
         each != boost::asio::buffer_sequence_end(buffers); ++each) {
      const boost::asio::const_buffer buffer(*each);
      text.append(static_cast<const char*>(buffer.data()), buffer.size());
      bytes += buffer.size();
    }
  }
};

std::string copy(beast::string_view text) { return std::string(text.data(), text.size()); }

bool too_long(const BeastError& error) {
  return error == beast::http::error::header_limit || error == beast::http::error::body_limit;
}

}  // namespace

struct RequestReader::Parser {
  Parser() {
    beast.header_limit(head_bytes_max);
    beast.body_limit(body_bytes_max);
    beast.eager(true);
  }
  BeastParser beast;
};

RequestReader::RequestReader() : parser_(std::make_unique<Parser>()) {}
RequestReader::~RequestReader() = default;

Result<std::size_t> RequestReader::feed(std::span<const std::byte> bytes) {
  std::size_t used = 0;
  BeastError error;
  // A head is looked at anew until it is whole, so bytes that are not used come again.
  while (used < bytes.size() && !done()) {
    const auto rest = bytes.subspan(used);
    const std::size_t taken =
        parser_->beast.put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    used += taken;
    if (error == beast::http::error::need_more) return used;
    if (error) {
      return Error(too_long(error) ? Code::limit : Code::malformed,
                   "no request of HTTP/1.1 that can be read: " + error.message());
    }
    if (taken == 0) break;
  }
  return used;
}

bool RequestReader::done() const { return parser_->beast.is_done(); }

Request RequestReader::take() {
  TARSIER_CHECK(done(), "a request is taken when it is done");
  const auto message = parser_->beast.release();
  Request request;
  request.method = copy(message.method_string());
  const std::string target = copy(message.target());
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  if (mark != target.npos) request.query = target.substr(mark + 1);
  request.accept = copy(message[beast::http::field::accept]);
  request.body = message.body();
  request.keep_alive = message.keep_alive();
  parser_ = std::make_unique<Parser>();
  return request;
}

std::string render(const Response& response, bool keep_alive, bool head_only) {
  beast::http::response<beast::http::string_body> message(
      static_cast<beast::http::status>(response.status), 11);
  message.set(beast::http::field::content_type, response.content_type);
  message.set(beast::http::field::cache_control, "no-store");
  message.content_length(response.body.size());
  message.keep_alive(keep_alive);
  if (!head_only) message.body() = response.body;
  beast::http::serializer<false, beast::http::string_body> serializer(message);
  std::string text;
  BeastError error;
  while (!serializer.is_done()) {
    if (head_only && serializer.is_header_done()) break;
    std::size_t bytes = 0;
    serializer.next(error, Collect{text, bytes});
    TARSIER_CHECK(!error, "a response is written without errors");
    serializer.consume(bytes);
  }
  return text;
}

Response answer_to(const Error& error) {
  Response response;
  response.status = error.code == Code::limit ? 413 : 400;
  response.body = error.detail + "\n";
  return response;
}

std::string query_value(const std::string& query, const std::string& key) {
  std::size_t begin = 0;
  while (begin <= query.size()) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string part = query.substr(begin, end - begin);
    if (part.starts_with(key + "=")) return part.substr(key.size() + 1);
    begin = end + 1;
  }
  return {};
}

std::string escape_html(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

}  // namespace tarsier::http
