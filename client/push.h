#pragma once

#include <string>

#include "protocol/tars/packet.h"
#include "protocol/tars/parameters.h"
#include "transport/base/bytes.h"
#include "transport/base/function.h"
#include "transport/base/result.h"

namespace tarsier {

// What a server sent unasked: an answer of `function` with request id 0 (spec §2.7).
struct Push {
  std::string function;  // status TARS_FUNC; may be empty
  std::string description;
  tars::StringMap context;
  ByteBuffer body;

  // The body as the result of a function of the interface.
  template <tars::ParameterList R>
  Result<R> read() const {
    R result;
    TARSIER_TRY_VOID(tars::read_parameters(tars::BodyFormat::tars, body.span(), {}, result));
    return result;
  }
};

using PushCallback = UniqueFunction<void(Push)>;

}  // namespace tarsier
