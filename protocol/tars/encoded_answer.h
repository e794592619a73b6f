#pragma once

#include <utility>

#include "protocol/tars/packet.h"
#include "protocol/tars/parameters.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"

namespace tarsier::tars {

// The answer of a call before it is decoded, for those who handle calls of any function.
struct EncodedAnswer {
  BodyFormat format = BodyFormat::tars;
  Bytes body{};  // a parameter list, encoded in `format`
  StringMap context{};
  StringMap status{};

  // Of a result: a parameter list, as the IDL compiler writes one for each function.
  template <ParameterList R>
  static Result<EncodedAnswer> of(BodyFormat format, const R& result) {
    ByteBuffer body;
    TARSIER_TRY_VOID(
        write_parameters(format, body, [&](auto&& visit) { R::tars_each(result, visit); }));
    EncodedAnswer answer;
    answer.format = format;
    answer.body = body.take();
    return answer;
  }
  template <ParameterList R>
  Result<R> read() const {
    R result;
    TARSIER_TRY_VOID(read_parameters(format, body.span(), {}, result));
    return result;
  }
};

}  // namespace tarsier::tars
