#include "client/registry/endpoint_cache.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace tarsier {
namespace {

constexpr std::string_view locator =
    "tars.tarsregistry.QueryObj@tcp -h 10.0.0.2 -p 17890:tcp -h 10.0.0.1 -p 17890";

Endpoint at(const std::string& host, std::uint16_t port = 80) {
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = port;
  return endpoint;
}

EndpointLists some_lists() {
  EndpointLists lists;
  lists.active = {at("10.0.0.10"), at("10.0.0.9")};
  lists.active[1].set_division = "app.sz.1";
  lists.inactive = {at("10.0.0.8")};
  return lists;
}

TEST(EndpointCache, KeepsWhatItWasTold) {
  EndpointCache cache(locator, "");
  ASSERT_TRUE(cache.put({"App.Server.Obj"}, some_lists()).ok());
  EndpointCache next(locator, "");
  ASSERT_TRUE(next.load(cache.text(1'700'000'000'000), "x.tarsdat").ok());
  EXPECT_EQ(next.find({"App.Server.Obj"}), some_lists());
  EXPECT_EQ(next.find({"App.Server.Other"}), std::nullopt);
}

TEST(EndpointCache, IsTheFileOfTarsCpp) {
  EndpointCache cache(locator, "");
  ASSERT_TRUE(cache.put({"App.Server.Obj"}, some_lists()).ok());
  EXPECT_EQ(cache.text(1'700'000'000'000),
            "tarsversion=tarsier-1\n"
            "modify=1700000000\n"
            "<cache>\n"
            "  <tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890 -t 3000:tcp -h 10.0.0.2 -p "
            "17890 -t 3000>\n"
            "    App.Server.Obj=tcp -h 10.0.0.10 -p 80 -t 3000:tcp -h 10.0.0.9 -p 80 -t 3000 -s "
            "app.sz.1\n"
            "    inactive_App.Server.Obj=tcp -h 10.0.0.8 -p 80 -t 3000\n"
            "  </tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890 -t 3000:tcp -h 10.0.0.2 -p "
            "17890 -t 3000>\n"
            "</cache>\n");
}

TEST(EndpointCache, TellsScopesSetsAndLocatorsApart) {
  EndpointCache cache(locator, "");
  EndpointLists lists = some_lists();
  const std::vector<Lookup> lookups = {{"A.B.Obj"},
                                       {"A.B.Obj", Lookup::Scope::all, ""},
                                       {"A.B.Obj", Lookup::Scope::station, "sz"},
                                       {"A.B.Obj", Lookup::Scope::set, "app.sz.1"}};
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    lists.active[0].port = static_cast<std::uint16_t>(100 + i);
    ASSERT_TRUE(cache.put(lookups[i], lists).ok());
  }
  const std::string text = cache.text(0);
  for (std::size_t i = 0; i < lookups.size(); ++i)
    EXPECT_EQ(cache.find(lookups[i])->active[0].port, 100 + i);

  for (EndpointCache other : {EndpointCache(locator, "app.sz.1"),
                              EndpointCache("tars.tarsregistry.QueryObj@tcp -h h -p 1", "")}) {
    ASSERT_TRUE(other.load(text, "x").ok());
    EXPECT_EQ(other.find(lookups[0]), std::nullopt);
    ASSERT_TRUE(other.put(lookups[0], some_lists()).ok());
    EndpointCache first(locator, "");
    ASSERT_TRUE(first.load(other.text(0), "x").ok());
    EXPECT_EQ(first.find(lookups[0])->active[0].port, 100) << "the first one's entries stay";
  }
}

TEST(EndpointCache, TheOrderOfTheLocatorDoesNotMatter) {
  EndpointCache cache(locator, "");
  ASSERT_TRUE(cache.put({"A.B.Obj"}, some_lists()).ok());
  EndpointCache turned(
      "tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890:tcp -h 10.0.0.2 -p 17890", "");
  ASSERT_TRUE(turned.load(cache.text(0), "x").ok());
  EXPECT_EQ(turned.find({"A.B.Obj"}), some_lists());
}

TEST(EndpointCache, ABrokenFileIsRefusedAndLeavesNothing) {
  EndpointCache cache(locator, "");
  ASSERT_TRUE(cache.put({"A.B.Obj"}, some_lists()).ok());
  const std::string good = cache.text(0);
  EXPECT_FALSE(cache.load(good.substr(0, good.size() - 10), "x").ok());
  EXPECT_EQ(cache.find({"A.B.Obj"}), std::nullopt);
  const auto foreign = cache.load("<cache>\n</cache>\n", "data/x.tarsdat");
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(foreign.error().detail,
            "data/x.tarsdat is no cache of endpoints: the key 'tarsversion' is missing");
}

TEST(EndpointCache, AnEntryThatMakesNoSenseIsNotFound) {
  EndpointCache cache("L@tcp -h h -p 1", "");
  ASSERT_TRUE(cache
                  .load("tarsversion=1\n<cache>\n<L@tcp -h h -p 1 -t 3000>\nA.B.Obj=sctp -h\n"
                        "A.B.Good=tcp -h a -p 1\ninactive_A.B.Good=oops\nA.B.Best=tcp -h a -p 1\n"
                        "</L@tcp -h h -p 1 -t 3000>\n</cache>\n",
                        "x")
                  .ok());
  EXPECT_EQ(cache.find({"A.B.Obj"}), std::nullopt);
  EXPECT_EQ(cache.find({"A.B.Good"}), std::nullopt);
  EXPECT_NE(cache.find({"A.B.Best"}), std::nullopt);
}

TEST(EndpointCache, WhatNoLineHoldsIsNotKept) {
  EndpointCache cache(locator, "");
  EndpointLists many;
  for (int i = 0; i < 10'000; ++i)
    many.active.push_back(at(std::string(60, 'h') + std::to_string(i)));
  EXPECT_EQ(cache.put({"A.B.Obj"}, many).code(), Code::limit);
  EXPECT_EQ(cache.find({"A.B.Obj"}), std::nullopt);
}

RC_GTEST_PROP(EndpointCacheProperty, NoTextCrashesIt, (const std::string& text)) {
  EndpointCache cache(locator, "");
  (void)cache.load(text, "x");
  (void)cache.load("tarsversion=1\n" + text, "x");
  (void)cache.find({"A.B.Obj"});
}

}  // namespace
}  // namespace tarsier
