#include "protocol/config/config.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "protocol/config/syntax.h"
#include "transport/base/words.h"

namespace tarsier::config {
namespace {

struct Path {
  std::vector<std::string_view> domains;
  std::string_view key;
};

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> names;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) names.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return names;
}

// "/a/b<key>".
std::optional<Path> key_path(std::string_view path) {
  const std::size_t begin = path.find('<');
  const std::size_t end = path.find('>');
  if (!path.starts_with('/') || begin == path.npos || end == path.npos || end < begin) {
    return std::nullopt;
  }
  return Path{split(path.substr(1, begin - 1)), path.substr(begin + 1, end - begin - 1)};
}

const Domain* follow(const Domain* domain, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    if (domain == nullptr) break;
    domain = domain->domain(name);
  }
  return domain;
}

Error no_path(std::string_view path) {
  return Error(Code::malformed,
               in_quotes(path) + " is no path of a key: write '/domain/domain<key>'");
}

// Written with a blank before '=' where the key ends in a backslash, which would escape the '='.
void render_entry(const Entry& entry, const std::string& indent, std::string& out) {
  out += indent;
  escape(entry.key, out);
  if (!entry.value.empty() || entry.key.empty()) {
    if (entry.key.ends_with('\\')) out += ' ';
    out += '=';
    escape(entry.value, out);
  }
  out += '\n';
}

// Whether a file could say it, within the bounds of one.
Result<> check_writable(const Path& path, std::string_view value) {
  if (const std::string_view problem = problem_of_key(path.key); !problem.empty()) {
    return Error(Code::malformed, "key " + in_quotes(path.key) + ' ' + std::string(problem));
  }
  for (const std::string_view name : path.domains) {
    if (const std::string_view problem = problem_of_domain_name(name); !problem.empty()) {
      return Error(Code::malformed,
                   "the name of domain " + in_quotes(name) + ' ' + std::string(problem));
    }
  }
  if (value.starts_with(' ') || value.ends_with(' ')) {
    return Error(Code::malformed, "the value of key " + in_quotes(path.key) +
                                      " begins or ends with a space, which a file cannot keep");
  }
  if (path.domains.size() > limits::config_depth_max) {
    return Error(Code::limit, "a path of " + std::to_string(path.domains.size()) +
                                  " domains: at most " + std::to_string(limits::config_depth_max));
  }
  std::string line(2 * path.domains.size(), ' ');
  render_entry(Entry{std::string(path.key), std::string(value), Place{}}, {}, line);
  if (line.size() > limits::config_line_bytes_max) {
    return Error(Code::limit, "the value of key " + in_quotes(path.key) + " needs a line of " +
                                  std::to_string(line.size()) + " bytes: at most " +
                                  std::to_string(limits::config_line_bytes_max));
  }
  return {};
}

void render_content(const Domain& domain, std::size_t depth, std::string& out) {
  const std::string indent(2 * depth, ' ');
  for (const Entry& entry : domain.entries()) render_entry(entry, indent, out);
  for (const Domain& each : domain.domains()) {
    out += indent + '<' + each.name() + ">\n";
    render_content(each, depth + 1, out);
    out += indent + "</" + each.name() + ">\n";
  }
}

std::size_t items_of(const Domain& domain) {
  std::size_t items = std::max(domain.entries().size(), domain.lines().size());
  for (const Domain& each : domain.domains()) items += 1 + items_of(each);
  return items;
}

}  // namespace

// Domain

const Entry* Domain::entry(std::string_view key) const {
  const auto found = entry_index_.find(key);
  return found == entry_index_.end() ? nullptr : &entries_[found->second];
}
const Domain* Domain::domain(std::string_view name) const {
  const auto found = domain_index_.find(name);
  return found == domain_index_.end() ? nullptr : &domains_[found->second];
}

void Domain::put(Entry entry) {
  const auto [slot, fresh] = entry_index_.try_emplace(entry.key, entries_.size());
  if (fresh) {
    entries_.push_back(std::move(entry));
    turns_.push_back(puts_++);
    return;
  }
  entries_[slot->second] = std::move(entry);
  turns_[slot->second] = puts_++;
  moved_ = true;
}

void Domain::settle() {
  for (Domain& each : domains_) each.settle();
  if (!moved_) return;
  std::vector<std::size_t> order(entries_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [this](std::size_t a, std::size_t b) { return turns_[a] < turns_[b]; });
  std::vector<Entry> sorted;
  sorted.reserve(entries_.size());
  for (const std::size_t each : order) sorted.push_back(std::move(entries_[each]));
  entries_ = std::move(sorted);
  for (std::size_t i = 0; i < entries_.size(); ++i) entry_index_.find(entries_[i].key)->second = i;
  std::iota(turns_.begin(), turns_.end(), std::size_t{0});
  puts_ = entries_.size();
  moved_ = false;
}

Domain& Domain::open(std::string_view name, Place place) {
  const auto [slot, fresh] = domain_index_.try_emplace(std::string(name), domains_.size());
  if (fresh) domains_.emplace_back(name, place);
  return domains_[slot->second];
}

bool Domain::set(std::string_view key, std::string_view value) {
  if (const auto found = entry_index_.find(key); found != entry_index_.end()) {
    entries_[found->second] = Entry{std::string(key), std::string(value), Place{}};
    return false;
  }
  put(Entry{std::string(key), std::string(value), Place{}});
  return true;
}

void Domain::merge(const Domain& later, const std::vector<std::uint32_t>& files) {
  const auto moved = [&files](Place place) {
    if (place.line != 0) place.file = files[place.file];
    return place;
  };
  for (const Entry& each : later.entries_) {
    put(Entry{each.key, each.value, moved(each.place)});
  }
  lines_.insert(lines_.end(), later.lines_.begin(), later.lines_.end());
  for (const Domain& each : later.domains_) {
    open(each.name_, moved(each.place_)).merge(each, files);
  }
}

bool operator==(const Domain& a, const Domain& b) {
  const auto same = [](const Entry& x, const Entry& y) {
    return x.key == y.key && x.value == y.value;
  };
  return a.name_ == b.name_ &&
         std::equal(a.entries_.begin(), a.entries_.end(), b.entries_.begin(), b.entries_.end(),
                    same) &&
         a.domains_ == b.domains_;
}

// Config

const Domain* Config::domain(std::string_view path) const {
  return path.starts_with('/') ? follow(&root_, split(path.substr(1))) : nullptr;
}

const Entry* Config::entry(std::string_view path) const {
  const auto parts = key_path(path);
  if (!parts) return nullptr;
  const Domain* at = follow(&root_, parts->domains);
  return at == nullptr ? nullptr : at->entry(parts->key);
}

std::string Config::get(std::string_view path, std::string_view fallback) const {
  const Entry* found = entry(path);
  return found == nullptr ? std::string(fallback) : found->value;
}

Result<std::string> Config::require(std::string_view path) const {
  if (!key_path(path)) return no_path(path);
  if (const Entry* found = entry(path)) return found->value;
  std::string names;
  for (const std::string& each : files_) names += (names.empty() ? "" : ", ") + each;
  return Error(Code::not_found, (names.empty() ? "the configuration" : names) + " has no key '" +
                                    std::string(path) + "'");
}

Result<> Config::set(std::string_view path, std::string_view value) {
  const auto parts = key_path(path);
  if (!parts) return no_path(path);
  TARSIER_TRY_VOID(check_writable(*parts, value));
  if (items_ + parts->domains.size() >= limits::config_items_max) {
    return Error(Code::limit, "more than " + std::to_string(limits::config_items_max) + " keys");
  }
  Domain* at = &root_;
  for (const std::string_view name : parts->domains) {
    if (at->domain(name) == nullptr) ++items_;
    at = &at->open(name, Place{});
  }
  if (at->set(parts->key, value)) ++items_;
  return {};
}

std::uint32_t Config::add_file(const std::string& name) {
  const auto known = std::find(files_.begin(), files_.end(), name);
  const auto index = static_cast<std::uint32_t>(known - files_.begin());
  if (known == files_.end()) files_.push_back(name);
  return index;
}

Result<> Config::join(const Config& other, Join who, const Bounds& bounds) {
  if (const std::size_t items = items_ + other.items_; items > bounds.items_max) {
    return Error(Code::limit, "joined, the configurations have " + std::to_string(items) +
                                  " keys: at most " + std::to_string(bounds.items_max));
  }
  Config joined = who == Join::other_wins ? *this : other;
  const Config& later = who == Join::other_wins ? other : *this;
  std::vector<std::uint32_t> files;
  for (const std::string& each : later.files_) files.push_back(joined.add_file(each));
  joined.root_.merge(later.root_, files);
  joined.root_.settle();
  joined.items_ = items_of(joined.root_);
  *this = std::move(joined);
  return {};
}

std::string Config::render() const {
  std::string out;
  render_content(root_, 0, out);
  // The first line of a text may not begin with it: it is taken for a sign of the encoding.
  if (out.starts_with(byte_order_mark)) out.insert(0, 1, '\n');
  return out;
}

const std::string& Config::file(const Place& place) const {
  static const std::string nowhere = "(set by the program)";
  return place.line == 0 || place.file >= files_.size() ? nowhere : files_[place.file];
}

std::string Config::where(const Place& place) const {
  if (place.line == 0) return file(place);
  return file(place) + ':' + std::to_string(place.line);
}

}  // namespace tarsier::config
