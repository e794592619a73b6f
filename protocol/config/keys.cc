#include "protocol/config/keys.h"

#include <algorithm>

#include "transport/base/check.h"

namespace tarsier::config {
namespace {

constexpr std::int64_t unbounded = std::numeric_limits<std::int32_t>::max();

Unit unit_of(Kind kind) {
  if (kind == Kind::milliseconds) return Unit::milliseconds;
  return kind == Kind::size ? Unit::bytes : Unit::count;
}

std::string range_of(const Key& key, std::int64_t low) {
  std::string range = key.high >= unbounded
                          ? "at least " + std::to_string(low)
                          : std::to_string(low) + " to " + std::to_string(key.high);
  if (key.zero_is_off && low > 0) range = "0 (off), or " + range;
  return range;
}

// "a, b or c".
std::string alternatives(const std::vector<std::string_view>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

std::string shown(std::string_view value) {
  std::string quoted = in_quotes(value);
  return quoted.substr(1, quoted.size() - 2);
}

std::string with_hint(const std::string& sentence, const std::string& hint) {
  return hint.empty() ? sentence : sentence + "; " + hint;
}

std::string accepted(const Key& key) {
  if (!key.accepts.empty()) return std::string(key.accepts);
  switch (key.kind) {
    case Kind::text: return "text";
    case Kind::number: return range_of(key, key.low);
    case Kind::milliseconds: return "ms, " + range_of(key, key.low);
    case Kind::size: return "bytes, or with K, M, G";
    case Kind::flag: return "0 or 1";
    case Kind::known: break;
  }
  return "anything";
}

}  // namespace

ConfigNote note_at(const Config& config, const Place& place, LogLevel level, std::string text) {
  ConfigNote note;
  note.level = level;
  note.file = config.file(place);
  note.line = place.line;
  note.text = std::move(text);
  return note;
}

const Key& DomainReader::key(std::string_view name) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [name](const Key& each) { return each.name == name; });
  TARSIER_CHECK(found != keys_.end(), "a key that is read stands in the table");
  return *found;
}

bool DomainReader::given(std::string_view name) const {
  return domain_ != nullptr && domain_->entry(name) != nullptr;
}

const Entry* DomainReader::find(std::string_view name) {
  const Entry* entry = domain_ == nullptr ? nullptr : domain_->entry(name);
  if (entry == nullptr || key(name).secret) return entry;
  if (entry->value.find("${") == std::string::npos) return entry;
  note(LogLevel::warn, name,
       "a macro of a template that was never filled in; the key counts as absent");
  return nullptr;
}

void DomainReader::note(LogLevel level, std::string_view name, const std::string& sentence) {
  const Entry* entry = domain_ == nullptr ? nullptr : domain_->entry(name);
  Place place;
  if (entry != nullptr) {
    place = entry->place;
  } else if (domain_ != nullptr) {
    place = domain_->place();
  }
  std::string text(name);
  if (entry != nullptr) text += '=' + (key(name).secret ? "***" : shown(entry->value));
  notes_.push_back(note_at(config_, place, level, text + ": " + sentence));
}

std::string DomainReader::text(std::string_view name) {
  const Key& wanted = key(name);
  const Entry* entry = find(name);
  return entry == nullptr ? std::string(wanted.standard) : entry->value;
}

std::string DomainReader::text_or(std::string_view name, std::string_view standard) {
  key(name);
  const Entry* entry = find(name);
  return std::string(entry == nullptr || entry->value.empty() ? standard : entry->value);
}

std::int64_t DomainReader::bounded(const Key& key, std::int64_t low, const Reading& reading) {
  const bool off = key.zero_is_off && reading.value == 0;
  const bool inside = off || (reading.value >= low && reading.value <= key.high);
  const std::int64_t used = inside                ? reading.value
                            : reading.value < low ? key.below.value_or(low)
                                                  : key.above.value_or(key.high);
  if (inside && reading.problem.empty()) return used;
  std::string sentence;
  if (reading.problem.empty()) {
    sentence = "accepted are " + range_of(key, low) + "; " + std::to_string(used) + " is used";
  } else {
    sentence = reading.problem + "; " + std::to_string(used) + " is used (TARS reads " +
               std::to_string(reading.value);
    if (!inside) sentence += "; accepted are " + range_of(key, low);
    sentence += ')';
  }
  note(LogLevel::warn, key.name, with_hint(sentence, reading.hint));
  return used;
}

std::optional<std::int64_t> DomainReader::written(const Key& key, std::int64_t low,
                                                  std::string_view instead) {
  const Entry* entry = find(key.name);
  if (entry == nullptr) return std::nullopt;
  const Reading reading = read_number(entry->value, unit_of(key.kind));
  if (reading.any) return bounded(key, low, reading);
  note(LogLevel::warn, key.name,
       with_hint(reading.problem + "; " + std::string(instead) + " is used", reading.hint));
  return std::nullopt;
}

std::optional<std::uint32_t> DomainReader::optional_number(std::string_view name) {
  const Key& wanted = key(name);
  const auto number = written(wanted, wanted.low, wanted.standard);
  return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

std::int64_t DomainReader::number(std::string_view name, std::optional<std::int64_t> low) {
  const Key& wanted = key(name);
  std::int64_t standard = read_number(wanted.standard, unit_of(wanted.kind)).value;
  if (!low) return written(wanted, wanted.low, wanted.standard).value_or(standard);
  // A bound that depends on another key holds for the standard value too.
  standard = std::max(standard, *low);
  return written(wanted, *low, std::to_string(standard)).value_or(standard);
}

Duration DomainReader::duration(std::string_view name, std::optional<std::int64_t> low) {
  return std::chrono::milliseconds(number(name, low));
}

std::size_t DomainReader::size(std::string_view name) {
  return static_cast<std::size_t>(number(name));
}

bool DomainReader::flag(std::string_view name) {
  const bool standard = tars_flag(key(name).standard);
  const Entry* entry = find(name);
  if (entry == nullptr) return standard;
  const Reading reading = read_flag(entry->value);
  const bool used = reading.any ? reading.value != 0 : standard;
  if (!reading.problem.empty()) {
    const std::string as = reading.any ? " is used, as in TARS" : " is used";
    note(LogLevel::warn, name,
         with_hint(reading.problem + (used ? "; 1" : "; 0") + as, reading.hint));
  }
  return used;
}

std::size_t DomainReader::choice(std::string_view name, const std::vector<std::string_view>& names,
                                 LogLevel otherwise) {
  const auto position = [&names](std::string_view word) {
    std::size_t at = 0;
    while (at < names.size() && lowered(names[at]) != lowered(word)) ++at;
    return at;
  };
  const std::size_t standard = position(key(name).standard);
  TARSIER_CHECK(standard < names.size(), "the standard value is one of the choices");
  const Entry* entry = find(name);
  if (entry == nullptr) return standard;
  if (const std::size_t found = position(entry->value); found < names.size()) return found;
  std::string sentence = "expected " + alternatives(names);
  if (otherwise > LogLevel::error) sentence += "; " + std::string(names[standard]) + " is used";
  note(otherwise, name, with_hint(sentence, did_you_mean(entry->value, names)));
  return standard;
}

void DomainReader::note_unknown_keys() {
  if (domain_ == nullptr) return;
  std::vector<std::string_view> names;
  for (const Key& each : keys_) names.push_back(each.name);
  for (const Entry& entry : domain_->entries()) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    const std::string sentence = "unknown key " + in_quotes(entry.key) + ", which is ignored";
    notes_.push_back(note_at(config_, entry.place, LogLevel::warn,
                             with_hint(sentence, did_you_mean(entry.key, names))));
  }
}

std::string markdown_table(std::span<const Key> keys) {
  std::string out = "| key | default | accepted | meaning |\n| --- | --- | --- | --- |\n";
  std::string known;
  for (const Key& each : keys) {
    if (each.kind == Kind::known) {
      known += (known.empty() ? "`" : ", `") + std::string(each.name) + '`';
      continue;
    }
    out += "| `" + std::string(each.name) + "` | " + std::string(each.standard) + " | " +
           accepted(each) + " | " + std::string(each.meaning) + " |\n";
  }
  if (!known.empty()) out += "\nKnown, and without a meaning here: " + known + ".\n";
  return out;
}

}  // namespace tarsier::config
