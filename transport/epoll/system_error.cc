#include "transport/epoll/system_error.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace tarsier::epoll {
namespace {

std::string sentence(int number, std::string_view what) {
  const char* text = ::strerrordesc_np(number);  // English in every locale
  return std::string(what) + ": " + (text != nullptr ? text : "errno " + std::to_string(number));
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
  return Error(network_code(number), sentence(number, what));
}

Error file_error(int number, std::string_view what) {
  return Error(file_code(number), sentence(number, what));
}

}  // namespace tarsier::epoll
