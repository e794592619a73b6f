#include "governance/application/property.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "transport/base/limits.h"

namespace tarsier::application {
namespace {

constexpr std::size_t name_bytes_max = 127;

std::int64_t add_up(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<std::int64_t>::min()
               : std::numeric_limits<std::int64_t>::max();
}

// Up to 5 decimals, and none that say nothing: "2.5", "3".
std::string mean_text(const PropertySample& sample) {
  if (sample.count == 0) return "0";
  const double mean = static_cast<double>(sample.sum) / static_cast<double>(sample.count);
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), mean,
                                 std::chars_format::fixed, 5);
  std::string_view text(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
  text = text.substr(0, text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return text == "-0" ? "0" : std::string(text);
}

}  // namespace

std::string_view policy_name(PropertyPolicy policy) {
  switch (policy) {
    case PropertyPolicy::sum: return "Sum";
    case PropertyPolicy::avg: return "Avg";
    case PropertyPolicy::max: return "Max";
    case PropertyPolicy::min: return "Min";
    case PropertyPolicy::count: return "Count";
    case PropertyPolicy::distr: return "Distr";
  }
  return "?";
}

Result<PropertyKind> make_property_kind(std::vector<PropertyPolicy> policies,
                                        std::vector<std::int64_t> bins) {
  PropertyKind kind;
  for (const PropertyPolicy policy : policies) {
    if (std::find(kind.policies.begin(), kind.policies.end(), policy) == kind.policies.end())
      kind.policies.push_back(policy);
  }
  std::sort(bins.begin(), bins.end());
  bins.erase(std::unique(bins.begin(), bins.end()), bins.end());
  kind.bins = std::move(bins);
  const bool has_distr = std::find(kind.policies.begin(), kind.policies.end(),
                                   PropertyPolicy::distr) != kind.policies.end();
  if (has_distr && kind.bins.empty())
    return Error(Code::malformed, "Distr counts by bins: name their upper bounds");
  if (kind.bins.size() > limits::property_bins_max) {
    return Error(Code::limit, std::to_string(kind.bins.size()) + " bins are too many; at most " +
                                  std::to_string(limits::property_bins_max) + " are reported");
  }
  return kind;
}

PropertySample PropertyKind::empty() const {
  PropertySample sample;
  if (!bins.empty()) sample.bins.resize(bins.size() + 1);
  return sample;
}

void PropertyKind::add(PropertySample& sample, std::int64_t value) const {
  sample.max = sample.count == 0 ? value : std::max(sample.max, value);
  if (value != 0) sample.min = sample.min == 0 ? value : std::min(sample.min, value);
  sample.sum = add_up(sample.sum, value);
  ++sample.count;
  if (bins.empty()) return;
  const auto bin = std::upper_bound(bins.begin(), bins.end(), value) - bins.begin();
  ++sample.bins[static_cast<std::size_t>(bin)];
}

void PropertyKind::merge(PropertySample& sample, const PropertySample& other) const {
  if (other.count == 0) return;
  sample.max = sample.count == 0 ? other.max : std::max(sample.max, other.max);
  if (other.min != 0) sample.min = sample.min == 0 ? other.min : std::min(sample.min, other.min);
  sample.sum = add_up(sample.sum, other.sum);
  sample.count += other.count;
  for (std::size_t i = 0; i < sample.bins.size(); ++i) sample.bins[i] += other.bins[i];
}

std::string PropertyKind::text(PropertyPolicy policy, const PropertySample& sample) const {
  switch (policy) {
    case PropertyPolicy::sum: return std::to_string(sample.sum);
    case PropertyPolicy::avg: return mean_text(sample);
    case PropertyPolicy::max: return std::to_string(sample.max);
    case PropertyPolicy::min: return std::to_string(sample.min);
    case PropertyPolicy::count: return std::to_string(sample.count);
    case PropertyPolicy::distr: break;
  }
  std::string text;
  for (std::size_t i = 0; i < sample.bins.size(); ++i) {
    text += i < bins.size() ? std::to_string(bins[i]) : "max";
    text += "|" + std::to_string(sample.bins[i]) + (i < bins.size() ? "," : "");
  }
  return text;
}

std::vector<::tars::StatPropInfo> PropertyKind::texts(const PropertySample& sample) const {
  std::vector<::tars::StatPropInfo> infos;
  for (const PropertyPolicy policy : policies) {
    ::tars::StatPropInfo info;
    info.policy = policy_name(policy);
    info.value = text(policy, sample);
    if (policy == PropertyPolicy::min && info.value == "0") continue;
    infos.push_back(std::move(info));
  }
  return infos;
}

::tars::StatPropMsgHead property_head(const Identity& identity, std::string_view property) {
  ::tars::StatPropMsgHead head;
  head.moduleName = identity.module();
  if (const auto set = identity.set()) {
    head.moduleName += "." + set->concatenated();
    head.setName = set->name;
    head.setArea = set->area;
    head.setID = set->group;
  }
  if (head.moduleName.size() > name_bytes_max) head.moduleName.resize(name_bytes_max);
  head.propertyName = property.substr(0, name_bytes_max);
  head.iPropertyVer = 2;
  return head;
}

std::size_t report_bytes(const ::tars::StatPropMsgHead& head, const ::tars::StatPropMsgBody& body) {
  constexpr std::size_t around_head = 50;
  constexpr std::size_t around_value = 16;
  std::size_t bytes = around_head + head.moduleName.size() + head.ip.size() +
                      head.propertyName.size() + head.setName.size() + head.setArea.size() +
                      head.setID.size() + head.sContainer.size();
  for (const ::tars::StatPropInfo& info : body.vInfo)
    bytes += around_value + info.policy.size() + info.value.size();
  return bytes;
}

}  // namespace tarsier::application
