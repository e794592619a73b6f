#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "client/call_options.h"
#include "client/pending_call.h"
#include "client/push.h"
#include "protocol/tars/packet_writer.h"
#include "transport/base/bytes.h"
#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/base/time.h"

namespace tarsier {

// What was set on a proxy for the calls made with it.
struct ProxyState {
  Duration timeout{};  // zero: none
  bool heeds_deadlines = true;
};

// A call without its body: views, for the duration of one function call.
struct CallTarget {
  CallTarget(std::string_view called, const CallOptions& how, std::string_view key,
             const ProxyState& made_with)
      : function(called), options(how), route_key(key), proxy(made_with) {}

  std::string_view function;
  const CallOptions& options;
  std::string_view route_key;  // travels as status STATUS_GRID_KEY (spec §2.7); empty: none
  ProxyState proxy;
};

// What a proxy needs of its Client: the way from a call to a channel. Loop only, where not said
// otherwise.
class CallStarter {
 public:
  virtual ~CallStarter() = default;

  // "App.Server.Obj". Any thread.
  virtual std::string_view object() const = 0;
  // Whether this thread runs the loop of the client. Any thread.
  virtual bool in_loop() const = 0;

  // begin() picks a connection and fills in the header of the request. The caller appends the frame
  // (protocol/tars/packet_writer.h) to the buffer it returns, touching nothing else, and calls
  // end() with what came of that. Null: the call has failed and `call` knows already. `call` null:
  // one-way, nobody wants to know.
  virtual ByteBuffer* begin(const CallTarget& target, PendingCall* call,
                            tars::RequestHeader& header) = 0;
  virtual void end(const Result<>& encoded) = 0;

  // The same with a body that is encoded already. Any thread.
  virtual void post(const CallTarget& target, std::unique_ptr<OwnedCall> call,
                    Result<ByteBuffer> body) = 0;

  // Runs the callback of a call of `function` beside the loop, see CallbackOn.
  virtual void run_beside(std::string function, Callback callback) = 0;
  // One that ran on the loop threw.
  virtual void callback_threw(std::string_view function, std::string_view what) = 0;

  // Any thread.
  virtual void set_push_callback(PushCallback callback, CallbackOn on) = 0;
};

}  // namespace tarsier
