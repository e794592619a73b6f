#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "protocol/tars/packet.h"
#include "server/servant.h"
#include "server/server_call.h"
#include "transport/base/bytes.h"
#include "transport/workers.h"

namespace tarsier {

// A call that waits for its servant, with a copy of its bytes; and the work of a handler thread, if
// such a one runs it. It counts as kept, with all its bytes, from the beginning.
class QueuedCall final : public Work {
 public:
  // Takes over `call`, which was decoded from `packet`.
  QueuedCall(ServerCall& call, std::span<const std::byte> packet, bool for_handlers);

  ServerCall& call() { return call_; }
  // Whether anything would come of running it: it is one-way, or its connection is still there.
  bool wanted() const { return call_.one_way() || call_.path() != nullptr; }

  // For a handler thread: who runs it there. `own` is a servant that travels with it, or null.
  void assign(Servant& servant, std::unique_ptr<Servant> own);
  void run() override;
  // Back on the loop: sends what was answered there. `exceptions` counts those of user code. The
  // servant that travelled with it comes back.
  std::unique_ptr<Servant> finish(std::uint64_t& exceptions);

 private:
  ByteBuffer packet_;
  tars::RequestView request_;  // into packet_
  ServerCall call_;
  ServerCall::Away away_;
  Servant* servant_ = nullptr;
  std::unique_ptr<Servant> own_;
  bool threw_ = false;
};

}  // namespace tarsier
