#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "client/call_options.h"
#include "protocol/tars/encoded_answer.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/filters.h"

namespace tarsier {

// A call on its way through filters, before it is encoded into a request. Filters before and around
// it may change `options` and `arguments`; what a call was started with stays as it was.
struct OutgoingCall {
  std::string_view object{};  // "App.Server.Obj"
  std::string function{};
  bool one_way = false;   // nobody hears what came of it, filters neither
  TimePoint started{};    // by the clock of the client
  TimePoint deadline{};   // of the whole call, however often it is sent
  CallOptions options{};  // context, status, hash, …; a timeout is that of each time it is sent
  bool heeds_deadlines = true;  // Proxy::tars_heed_deadlines
  std::string route_key{};
  Bytes arguments{};  // a parameter list, encoded in options.format

  std::size_t times_sent = 0;
  Duration elapsed{};  // for filters after the call: since it started

  // The arguments as the IDL compiler lists them, FArguments of IApi. malformed: they are not such.
  template <tars::ParameterList Arguments>
  Result<Arguments> read() const {
    Arguments list;
    TARSIER_TRY_VOID(tars::read_parameters(options.format, arguments.span(), {}, list));
    return list;
  }
};

// What filters of a client see and do, in all styles of calls alike (transport/filters.h):
//
//   ClientFilters filters;
//   filters.before([](OutgoingCall& call) -> Result<> {
//     call.options.context["caller"] = "billing";
//     return {};
//   });
//   ClientOptions options;
//   options.filters = &filters;
//
// An error in the outcome is what the caller would get: Error::wire_code is the iRet of a server,
// and 0 where the call failed on this side. Filters run on the loop of the client.
using ClientFilters = Filters<OutgoingCall, tars::EncodedAnswer>;
using NextCall = ClientFilters::Next;

}  // namespace tarsier
