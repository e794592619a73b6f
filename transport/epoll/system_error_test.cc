#include "transport/epoll/system_error.h"

#include <cerrno>
#include <string>
#include <utility>

#include "transport/epoll/stderr_log.h"

namespace tarsier::epoll {
namespace {

// What a caller may do decides the code; transport.h and files.h promise these.
TEST(SystemError, NetworkErrorsSayWhatMayBeDone) {
  const std::pair<int, Code> table[] = {
      {ECONNREFUSED, Code::refused},
      {ENOENT, Code::refused},
      {ECONNRESET, Code::reset},
      {EPIPE, Code::reset},
      {ENETUNREACH, Code::unreachable},
      {EHOSTUNREACH, Code::unreachable},
      {ETIMEDOUT, Code::timeout},
      {EADDRINUSE, Code::address_in_use},
      {EADDRNOTAVAIL, Code::address_invalid},
      {EACCES, Code::denied},
      {EMFILE, Code::no_descriptors},
      {ENFILE, Code::no_descriptors},
      {EAFNOSUPPORT, Code::unsupported},
      {EMSGSIZE, Code::limit},
      {EAGAIN, Code::would_block},
      {EFAULT, Code::io},
  };
  for (const auto& [number, code] : table)
    EXPECT_EQ(network_error(number, "x").code, code) << number;
}

TEST(SystemError, FileErrorsFollowTheTableOfFilesH) {
  const std::pair<int, Code> table[] = {
      {ENOENT, Code::not_found},
      {ENOTDIR, Code::not_found},
      {EEXIST, Code::exists},
      {ENOTEMPTY, Code::exists},
      {EACCES, Code::denied},
      {EPERM, Code::denied},
      {EROFS, Code::denied},
      {EBUSY, Code::denied},
      {EISDIR, Code::denied},
      {EINVAL, Code::malformed},
      {ENAMETOOLONG, Code::limit},
      {ELOOP, Code::limit},
      {ENOSPC, Code::no_space},
      {EDQUOT, Code::no_space},
      {EMFILE, Code::no_descriptors},
      {ENFILE, Code::no_descriptors},
      {EIO, Code::io},
  };
  for (const auto& [number, code] : table) EXPECT_EQ(file_error(number, "x").code, code) << number;
}

TEST(SystemError, SaysWhatWasTriedAndWhyItFailed) {
  EXPECT_EQ(network_error(ECONNREFUSED, "connect to 10.0.0.1:80").detail,
            "connect to 10.0.0.1:80: Connection refused; nobody listens there: is the server "
            "running, and is this its address?");
  EXPECT_EQ(file_error(99999, "open /x").detail, "open /x: errno 99999");
}

// Whatever an operator can meet says what to do about it.
TEST(SystemError, NetworkErrorsSayTheNextStep) {
  for (const int number : {ECONNREFUSED, ENOENT, ENETUNREACH, EHOSTUNREACH, EADDRINUSE,
                           EADDRNOTAVAIL, EACCES, EMFILE, ENFILE, EAFNOSUPPORT}) {
    EXPECT_THAT(network_error(number, "x").detail, testing::ContainsRegex("^x: [^;]+; .+"));
  }
  EXPECT_THAT(network_error(EADDRNOTAVAIL, "listen on 203.0.113.7:80").detail,
              testing::AllOf(testing::HasSubstr("203.0.113.7"), testing::HasSubstr("'ip addr'")));
}

TEST(StderrLog, WritesOneLineAMessage) {
  StderrLog log(LogLevel::warn);
  testing::internal::CaptureStderr();
  TARSIER_LOG(log, error, "server", "the first");
  TARSIER_LOG(log, warn, "client", "the second");
  TARSIER_LOG(log, info, "client", "nobody sees this");
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::ContainsRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{3}Z error "
                                     "server: the first\n[^\n]*Z warn client: the second\n$"));
}

}  // namespace
}  // namespace tarsier::epoll
