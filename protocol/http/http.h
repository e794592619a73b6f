#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "transport/base/limits.h"
#include "transport/base/result.h"

// HTTP/1.1 as bytes, for pages that a service serves about itself. No I/O.
namespace tarsier::http {

inline constexpr std::size_t head_bytes_max = 8 * limits::kib;  // request line and fields
inline constexpr std::size_t body_bytes_max = 64 * limits::kib;

struct Request {
  std::string method{};  // "GET"
  std::string path{};    // "/-/status", without the query
  std::string query{};   // "level=DEBUG"
  std::string accept{};  // the field of that name
  std::string body{};
  bool keep_alive = true;
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body{};
};

// Cuts requests out of a stream.
//
//   RequestReader reader;
//   while (!reader.done()) { …; TARSIER_TRY(std::size_t used, reader.feed(bytes)); … }
//   Request request = reader.take();  // and on to the next
class RequestReader {
 public:
  RequestReader();
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Takes bytes up to the end of a request; how many. malformed: this is no HTTP. limit: the head
  // or the body is too long. Nothing can be read after an error.
  Result<std::size_t> feed(std::span<const std::byte> bytes);
  bool done() const;
  // The request, once it is done. From then on the next one is read.
  Request take();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

// The bytes of a response. Without a body for HEAD, whose length it has all the same.
std::string render(const Response& response, bool keep_alive, bool head_only = false);

// What an error of RequestReader is answered with, before the connection is closed.
Response answer_to(const Error& error);

// The value of a key in "a=1&b=2"; "" when there is none. Nothing is unescaped.
std::string query_value(const std::string& query, const std::string& key);

// For text between tags.
std::string escape_html(const std::string& text);

}  // namespace tarsier::http
