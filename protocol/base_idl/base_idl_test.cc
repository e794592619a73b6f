#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "AdminF.h"
#include "AuthF.h"
#include "ConfigF.h"
#include "EndpointF.h"
#include "LogF.h"
#include "NodeF.h"
#include "NotifyF.h"
#include "PropertyF.h"
#include "QueryF.h"
#include "RequestF.h"
#include "StatF.h"
#include "protocol/tars/packet.h"

// The files of this folder against the tables of spec §2 and §8.
namespace tarsier {
namespace {

template <class T>
std::string encode(const T& value) {
  ByteBuffer buffer;
  tars::Writer writer(buffer);
  value.tars_write(writer);
  EXPECT_TRUE(writer.finish().ok());
  return std::string(buffer.text());
}

// A struct as text: the tags and names in order.
template <class T>
std::string fields() {
  std::string text;
  T value;
  T::tars_each(value, [&](std::uint8_t tag, std::string_view name, auto&) {
    text += (text.empty() ? "" : " ") + std::to_string(tag) + std::string(name);
  });
  return text;
}

template <class Api>
std::string interface_name() {
  return std::string(Api::tars_name);
}

TEST(BaseIdl, PacketsAreThoseOfTheCodec) {
  ::tars::RequestPacket ours;
  tars::RequestPacket codec;
  ours.iVersion = codec.version = 1;
  ours.iRequestId = codec.request_id = 77;
  ours.sServantName = codec.servant = "App.Server.Obj";
  ours.sFuncName = codec.function = "f";
  ours.sBuffer = codec.body = {1, 2, 3};
  ours.iTimeout = codec.timeout_ms = 3000;
  ours.context["a"] = codec.context["a"] = "b";
  EXPECT_EQ(encode(ours), encode(codec));

  ::tars::ResponsePacket reply;
  tars::ResponsePacket codec_reply;
  reply.iVersion = codec_reply.version = 1;
  reply.iRequestId = codec_reply.request_id = 77;
  reply.iRet = codec_reply.ret = -3;
  reply.sResultDesc = codec_reply.description = "x";
  EXPECT_EQ(encode(reply), encode(codec_reply));
}

TEST(BaseIdl, ReturnCodesAreOurCodes) {
  EXPECT_EQ(::tars::TARSSERVERDECODEERR, static_cast<int>(Code::server_decode));
  EXPECT_EQ(::tars::TARSSERVERNOFUNCERR, static_cast<int>(Code::no_function));
  EXPECT_EQ(::tars::TARSINVOKETIMEOUT, static_cast<int>(Code::timeout));
  EXPECT_EQ(::tars::TARSSENDREQUESTERR, static_cast<int>(Code::send));
  EXPECT_EQ(::tars::TARSSERVERUNKNOWNERR, static_cast<int>(Code::unknown));
}

TEST(BaseIdl, StructsHaveTheTagsOfTheTables) {
  EXPECT_EQ(fields<::tars::EndpointF>(),
            "0host 1port 2timeout 3istcp 4grid 5groupworkid 6grouprealid 7setId 8qos 9bakFlag "
            "11weight 12weightType 13authType 14nodeName");
  EXPECT_EQ(fields<::tars::StatMicMsgHead>(),
            "0masterName 1slaveName 2interfaceName 3masterIp 4slaveIp 5slavePort 6returnValue "
            "7slaveSetName 8slaveSetArea 9slaveSetID 10tarsVersion");
  EXPECT_EQ(fields<::tars::ReportInfo>(),
            "1eType 2sApp 3sSet 4sContainer 5sServer 6sMessage 7sThreadId 8eLevel 9sNodeName");
  EXPECT_EQ(::tars::StatPropMsgHead().iPropertyVer, 1);
  EXPECT_EQ(::tars::BasicAuthPackage().sHashMethod, "sha1");
  EXPECT_TRUE(::tars::LogInfo().bHasSufix);
  EXPECT_EQ(::tars::AUTH_NOT_SUPPORT_ENC, -104);
}

TEST(BaseIdl, KeysOrderEndpointsAndStatistics) {
  ::tars::EndpointF a, b;
  a.host = b.host = "10.0.0.1";
  b.port = 1;
  b.groupworkid = 9;
  EXPECT_LT(a, b);
  a.port = 1;  // groupworkid is no part of the key
  EXPECT_FALSE(a < b || b < a);
}

TEST(BaseIdl, InterfacesAnswerUnderTheirTarsNames) {
  EXPECT_EQ(interface_name<::tars::QueryFApi>(), "tars.QueryF");
  EXPECT_EQ(interface_name<::tars::StatFApi>(), "tars.StatF");
  EXPECT_EQ(interface_name<::tars::PropertyFApi>(), "tars.PropertyF");
  EXPECT_EQ(interface_name<::tars::LogApi>(), "tars.Log");
  EXPECT_EQ(interface_name<::tars::ConfigApi>(), "tars.Config");
  EXPECT_EQ(interface_name<::tars::ServerFApi>(), "tars.ServerF");
  EXPECT_EQ(interface_name<::tars::AdminFApi>(), "tars.AdminF");
  EXPECT_EQ(interface_name<::tars::NotifyApi>(), "tars.Notify");
  EXPECT_EQ(interface_name<::tars::AuthApi>(), "tars.Auth");
  EXPECT_EQ(fields<::tars::QueryFApi::findObjectByIdInSameSetResult>(),
            "0tars_ret 3activeEp 4inactiveEp");
}

}  // namespace
}  // namespace tarsier
