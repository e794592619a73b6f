#pragma once

#include <memory>

#include "client/call_starter.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"
#include "transport/executor.h"

namespace tarsier {

// CallStarter::post: makes the call on the loop, with copies of all that it needs.
void post_call(Executor& executor, CallStarter& starter, const CallTarget& target,
               std::unique_ptr<OwnedCall> call, Result<ByteBuffer> body);

}  // namespace tarsier
