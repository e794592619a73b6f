#include "protocol/http/http.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "transport/base/bytes.h"

namespace tarsier::http {
namespace {

// Feeds all of it, in pieces; the requests that came, or the error.
Result<std::vector<Request>> read_all(std::string_view text, std::size_t piece) {
  RequestReader reader;
  std::vector<Request> requests;
  std::string waiting;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::string_view next = text.substr(at, piece);
    at += next.size();
    waiting += next;
    for (;;) {
      TARSIER_TRY(const std::size_t used, reader.feed(as_bytes(waiting)));
      waiting.erase(0, used);
      if (!reader.done()) break;
      requests.push_back(reader.take());
      if (waiting.empty()) break;
    }
  }
  return requests;
}

constexpr std::string_view two =
    "GET /-/status?x=1&level=DEBUG HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n"
    "POST /-/loglevel HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

TEST(RequestReader, CutsRequestsOutOfAStream) {
  const auto requests = read_all(two, two.size());
  ASSERT_TRUE(requests.ok()) << requests.error().detail;
  ASSERT_EQ(requests->size(), 2u);
  const Request& first = (*requests)[0];
  EXPECT_EQ(first.method, "GET");
  EXPECT_EQ(first.path, "/-/status");
  EXPECT_EQ(first.query, "x=1&level=DEBUG");
  EXPECT_EQ(first.accept, "text/html");
  EXPECT_TRUE(first.keep_alive);
  const Request& second = (*requests)[1];
  EXPECT_EQ(second.method, "POST");
  EXPECT_EQ(second.body, "hello");
  EXPECT_FALSE(second.keep_alive);
}

RC_GTEST_PROP(RequestReaderProperty, DoesNotMindHowBytesCome, ()) {
  const auto piece = *rc::gen::inRange<std::size_t>(1, 60);
  const auto requests = read_all(two, piece);
  RC_ASSERT(requests.ok());
  RC_ASSERT(requests->size() == 2u);
  RC_ASSERT((*requests)[1].body == "hello");
}

TEST(RequestReader, RefusesWhatIsNoRequestOrTooLong) {
  EXPECT_EQ(read_all("hello there\r\n\r\n", 100).code(), Code::malformed);
  const std::string long_head =
      "GET / HTTP/1.1\r\nX: " + std::string(2 * head_bytes_max, 'x') + "\r\n\r\n";
  EXPECT_EQ(read_all(long_head, 1000).code(), Code::limit);
  const std::string long_body = "POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n";
  EXPECT_EQ(read_all(long_body, 1000).code(), Code::limit);
  EXPECT_EQ(answer_to(Error(Code::limit, "long")).status, 413);
  EXPECT_EQ(answer_to(Error(Code::malformed, "odd")).status, 400);
}

RC_GTEST_PROP(RequestReaderProperty, SurvivesAnyBytes, (const std::string& bytes)) {
  RequestReader reader;
  const auto used = reader.feed(as_bytes(bytes));
  if (used.ok()) RC_ASSERT(*used <= bytes.size());
}

TEST(Render, WritesWhatHttpWants) {
  Response response;
  response.body = "fine\n";
  const std::string text = render(response, false);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text;
  EXPECT_NE(text.find("Content-Length: 5\r\n"), text.npos) << text;
  EXPECT_NE(text.find("Connection: close\r\n"), text.npos) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\nfine\n")) << text;
  const std::string head = render(response, true, true);
  EXPECT_NE(head.find("Content-Length: 5\r\n"), head.npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST(Query, FindsAKey) {
  EXPECT_EQ(query_value("a=1&level=DEBUG", "level"), "DEBUG");
  EXPECT_EQ(query_value("a=1&level=DEBUG", "a"), "1");
  EXPECT_EQ(query_value("a=1", "level"), "");
  EXPECT_EQ(query_value("", "level"), "");
}

TEST(Html, EscapesWhatWouldBeATag) {
  EXPECT_EQ(escape_html("<a href=\"x\">&</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
}

}  // namespace
}  // namespace tarsier::http
