#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "client/blocking_call.h"
#include "client/client_core.h"
#include "client/client_options.h"
#include "client/endpoint_set.h"
#include "client/filtered_calls.h"
#include "client/proxy.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier {

// Calls objects from the loop of an Env.
//
//   Client client(env);
//   TARSIER_CO_TRY(auto greeter, client.proxy<GreeterClient>(
//                                    "App.Server.GreeterObj@tcp -h 10.0.0.1 -p 10000"));
//   auto hello = co_await greeter.SayHello(request);
//   …
//   co_await client.close();
//
// A program without a loop of its own runs one beside itself (epoll::LoopThread); the client may
// then be made, used and destroyed from the program's thread. The loop outlives the client, the
// client its proxies.
class Client final {
 public:
  // `resolver` knows the endpoints of objects without '@' (client/registry/registry.h); it outlives
  // the client. Without one such objects are refused.
  explicit Client(Env& env, const ClientOptions& options = {}, Resolver* resolver = nullptr);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // Closes first if it is not closed; on the loop itself that is close()'s to do, before.
  ~Client();

  // "App.Server.Obj[#hash]@tcp -h … -p …[:udp …]". Proxies of one text share their connections,
  // unless their options differ.
  // Nothing is sent yet. malformed: says where and what is wrong; no_endpoint: there is no '@…',
  // and no registry to ask; unsupported: an
  // endpoint wants TLS or an authentication that ClientOptions::transports has not; limit: too many
  // different objects, since an object is kept until the client is closed. Any thread.
  template <class P>
  Result<P> proxy(std::string_view object, const ProxyOptions& options = {}) {
    Result<CallStarter*> starter = find_starter(object, options);
    if (!starter) return std::move(starter).error();
    return P(**starter);
  }

  // Fails what is under way with Code::closed and closes every connection.
  Task<void> close();

  const ClientCounters& counters() const { return core_.counters(); }

 private:
  // What an EndpointSet was made of: proxies that agree in it share one.
  struct Key {
    std::string object;
    std::size_t frame_bytes_max;
    Lookup::Scope scope;
    std::string where;
    balance::Policy policy;
    auto operator<=>(const Key&) const = default;
  };

  Result<CallStarter*> find_starter(std::string_view object, const ProxyOptions& options);
  Result<CallStarter*> find_starter_here(Key key, ClientFilters* of_proxy);
  Result<CallStarter*> find_object(Key key);
  CallStarter* filtered(CallStarter* starter, ClientFilters* filters);
  void start_closing(Callback closed);
  bool quiet() const;
  void close_from_elsewhere();

  ClientCore core_;
  std::map<Key, std::unique_ptr<EndpointSet>> objects_;
  std::map<std::pair<CallStarter*, ClientFilters*>, std::unique_ptr<FilteredCalls>> filtered_;
  Resolver* const resolver_;
  bool closed_ = false;
};

}  // namespace tarsier
