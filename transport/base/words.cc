#include "transport/base/words.h"

#include <algorithm>
#include <utility>

namespace tarsier {
namespace {

constexpr std::size_t word_max = 64;  // longer names are not compared for likeness

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edits (insert, delete, replace, swap neighbours) that turn one word into the other; a change of
// case costs nothing.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0u : 1u)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        next[j] = std::min(next[j], before[j - 2] + 1);
      }
    }
    std::swap(before, row);
    std::swap(row, next);
  }
  return row[b.size()];
}

}  // namespace

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool printable(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code >= 0x20 && code != 0x7f;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  if (word.size() > word_max) return best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > word_max || candidate == word) continue;
    const std::size_t edits = distance(word, candidate);
    if (edits < best_distance && edits < std::max(word.size(), candidate.size())) {
      best = candidate;
      best_distance = edits;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view best = nearest(word, candidates);
  if (best.empty()) return {};
  return "did you mean '" + std::string(best) + "'?";
}

std::string in_quotes(std::string_view word) {
  constexpr std::size_t shown = 40;
  std::string out = "'";
  for (const char c : word.substr(0, shown)) out += printable(c) ? c : '?';
  if (word.size() > shown) out += "...";
  return out + '\'';
}

}  // namespace tarsier
