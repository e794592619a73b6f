#pragma once

#include "client/call_options.h"
#include "transport/base/error.h"
#include "transport/base/time.h"

namespace tarsier {

class PendingCall;

// Hears how one sending of a call ends, before the call does, exactly once. Loop only.
class Sending {
 public:
  // With iRet 0.
  virtual void answered() = 0;
  // True: it has taken the call, which will be sent again and hears nothing of this. Otherwise the
  // call is told `error`, as it is then. `retry_after`: the server asks to wait for so long.
  virtual bool failed(PendingCall& call, Error& error, Duration retry_after) = 0;
  // Nobody waits for the call any more.
  virtual void forgotten() noexcept = 0;

 protected:
  ~Sending() = default;
};

// What a call brings along to whatever it waits in.
struct CallTerms {
  CallTerms() = default;
  CallTerms(TimePoint end, ReplyInfo* reply_info, Sending* heard)
      : deadline(end), info(reply_info), sending(heard) {}

  TimePoint deadline;
  ReplyInfo* info = nullptr;
  Sending* sending = nullptr;  // null: nobody wants to hear of it
};

}  // namespace tarsier
