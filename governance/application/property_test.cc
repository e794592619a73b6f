#include "governance/application/property.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "protocol/tars/writer.h"
#include "transport/base/bytes.h"

namespace tarsier::application {
namespace {

using enum PropertyPolicy;
const std::vector<PropertyPolicy> all_policies = {sum, avg, max, min, count, distr};

std::string report(const std::vector<std::int64_t>& values) {
  const PropertyKind kind = make_property_kind(all_policies, {10, 5}).value();
  PropertySample sample = kind.empty();
  for (const std::int64_t value : values) kind.add(sample, value);
  std::string text;
  for (const ::tars::StatPropInfo& info : kind.texts(sample))
    text += info.policy + "=" + info.value + " ";
  return text;
}

TEST(Property, TextsAreThoseOfTheTable) {
  EXPECT_EQ(report({}), "Sum=0 Avg=0 Max=0 Count=0 Distr=5|0,10|0,max|0 ");
  EXPECT_EQ(report({4, 5, 10, 0}), "Sum=19 Avg=4.75 Max=10 Min=4 Count=4 Distr=5|2,10|1,max|1 ");
  EXPECT_EQ(report({0, 0}), "Sum=0 Avg=0 Max=0 Count=2 Distr=5|2,10|0,max|0 ") << "no Min of 0";
  EXPECT_EQ(report({1, 1, 0}), "Sum=2 Avg=0.66667 Max=1 Min=1 Count=3 Distr=5|3,10|0,max|0 ");
  EXPECT_EQ(report({-7, -3}), "Sum=-10 Avg=-5 Max=-3 Min=-7 Count=2 Distr=5|2,10|0,max|0 ")
      << "negative maxima are not lost";
  EXPECT_EQ(report({2'000'000'000, 2'000'000'000}),
            "Sum=4000000000 Avg=2000000000 Max=2000000000 Min=2000000000 Count=2 "
            "Distr=5|0,10|0,max|2 ")
      << "more than an int32";
}

TEST(Property, KindsAreTidiedAndChecked) {
  const PropertyKind kind = make_property_kind({sum, avg, sum, distr}, {9, 1, 9, 4}).value();
  EXPECT_EQ(kind.policies, (std::vector<PropertyPolicy>{sum, avg, distr}));
  EXPECT_EQ(kind.bins, (std::vector<std::int64_t>{1, 4, 9}));
  EXPECT_EQ(make_property_kind({distr}).code(), Code::malformed);
  std::vector<std::int64_t> bins(101);
  for (std::size_t i = 0; i < bins.size(); ++i) bins[i] = static_cast<std::int64_t>(i);
  EXPECT_EQ(make_property_kind({distr}, bins).code(), Code::limit);
}

TEST(Property, TheHeadSaysVersionTwo) {
  Identity identity;
  identity.app = "App";
  identity.server = "Srv";
  identity.node_name = "node-1";
  EXPECT_EQ(property_head(identity, "queue").moduleName, "App.Srv");
  identity.set_division = "shop.south.2";
  const auto head = property_head(identity, "queue");
  EXPECT_EQ(head.moduleName, "App.Srv.shopsouth2");
  EXPECT_EQ(head.ip, "");
  EXPECT_EQ(head.propertyName, "queue");
  EXPECT_EQ(head.setName, "shop");
  EXPECT_EQ(head.setArea, "south");
  EXPECT_EQ(head.setID, "2");
  EXPECT_EQ(head.sContainer, "");
  EXPECT_EQ(head.iPropertyVer, 2);
}

PropertyKind some_kind() {
  auto bins =
      *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(-100, 100));
  bins.push_back(7);
  return make_property_kind(all_policies, std::move(bins)).value();
}

std::vector<std::int64_t> some_values() {
  return *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(-120, 120));
}

PropertySample sample_of(const PropertyKind& kind, const std::vector<std::int64_t>& values) {
  PropertySample sample = kind.empty();
  for (const std::int64_t value : values) kind.add(sample, value);
  return sample;
}

// Against the list of all values.
RC_GTEST_PROP(Property, IsWhatTheListOfValuesSays, ()) {
  const PropertyKind kind = some_kind();
  const std::vector<std::int64_t> values = some_values();
  const PropertySample sample = sample_of(kind, values);
  std::int64_t total = 0;
  std::vector<std::int64_t> nonzero;
  for (const std::int64_t value : values) {
    total += value;
    if (value != 0) nonzero.push_back(value);
  }
  RC_ASSERT(kind.text(sum, sample) == std::to_string(total));
  RC_ASSERT(kind.text(count, sample) == std::to_string(values.size()));
  RC_ASSERT(kind.text(max, sample) ==
            std::to_string(values.empty() ? 0 : *std::max_element(values.begin(), values.end())));
  RC_ASSERT(
      kind.text(min, sample) ==
      std::to_string(nonzero.empty() ? 0 : *std::min_element(nonzero.begin(), nonzero.end())));
  const double mean = std::stod(kind.text(avg, sample));
  const double exact =
      values.empty() ? 0 : static_cast<double>(total) / static_cast<double>(values.size());
  RC_ASSERT(mean > exact - 0.00001 && mean < exact + 0.00001);
  std::string bins;
  std::int64_t low = INT64_MIN;
  for (const std::int64_t high : kind.bins) {
    const auto inside = [&](std::int64_t value) { return value >= low && value < high; };
    bins += std::to_string(high) + "|" +
            std::to_string(std::count_if(values.begin(), values.end(), inside)) + ",";
    low = high;
  }
  const auto above = [&](std::int64_t value) { return value >= low; };
  bins += "max|" + std::to_string(std::count_if(values.begin(), values.end(), above));
  RC_ASSERT(kind.text(distr, sample) == bins);
}

RC_GTEST_PROP(Property, MergingIsAddingAllValues, ()) {
  const PropertyKind kind = some_kind();
  const std::vector<std::int64_t> a = some_values();
  const std::vector<std::int64_t> b = some_values();
  std::vector<std::int64_t> all = a;
  all.insert(all.end(), b.begin(), b.end());
  PropertySample left = sample_of(kind, a);
  kind.merge(left, sample_of(kind, b));
  PropertySample right = sample_of(kind, b);
  kind.merge(right, sample_of(kind, a));
  RC_ASSERT(left == sample_of(kind, all));
  RC_ASSERT(right == left);
}

TEST(Property, SumsStopAtTheEndsOfTheirRange) {
  const PropertyKind kind = make_property_kind({sum}).value();
  PropertySample sample = kind.empty();
  kind.add(sample, INT64_MAX);
  kind.add(sample, 1);
  EXPECT_EQ(sample.sum, INT64_MAX);
  sample = kind.empty();
  kind.add(sample, INT64_MIN);
  kind.merge(sample, sample_of(kind, {-1}));
  EXPECT_EQ(sample.sum, INT64_MIN);
}

RC_GTEST_PROP(Property, AnEntryTakesNoMoreThanIsReckoned, ()) {
  Identity identity;
  identity.app = std::string(*rc::gen::inRange<std::size_t>(0, 200), 'a');
  identity.set_division = *rc::gen::element<std::string>("", "shop.south.2");
  const PropertyKind kind = some_kind();
  const PropertySample sample = sample_of(kind, some_values());
  const auto head =
      property_head(identity, std::string(*rc::gen::inRange<std::size_t>(0, 200), 'p'));
  ::tars::StatPropMsgBody body;
  body.vInfo = kind.texts(sample);
  ByteBuffer bytes;
  tars::Writer writer(bytes);
  writer.write(0, PropertyMap{{head, body}});
  RC_ASSERT(writer.finish().ok());
  RC_ASSERT(bytes.size() <= report_bytes(head, body));
}

}  // namespace
}  // namespace tarsier::application
