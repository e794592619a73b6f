#pragma once

#include <cstdio>
#include <string>

#include "client/client.h"
#include "server/server.h"
#include "stock_servant.h"
#include "transport/env.h"
#include "transport/task.h"

// Serves, calls and stops; how many of its claims did not hold. It knows no world: main() of each
// program chooses one.
inline tarsier::Task<> stock_story(tarsier::Env& env, int& failures) {
  const auto expect = [&failures](bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "not so: %s\n", what);
    ++failures;
  };
  StockServant servant;
  servant.put("tea", 5);
  tarsier::Server server(env);
  expect(server.add_servant("Shop.StockServer.StockObj", servant).ok(), "the servant is added");
  const auto at = server.listen("tcp -h 127.0.0.1 -p 0");
  expect(at.ok(), "the server listens");
  const std::string object = "Shop.StockServer.StockObj@" + at.value().to_string();
  tarsier::Client client(env);
  const auto stock = client.proxy<shop::StockClient>(object);
  expect(stock.ok(), "the object has an address");

  shop::Item item;
  item.name = "tea";
  item.count = 3;
  const auto first = co_await stock.value().take(item);
  expect(first.ok() && first.value().ret && first.value().left.count == 2, "3 of 5 leaves 2");
  const auto second = co_await stock.value().take(item);
  expect(second.ok() && !second.value().ret, "there are no 3 of 2");
  item.name = "coffee";
  const auto third = co_await stock.value().take(item);
  expect(!third.ok() && third.error().wire_code == 404, "there never was any coffee");

  co_await client.close();
  co_await server.stop();
}
