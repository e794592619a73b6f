#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "Stock.h"

// Counts what is left of everything.
class StockServant final : public shop::StockSyncServant {
 public:
  void put(const std::string& name, int count) { counts_[name] += count; }

  tarsier::Result<shop::StockApi::takeResult> take(const shop::Item& item,
                                                   tarsier::ServerCall&) override {
    const auto found = counts_.find(item.name);
    if (found == counts_.end()) {
      return tarsier::application_error(404, "there never was any " + item.name);
    }
    shop::StockApi::takeResult result;
    result.ret = found->second >= item.count;
    if (result.ret) found->second -= item.count;
    result.left.name = item.name;
    result.left.count = found->second;
    return result;
  }

 private:
  std::map<std::string, int> counts_;
};
