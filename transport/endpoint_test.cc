#include "transport/endpoint.h"

#include <string>
#include <utility>
#include <vector>

namespace tarsier {
namespace {

TEST(Endpoint, ReadsEveryOption) {
  const auto parsed =
      parse_endpoint("ssl -h 10.0.0.1 -p 10000 -t 60000 -g 1 -q 2 -w 50 -v 1 -e 1 -s a.b.c");
  ASSERT_TRUE(parsed.ok()) << parsed.error().to_string();
  Endpoint expected;
  expected.type = EndpointType::ssl;
  expected.host = "10.0.0.1";
  expected.port = 10'000;
  expected.timeout_ms = 60'000;
  expected.grid = 1;
  expected.qos = 2;
  expected.weight = 50;
  expected.weight_type = 1;
  expected.auth_type = 1;
  expected.set_division = "a.b.c";
  EXPECT_EQ(*parsed, expected);
  EXPECT_EQ(parsed->identity(), "2:10.0.0.1:10000");
}

TEST(Endpoint, MissingOptionsKeepTheirDefaults) {
  const auto endpoint = parse_endpoint("tcp -h localhost").value();
  EXPECT_EQ(endpoint.port, 0);
  EXPECT_EQ(endpoint.timeout_ms, 3000);
  EXPECT_EQ(endpoint.weight, -1);
  EXPECT_FALSE(endpoint.is_unix());
}

TEST(Endpoint, AStarIsEveryAddressAndAPathIsAUnixSocket) {
  EXPECT_EQ(parse_endpoint("udp -h * -p 9").value().host, "0.0.0.0");
  EXPECT_TRUE(parse_endpoint("tcp -h /run/tars.sock").value().is_unix());
}

TEST(Endpoint, WeightsAreClampedOnlyWhereTheyCount) {
  EXPECT_EQ(parse_endpoint("tcp -h a -p 1 -v 1").value().weight, 100);
  EXPECT_EQ(parse_endpoint("tcp -h a -p 1 -v 1 -w 300").value().weight, 100);
  EXPECT_EQ(parse_endpoint("tcp -h a -p 1 -w 300").value().weight, 300);
  EXPECT_EQ(parse_endpoint("tcp -h a -p 1 -w -1").value().weight, -1);
}

TEST(Endpoint, UnknownOptionsAreKept) {
  const auto endpoint = parse_endpoint("tcp -z 7 -h a -p 1 -y").value();
  EXPECT_EQ(endpoint.unknown_options, (std::vector<std::string>{"-z 7", "-y"}));
  EXPECT_EQ(endpoint.to_string(), "tcp -h a -p 1 -t 3000 -z 7 -y");
}

TEST(Endpoint, UnknownOptionsAreRefusedWherePeopleTypeThem) {
  const auto parsed = parse_endpoint("tcp -h a -z 7 -p 1", UnknownOptions::refused);
  EXPECT_THAT(parsed.error().detail,
              testing::HasSubstr("column 10: unknown option '-z'; there are -h -p"));
  EXPECT_TRUE(parse_endpoint("tcp -h a -p 1", UnknownOptions::refused).ok());
}

TEST(Endpoint, DiagnosticsNameTheColumnAndTheCure) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "column 1: expected 'tcp', 'udp' or 'ssl'"},
      {"tpc -h a", "column 1: expected 'tcp', 'udp' or 'ssl', found 'tpc'"},
      {"tcp -y -h a -9 2", "column 13: expected an option such as '-p', found '-9'"},
      {"tcp -p 1", "column 9: no host: add '-h <address>'"},
      {"tcp -h -p 1", "column 5: '-h' needs an address, a host name or '*'"},
      {"tcp -h a -p 65536", "'-p' needs a number from 0 to 65535, found '65536'"},
      {"tcp -h a -p x1", "'-p' needs a number from 0 to 65535, found 'x1'"},
      {"tcp -h a -p", "column 10: '-p' needs a number from 0 to 65535"},
      {"tcp -h a -e 2", "'-e' needs a number from 0 to 1, found '2'"},
      {"tcp -h a b", "column 10: expected an option such as '-p', found 'b'"},
      {"tcp -h a -1", "column 10: expected an option such as '-p', found '-1'"},
      {"tcp -host a", "column 5: expected an option such as '-p', found '-host'"},
  };
  for (const auto& [text, message] : cases) {
    const auto parsed = parse_endpoint(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.code(), Code::malformed);
    EXPECT_THAT(parsed.error().detail, testing::HasSubstr(message)) << text;
  }
}

TEST(EndpointList, SplitsOnlyWhereAnEndpointBegins) {
  const auto list =
      parse_endpoint_list("tcp -h ssl.example.com -p 1: udp -h fe80::1 -p 2:tcp -h ::1 -p 3")
          .value();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].host, "ssl.example.com");
  EXPECT_EQ(list[1].host, "fe80::1");
  EXPECT_EQ(list[1].type, EndpointType::udp);
  EXPECT_EQ(list[2].host, "::1");
}

TEST(EndpointList, ToleratesATrailingColonAndIsEmptyWithoutText) {
  EXPECT_EQ(parse_endpoint_list("tcp -h a -p 1:").value().size(), 1u);
  EXPECT_EQ(parse_endpoint_list("tcp -p 1 -h fe80::").value().at(0).host, "fe80::");
  EXPECT_TRUE(parse_endpoint_list("").value().empty());
  EXPECT_TRUE(parse_endpoint_list(" : ").value().empty());
}

TEST(EndpointList, ErrorsPointIntoTheList) {
  const auto parsed = parse_endpoint_list("tcp -h a -p 1:tcp -h b -p x");
  EXPECT_THAT(parsed.error().detail, testing::HasSubstr("column 27: "));
  // Not a host named "a:tcp": with a port behind it this would be two endpoints.
  EXPECT_FALSE(parse_endpoint_list("tcp -p 1 -h a:tcp").ok());
  EXPECT_FALSE(parse_endpoint_list("tcp -p 1 -h a:tcp:udp -h b -p 2").ok());
}

// What could not be told from a second endpoint once something follows it.
TEST(EndpointList, AProtocolWordOfItsOwnAlwaysBeginsAnEndpoint) {
  for (const std::string text :
       {"tcp -h x:tcp", "tcp -h a -z :ssl:", "tcp -h a -s b:udp: ssl -h c"})
    EXPECT_THAT(parse_endpoint_list(text).error().detail, testing::HasSubstr("no host")) << text;
  EXPECT_EQ(parse_endpoint_list("tcp -h x:tcpd -p 1").value().at(0).host, "x:tcpd");
}

TEST(ObjectName, SplitsNameHashAndEndpoints) {
  const auto name = parse_object_name("App.Server.Obj#1@tcp -h a -p 1:tcp -h b -p 2").value();
  EXPECT_EQ(name.servant, "App.Server.Obj");
  EXPECT_EQ(name.hash, "1");
  EXPECT_TRUE(name.direct());
  EXPECT_EQ(name.endpoints.size(), 2u);
  EXPECT_FALSE(parse_object_name("App.Server.Obj").value().direct());
}

TEST(ObjectName, SaysWhatIsWrong) {
  EXPECT_THAT(parse_object_name("@tcp -h a").error().detail, testing::HasSubstr("has no name"));
  EXPECT_THAT(parse_object_name("A B").error().detail, testing::HasSubstr("column 2"));
  EXPECT_THAT(parse_object_name("A.B.C@").error().detail, testing::HasSubstr("ends after '@'"));
  EXPECT_THAT(parse_object_name(std::string(300, 'x')).error().detail,
              testing::HasSubstr("at most 256"));
}

rc::Gen<Endpoint> arbitrary_endpoint() {
  return rc::gen::exec([] {
    Endpoint endpoint;
    endpoint.type = static_cast<EndpointType>(*rc::gen::inRange(0, 3));
    endpoint.host = *rc::gen::element<std::string>("10.0.0.1", "::1", "tcp.ssl", "/tmp/x", "h");
    endpoint.port = *rc::gen::arbitrary<std::uint16_t>();
    endpoint.timeout_ms = *rc::gen::arbitrary<std::int32_t>();
    endpoint.grid = *rc::gen::arbitrary<std::int32_t>();
    endpoint.qos = *rc::gen::arbitrary<std::int32_t>();
    endpoint.weight = *rc::gen::inRange(1, 101);
    endpoint.weight_type = *rc::gen::inRange(0u, 5u);
    endpoint.auth_type = *rc::gen::inRange(0u, 2u);
    endpoint.set_division = *rc::gen::element<std::string>("", "a.b.c");
    return endpoint;
  });
}

RC_GTEST_PROP(Endpoint, TextRoundTrips, ()) {
  Endpoint endpoint = *arbitrary_endpoint();
  if (endpoint.timeout_ms == 0) endpoint.timeout_ms = 3000;  // zero is left out, and then defaults
  RC_ASSERT(parse_endpoint(endpoint.to_string()).value() == endpoint);
}

RC_GTEST_PROP(EndpointList, AnyTextIsReadOrRefused, (const std::string& tail)) {
  const auto parsed = parse_endpoint_list("tcp -h a -p 1" + tail);
  if (!parsed) RC_ASSERT(parsed.code() == Code::malformed);
}

}  // namespace
}  // namespace tarsier
