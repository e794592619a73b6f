#include "client/balance/weighted_order.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>
#include <map>
#include <utility>

namespace tarsier::balance {
namespace {

constexpr std::int64_t ratio_min = 10;
constexpr std::int64_t ratio_max = 100;

// All positions of one weight. Smooth weighted round robin serves the position with the largest
// current value and puts it back by the sum of all weights. Within one weight, those served in this
// lap differ from those that were not by exactly that sum, so two queues say it all.
struct WeightClass {
  std::int64_t weight = 0;
  std::int64_t value = 0;     // current, of those in `waiting`
  std::int64_t previous = 0;  // the same, one round ago, of the one that is next
  std::deque<std::uint32_t> waiting;
  std::deque<std::uint32_t> served;
};

// Equal values are told apart by the order in which they were entered in the round before, which
// runs from the largest value down. So among equals of one weight, the order turns round each time:
// the next one is at the back in even rounds and at the front in odd ones.
class Rounds {
 public:
  Rounds(std::vector<WeightClass> classes, std::int64_t sum)
      : classes_(std::move(classes)), sum_(sum) {}

  std::uint32_t next() {
    WeightClass& best = *std::max_element(classes_.begin(), classes_.end(), comes_later);
    const std::uint32_t position = take(best);
    for (WeightClass& each : classes_) {
      each.previous = each.value;
      each.value += each.weight;
    }
    even_ = !even_;
    if (even_) {
      best.served.push_front(position);
    } else {
      best.served.push_back(position);
    }
    if (best.waiting.empty()) {
      std::swap(best.waiting, best.served);
      best.value -= sum_;
      // Alone, it is next again, and stood in front of all when it was served. Others were not.
      if (best.waiting.size() > 1) best.previous -= sum_;
    }
    return position;
  }

 private:
  // Who was smaller in the round before was entered later, and who was entered last is served.
  static bool comes_later(const WeightClass& one, const WeightClass& other) {
    return one.value != other.value ? one.value < other.value : one.previous > other.previous;
  }

  std::uint32_t take(WeightClass& from) const {
    std::uint32_t position = 0;
    if (even_) {
      position = from.waiting.back();
      from.waiting.pop_back();
    } else {
      position = from.waiting.front();
      from.waiting.pop_front();
    }
    return position;
  }

  std::vector<WeightClass> classes_;
  const std::int64_t sum_;
  bool even_ = true;
};

}  // namespace

std::vector<std::uint32_t> weighted_order(std::span<const std::int32_t> weights) {
  std::int64_t largest = 0;
  std::int64_t smallest = std::numeric_limits<std::int32_t>::max();
  for (const std::int64_t weight : weights) {
    if (weight <= 0) continue;
    largest = std::max(largest, weight);
    smallest = std::min(smallest, weight);
  }
  std::vector<std::uint32_t> order;
  if (largest == 0) return order;

  const std::int64_t ratio = std::clamp(largest / smallest, ratio_min, ratio_max);
  std::map<std::int64_t, WeightClass> by_weight;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    const std::int64_t reduced = weights[i] * ratio / largest;
    const auto position = static_cast<std::uint32_t>(i);
    if (reduced == 0) {
      order.push_back(position);
      continue;
    }
    WeightClass& same = by_weight[reduced];
    same.weight = same.value = reduced;
    same.waiting.push_back(position);
    sum += reduced;
  }
  std::vector<WeightClass> classes;
  for (auto& [weight, same] : by_weight) classes.push_back(std::move(same));
  Rounds rounds(std::move(classes), sum);
  order.reserve(order.size() + static_cast<std::size_t>(sum));
  for (std::int64_t i = 0; i < sum; ++i) order.push_back(rounds.next());
  return order;
}

}  // namespace tarsier::balance
