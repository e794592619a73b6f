#pragma once

#include <cstddef>
#include <list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/client_options.h"
#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/env.h"

namespace tarsier {

// Whose function is run: that of an object's call.
struct UserFunction {
  std::string_view object;  // outlives the function
  std::string function;
};

// What all channels of a client share.
class ClientCore {
 public:
  ClientCore(Env& env, const ClientOptions& options);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;
  ~ClientCore();

  Env& env() const { return env_; }
  const ClientOptions& options() const { return options_; }
  // What reaches the endpoints of an object; null: Env's transport.
  GreetingTransport* transport_to(std::string_view object) const;
  ClientCounters& counters() { return counters_; }
  const ClientCounters& counters() const { return counters_; }
  // Only one channel of a loop reads at a time.
  std::span<std::byte> read_buffer() { return read_buffer_; }

  // Runs `work`, which is the user's, beside the loop, then `then` on it. A full executor is asked
  // again until it takes the work. If it has ended the work is dropped, not run here: what may
  // block would stop the loop.
  void run_beside(UserFunction whose, Callback work, Callback then = nullptr);
  std::size_t running_beside() const;
  void callback_threw(const UserFunction& whose, std::string_view what);

  // The client closes: nothing new is started. Calls `closed` on a later turn, once quiet() holds,
  // which is asked after each thing that ended(). The client may be destroyed by `closed`.
  void close(UniqueFunction<bool()> quiet, Callback closed);
  bool closing() const { return closing_; }
  // Something ended that quiet() may have waited for.
  void ended();

 private:
  struct Beside;

  static void on_done(void* beside, Result<void> result);
  void start(Beside& beside);
  void callback_dropped(const UserFunction& whose, std::string_view why);
  void tell_once(const UserFunction& whose, const std::string& what, std::string_view advice);

  Env& env_;
  const ClientOptions options_;
  ClientCounters counters_;
  std::vector<std::byte> read_buffer_;
  bool closing_ = false;
  bool look_posted_ = false;
  UniqueFunction<bool()> quiet_;
  std::vector<Callback> closed_;
  std::list<Beside> beside_;
  std::set<std::string> told_;  // whose callbacks somebody was told about
};

}  // namespace tarsier
