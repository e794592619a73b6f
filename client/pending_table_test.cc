#include "client/pending_table.h"

#include <map>
#include <memory>
#include <vector>

#include "client/pending_call.h"

namespace tarsier {
namespace {

class NoCall final : public PendingCall {
 public:
  void on_reply(const ReplyView&) override {}
  void on_failure(Error) override {}
};

TEST(PendingTable, KnowsNothingAtFirst) {
  PendingTable table;
  EXPECT_EQ(table.take(0), nullptr);
  EXPECT_EQ(table.take(1), nullptr);
  EXPECT_EQ(table.earliest_deadline(), no_deadline);
}

TEST(PendingTable, IdsComeBackOnlyAfterAllOthers) {
  PendingTable table;
  NoCall call;
  std::uint32_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t id = table.add(call, no_deadline);
    EXPECT_EQ(id, last + 1);
    last = id;
    EXPECT_EQ(table.take(id), &call);
    EXPECT_EQ(table.take(id), nullptr) << "once";
  }
}

// Against a map, with calls that stay for long.
RC_GTEST_PROP(PendingTable, BehavesLikeAMap, ()) {
  PendingTable table;
  std::map<std::uint32_t, std::pair<PendingCall*, TimePoint>> model;
  std::vector<std::unique_ptr<NoCall>> calls;
  const auto steps = *rc::gen::container<std::vector<int>>(150, rc::gen::inRange(0, 10));
  for (const int step : steps) {
    if (step < 6) {
      calls.push_back(std::make_unique<NoCall>());
      const TimePoint deadline(Duration(*rc::gen::inRange(0, 1000)));
      const std::uint32_t id = table.add(*calls.back(), deadline);
      RC_ASSERT(id != 0u);
      RC_ASSERT(model.emplace(id, std::make_pair(calls.back().get(), deadline)).second);
    } else if (step < 9) {
      if (model.empty()) continue;
      auto picked = model.begin();
      std::advance(picked, *rc::gen::inRange<std::size_t>(0, model.size()));
      RC_ASSERT(table.take(picked->first) == picked->second.first);
      model.erase(picked);
    } else {
      const TimePoint now(Duration(*rc::gen::inRange(0, 300)));
      std::size_t cursor = 0;
      std::size_t expired = 0;
      while (table.take_expired(now, cursor) != nullptr) ++expired;
      RC_ASSERT(expired == std::erase_if(model, [&](const auto& entry) {
                  return entry.second.second <= now;
                }));
    }
    TimePoint earliest = no_deadline;
    for (const auto& [id, entry] : model) earliest = std::min(earliest, entry.second);
    RC_ASSERT(table.earliest_deadline() == earliest);
    RC_ASSERT(table.size() == model.size());
    RC_ASSERT(table.ids().size() == model.size());
  }
}

}  // namespace
}  // namespace tarsier
