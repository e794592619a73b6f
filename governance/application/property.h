#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "PropertyF.h"
#include "governance/application/identity.h"
#include "transport/base/result.h"

// Properties that a service reports about itself, as values (spec §7.12, §8.4).
namespace tarsier::application {

using PropertyMap = std::map<::tars::StatPropMsgHead, ::tars::StatPropMsgBody>;

// What is made of the numbers of an interval. The names are those on the wire.
enum class PropertyPolicy : std::uint8_t { sum, avg, max, min, count, distr };
std::string_view policy_name(PropertyPolicy policy);  // "Sum" …

// The numbers of an interval, in as much detail as the policies need.
struct PropertySample {
  std::uint64_t count = 0;
  std::int64_t sum = 0;  // stops at the ends of its range
  std::int64_t max = 0;  // of those that came; 0 if none did
  std::int64_t min = 0;  // of those that are not 0; 0 if none is
  std::vector<std::uint64_t> bins{};

  bool operator==(const PropertySample&) const = default;
};

// What is reported under one name.
struct PropertyKind {
  std::vector<PropertyPolicy> policies{};
  std::vector<std::int64_t> bins{};  // of Distr; ascending

  PropertySample empty() const;
  void add(PropertySample& sample, std::int64_t value) const;
  // As if the numbers of `other` had been added.
  void merge(PropertySample& sample, const PropertySample& other) const;
  // The text of a policy:
  //   Sum, Max, Count  decimal
  //   Avg    the mean with up to 5 decimals, "0" if there is none
  //   Min    the smallest that is not 0; "0" is not sent
  //   Distr  "5|3,10|0,max|1": how many were below 5, below 10 but not 5, and the rest
  std::string text(PropertyPolicy policy, const PropertySample& sample) const;
  std::vector<::tars::StatPropInfo> texts(const PropertySample& sample) const;

  bool operator==(const PropertyKind&) const = default;
};
// Each policy once, bins ascending and different. limit: too many bins; malformed: Distr without.
Result<PropertyKind> make_property_kind(std::vector<PropertyPolicy> policies,
                                        std::vector<std::int64_t> bins = {});

::tars::StatPropMsgHead property_head(const Identity& identity, std::string_view property);

// How much room an entry takes in a report: at least what it takes on the wire (§9.3 #62).
std::size_t report_bytes(const ::tars::StatPropMsgHead& head, const ::tars::StatPropMsgBody& body);

}  // namespace tarsier::application
