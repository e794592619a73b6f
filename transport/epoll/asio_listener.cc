#include "transport/epoll/asio_listener.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "transport/epoll/system_error.h"

namespace tarsier::epoll {
namespace {

// How long an accept waits before it tries again when not even the spare descriptor was left.
constexpr Duration retry_wait = std::chrono::milliseconds(50);

int open_spare() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

bool out_of_descriptors(int number) {
  return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM;
}

void set_option(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof(on));
}

std::pair<dev_t, ino_t> file_at(const std::string& path) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino};
}

// Whether a server listens behind a unix socket's file. When in doubt it does.
bool somebody_listens(const SocketAddress& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return true;
  const bool refused =
      ::connect(probe, address.get(), address.size()) != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return !refused;
}

// Binds to a path that is taken if only a dead server's socket takes it. (Two servers that start
// at the same moment may both find it dead; the later one has it then.)
Result<> take_over(int socket, const SocketAddress& address, const Endpoint& at,
                   const std::string& what) {
  struct stat file{};
  if (::lstat(at.host.c_str(), &file) == 0 && !S_ISSOCK(file.st_mode)) {
    return Error(Code::address_in_use, what + ": " + at.host +
                                           " exists and is no socket: remove it, or listen on "
                                           "another path");
  }
  if (somebody_listens(address)) {
    return Error(Code::address_in_use,
                 what + ": a server listens there already: stop it, or listen on another path");
  }
  ::unlink(at.host.c_str());
  if (::bind(socket, address.get(), address.size()) != 0) return network_error(errno, what);
  return {};
}

Result<> bind_and_listen(int socket, const SocketAddress& address, const Endpoint& at, int backlog,
                         const std::string& what) {
  if (::bind(socket, address.get(), address.size()) != 0) {
    // A directory that is not there makes a path no address.
    if (at.is_unix() && errno == ENOENT)
      return Error(Code::address_invalid, what + ": its directory does not exist: make it first");
    if (!at.is_unix() || errno != EADDRINUSE) return network_error(errno, what);
    TARSIER_TRY_VOID(take_over(socket, address, at, what));
  }
  if (::listen(socket, backlog) != 0) return network_error(errno, what);
  return {};
}

}  // namespace

Result<std::unique_ptr<Listener>> AsioListener::open(StreamList& streams, const Endpoint& at,
                                                     const ListenOptions& options) {
  const std::string what = "listen on " + describe(at);
  Result<SocketAddress> address = SocketAddress::of(at);
  if (!address) {
    return Error(Code::address_invalid,
                 what + ": " + address.error().detail + "; name an address of this machine");
  }
  const int socket = ::socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return network_error(errno, what);
  if (address->family() != AF_UNIX) set_option(socket, SOL_SOCKET, SO_REUSEADDR);
  if (options.reuse_port && address->family() != AF_UNIX)
    set_option(socket, SOL_SOCKET, SO_REUSEPORT);
  if (address->family() == AF_INET6) set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY);
  if (auto bound = bind_and_listen(socket, *address, at, options.backlog, what); !bound) {
    ::close(socket);
    return std::move(bound).error();
  }
  auto listener = std::make_unique<AsioListener>(streams);
  listener->local_ = at;
  if (at.is_unix())
    listener->file_ = file_at(at.host);
  else
    listener->local_.port = SocketAddress::local_of(socket).to_endpoint(EndpointType::tcp).port;
  boost::system::error_code error;
  listener->descriptor_.assign(socket, error);
  if (error) {
    ::close(socket);
    return network_error(error.value(), what);
  }
  return std::unique_ptr<Listener>(std::move(listener));
}

AsioListener::AsioListener(StreamList& streams)
    : streams_(streams),
      descriptor_(streams.loop().context().get_executor()),
      spare_(open_spare()) {}

AsioListener::~AsioListener() {
  TARSIER_CHECK(accept_ == nullptr,
                "a Listener was destroyed while an accept is pending: close it and let the accept "
                "end with Code::closed first");
  close();
}

void AsioListener::start_accept(Completion<std::unique_ptr<Connection>>& done) {
  done.arm();
  TARSIER_CHECK(accept_ == nullptr, "one accept at a time");
  accept_ = &done;
  if (closed_) {
    streams_.loop().post([this] { finish(closed_error()); });
    return;
  }
  wait();
}

void AsioListener::wait() {
  streams_.loop().wait(descriptor_, Descriptor::wait_read,
                       MemberHandler<AsioListener, &AsioListener::on_readable>(*this, memory_));
}

void AsioListener::on_readable(const boost::system::error_code&) {
  if (closed_) return finish(closed_error());
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  auto* plain = reinterpret_cast<sockaddr*>(&storage);
  const int socket =
      ::accept4(descriptor_.native_handle(), plain, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket >= 0) return finish(streams_.adopt(socket, SocketAddress(plain, length)));
  if (!out_of_descriptors(errno)) return wait();  // it went away, or somebody else took it
  refuse_one(errno);
}

void AsioListener::refuse_one(int number) {
  const bool had_spare = spare_ >= 0;
  if (had_spare) {
    ::close(spare_);
    const int refused =
        ::accept4(descriptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (refused >= 0) ::close(refused);
  }
  spare_ = open_spare();
  if (had_spare) {
    return finish(network_error(number, "a connection to " + describe(local_) + " was refused"));
  }
  // Another thread was quicker to take the spare descriptor: look again a little later.
  retry_timer_ = streams_.loop().call_at(deadline_after(streams_.loop().now(), retry_wait), [this] {
    retry_timer_ = 0;
    wait();
  });
}

void AsioListener::finish(Result<std::unique_ptr<Connection>> result) {
  std::exchange(accept_, nullptr)->complete(std::move(result));
}

Error AsioListener::closed_error() const {
  return Error(Code::closed, "the listener on " + describe(local_) + " was closed");
}

void AsioListener::close() {
  if (closed_) return;
  closed_ = true;
  // Unless somebody else has taken the name meanwhile.
  if (local_.is_unix() && file_at(local_.host) == file_) ::unlink(local_.host.c_str());
  streams_.loop().close(descriptor_);  // ends a wait, which finishes the accept
  if (spare_ >= 0) ::close(std::exchange(spare_, -1));
  if (retry_timer_ != 0) {
    streams_.loop().cancel(std::exchange(retry_timer_, 0));
    streams_.loop().post([this] { finish(closed_error()); });
  }
}

}  // namespace tarsier::epoll
