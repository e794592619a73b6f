#include "client/registry/endpoint_lists.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace tarsier {
namespace {

::tars::EndpointF wire(const std::string& host, std::int32_t port = 80) {
  ::tars::EndpointF endpoint;
  endpoint.host = host;
  endpoint.port = port;
  endpoint.timeout = 3000;
  endpoint.istcp = 1;
  return endpoint;
}

TEST(EndpointLists, AreOrderedByIdentityAndNameNobodyTwice) {
  const EndpointAnswer answer =
      lists_of_wire({wire("10.0.0.9"), wire("10.0.0.10"), wire("10.0.0.9")},
                    {wire("10.0.0.10"), wire("10.0.0.1")});
  ASSERT_EQ(answer.lists.active.size(), 2u);
  EXPECT_EQ(answer.lists.active[0].host, "10.0.0.10") << "as text, as upstream orders them";
  EXPECT_EQ(answer.lists.active[1].host, "10.0.0.9");
  ASSERT_EQ(answer.lists.inactive.size(), 1u) << "what is active is not inactive too";
  EXPECT_EQ(answer.lists.inactive[0].host, "10.0.0.1");
  EXPECT_EQ(answer.refused, 0u);
}

TEST(EndpointLists, WhatNobodyCanCallIsPassedOverWithAReason) {
  struct Case {
    ::tars::EndpointF endpoint;
    const char* why;
  };
  ::tars::EndpointF sctp = wire("10.0.0.1");
  sctp.istcp = 7;
  const Case cases[] = {
      {wire(""), "an endpoint without a host"},
      {wire("10.0.0.1", -1), "port -1 of 10.0.0.1"},
      {wire("10.0.0.1", 65'536), "port 65536 of 10.0.0.1"},
      {wire("10.0.0.1", 0), "port 0 of 10.0.0.1, which is no path of a unix socket"},
      {wire(std::string(300, 'x')), "a host of 300 bytes"},
      {sctp, "protocol 7 of 10.0.0.1; 0 is udp, 1 tcp, 2 ssl"},
  };
  for (const Case& each : cases) {
    const EndpointAnswer answer = lists_of_wire({each.endpoint, wire("10.0.0.2")}, {});
    EXPECT_EQ(answer.refused, 1u);
    EXPECT_EQ(answer.first_refused, each.why);
    ASSERT_EQ(answer.lists.active.size(), 1u);
    EXPECT_EQ(answer.lists.active[0].host, "10.0.0.2");
  }
}

TEST(EndpointLists, WeightsAreThoseOfAnEndpointString) {
  ::tars::EndpointF endpoint = wire("10.0.0.1");
  endpoint.weight = -1;
  endpoint.weightType = 1;
  EXPECT_EQ(endpoint_of_wire(endpoint)->weight, 100);
  endpoint.weight = 1000;
  EXPECT_EQ(endpoint_of_wire(endpoint)->weight, 100);
  endpoint.weightType = 0;
  EXPECT_EQ(endpoint_of_wire(endpoint)->weight, 1000);
}

TEST(EndpointLists, AreBoundedInSize) {
  std::vector<::tars::EndpointF> many;
  for (int i = 0; i < 10'005; ++i) many.push_back(wire("10.0.0.1", 1 + i));
  const EndpointAnswer answer = lists_of_wire(many, {});
  EXPECT_EQ(answer.lists.active.size(), limits::endpoints_max);
  EXPECT_EQ(answer.refused, 5u);
  EXPECT_EQ(answer.first_refused, "more than 10000 endpoints of one object");
}

RC_GTEST_PROP(EndpointListsProperty, WhatCanBeCalledSurvivesTheWire, ()) {
  Endpoint endpoint;
  endpoint.type = *rc::gen::element(EndpointType::udp, EndpointType::tcp, EndpointType::ssl);
  endpoint.host = *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
  endpoint.port = *rc::gen::inRange<std::uint16_t>(1, 65'535);
  endpoint.timeout_ms = *rc::gen::arbitrary<std::int32_t>();
  endpoint.grid = *rc::gen::arbitrary<std::int32_t>();
  endpoint.qos = *rc::gen::arbitrary<std::int32_t>();
  endpoint.weight_type = *rc::gen::inRange(0u, 2u);
  endpoint.weight = *rc::gen::inRange(0, 101);
  endpoint.auth_type = *rc::gen::inRange(0u, 2u);
  endpoint.set_division = *rc::gen::element<std::string>("", "app.sz.1");
  const auto back = endpoint_of_wire(endpoint_to_wire(endpoint));
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == endpoint);
}

}  // namespace
}  // namespace tarsier
