#pragma once

#include <algorithm>
#include <cstddef>

namespace tarsier {

// What all holders of buffers together may hold. Half of it belongs to them in equal shares, so
// that nobody who needs no more is ever refused for what others hold; the other half goes to those
// who need more, in the order in which they come.
//
// Sums are kept as each holder's figure changes: no call looks at more than one holder.
class BufferBudget {
 public:
  // There are never more than `holders_max` whose figure is above 0.
  BufferBudget(std::size_t bytes_max, std::size_t holders_max)
      : share_(bytes_max / 2 / std::max<std::size_t>(holders_max, 1)),
        common_max_(bytes_max - share_ * holders_max) {}

  // A holder holds `after` now instead of `before`.
  void change(std::size_t before, std::size_t after) {
    bytes_ = bytes_ - before + after;
    common_ = common_ - beyond_share(before) + beyond_share(after);
  }
  // Whether a holder that has grown to `bytes`, which are counted already, may hold them. If not,
  // it lets go of all.
  bool fits(std::size_t bytes) const { return bytes <= share_ || common_ <= common_max_; }

  // More than half of what is common is gone: who can wait should hold no more than a share.
  bool scarce() const { return common_ > common_max_ / 2; }
  // Of all holders.
  std::size_t bytes() const { return bytes_; }
  std::size_t share() const { return share_; }

 private:
  std::size_t beyond_share(std::size_t bytes) const { return bytes - std::min(bytes, share_); }

  std::size_t share_;
  std::size_t common_max_;
  std::size_t bytes_ = 0;
  std::size_t common_ = 0;  // what holders hold beyond their shares
};

}  // namespace tarsier
