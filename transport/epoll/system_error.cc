#include "transport/epoll/system_error.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace tarsier::epoll {
namespace {

std::string sentence(int number, std::string_view what) {
  const char* text = ::strerrordesc_np(number);  // English in every locale
  return std::string(what) + ": " + (text != nullptr ? text : "errno " + std::to_string(number));
}

// What whoever reads the sentence may look at or do; empty: the text of errno says it all.
std::string_view network_advice(int number) {
  switch (number) {
    case ECONNREFUSED:
      return "nobody listens there: is the server running, and is this its address?";
    case ENOENT: return "there is no such socket: is the server running?";
    case ENETUNREACH:
    case EHOSTUNREACH: return "no way leads there: see 'ip route', and the firewalls on the way";
    case ENETDOWN: return "the interface is switched off: see 'ip link'";
    case EADDRINUSE: return "another program has it ('ss -lnp' names it): stop it, or take another";
    case EADDRNOTAVAIL: return "it is no address of this machine: 'ip addr' lists those there are";
    case EACCES:
    case EPERM:
      return "ports below 1024 need CAP_NET_BIND_SERVICE, unix sockets a directory that may be "
             "written to";
    case EMFILE: return "the process has as many files open as it may: raise 'ulimit -n'";
    case ENFILE: return "the machine has as many files open as it may: raise 'sysctl fs.file-max'";
    case ENOSPC:
      return "no more descriptors may be watched: raise "
             "'sysctl fs.epoll.max_user_watches'";
    case ENOBUFS:
    case ENOMEM: return "the kernel has no memory for another socket";
    case EAFNOSUPPORT: return "this machine has no addresses of this kind (IPv6 switched off?)";
    default: return {};
  }
}

Code network_code(int number) {
  switch (number) {
    case EAGAIN: return Code::would_block;
    case ECONNREFUSED:
    case ENOENT:  // no such unix socket
      return Code::refused;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN: return Code::reset;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN: return Code::unreachable;
    case ETIMEDOUT: return Code::timeout;
    case EADDRINUSE: return Code::address_in_use;
    case EADDRNOTAVAIL:
    case EINVAL:
    case ENOTDIR:
    case ENAMETOOLONG: return Code::address_invalid;
    case EACCES:
    case EPERM: return Code::denied;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC:  // the limit of watched descriptors
      return Code::no_descriptors;
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case EPROTOTYPE: return Code::unsupported;
    case EMSGSIZE: return Code::limit;
    default: return Code::io;
  }
}

Code file_code(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR: return Code::not_found;
    case EEXIST:
    case ENOTEMPTY: return Code::exists;
    case EACCES:
    case EPERM:
    case EROFS:
    case EBUSY:
    case EISDIR: return Code::denied;
    case EINVAL: return Code::malformed;
    case ENAMETOOLONG:
    case ELOOP:
    case EFBIG: return Code::limit;
    case ENOSPC:
    case EDQUOT: return Code::no_space;
    case EMFILE:
    case ENFILE: return Code::no_descriptors;
    default: return Code::io;
  }
}

}  // namespace

Error network_error(int number, std::string_view what) {
  std::string detail = sentence(number, what);
  if (const std::string_view advice = network_advice(number); !advice.empty())
    detail.append("; ").append(advice);
  return Error(network_code(number), std::move(detail));
}

Error file_error(int number, std::string_view what) {
  return Error(file_code(number), sentence(number, what));
}

}  // namespace tarsier::epoll
