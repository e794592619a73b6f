#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "protocol/tars/encoded_answer.h"
#include "protocol/tars/packet.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/endpoint.h"
#include "transport/filters.h"

namespace tarsier {

// A call on its way through filters to its servant. Filters before and around it may change the
// context, the status and the arguments that the servant sees.
struct IncomingCall {
  std::string object{};  // "App.Server.Obj"
  std::string function{};
  Endpoint peer{};
  std::int16_t version = tars::version_tars;
  std::int32_t message_type = 0;
  std::int32_t request_id = 0;
  bool one_way = false;  // nobody reads the answer
  tars::BodyFormat format = tars::BodyFormat::tars;
  TimePoint started{};   // by the clock of the server: when the filters began
  TimePoint deadline{};  // when the caller stops waiting
  tars::StringMap context{};
  tars::StringMap status{};
  Bytes arguments{};  // a parameter list, encoded in `format`

  std::size_t times_served = 0;
  Duration elapsed{};  // for filters after the call: since it started

  // The arguments as the IDL compiler lists them, FArguments of IApi. malformed: they are not such.
  template <tars::ParameterList Arguments>
  Result<Arguments> read() const {
    Arguments list;
    TARSIER_TRY_VOID(tars::read_parameters(format, arguments.span(), {}, list));
    return list;
  }
};

// What filters of a server see and do, for servants of all kinds alike (transport/filters.h):
//
//   ServerFilters filters;
//   filters.around([](IncomingCall& call, NextServe next) -> Task<Result<tars::EncodedAnswer>> {
//     if (call.context["token"] != "secret") co_return application_error(401, "who are you?");
//     co_return co_await next(call);
//   });
//   ServerOptions options;
//   options.filters = &filters;
//
// An error in the outcome is what the caller would get. Pings, calls that are refused before a
// servant is found, and calls that expired do not come here. Filters run on the loop of the server.
using ServerFilters = Filters<IncomingCall, tars::EncodedAnswer>;
using NextServe = ServerFilters::Next;

}  // namespace tarsier
