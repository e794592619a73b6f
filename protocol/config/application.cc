#include "protocol/config/application.h"

#include <array>

#include "protocol/config/syntax.h"
#include "transport/base/limits.h"

namespace tarsier {
namespace {

Error no_set(std::string_view division) {
  return Error(Code::bad_config, in_quotes(division) +
                                     " is no set: it is named name.area.group, as 'shop.south.1' "
                                     "or 'shop.south.*'");
}

}  // namespace

Result<SetName> parse_set_name(std::string_view division) {
  const std::size_t first = division.find('.');
  const std::size_t second = division.find('.', first == division.npos ? first : first + 1);
  if (second == division.npos || division.size() > limits::name_bytes_max) return no_set(division);
  SetName set;
  set.name = division.substr(0, first);
  set.area = division.substr(first + 1, second - first - 1);
  set.group = division.substr(second + 1);
  for (const std::string* part : {&set.name, &set.area, &set.group}) {
    if (part->empty() || part->find_first_of(" \t.") != part->npos) return no_set(division);
  }
  if (set.name == "*" || set.area == "*") {
    return Error(Code::bad_config,
                 in_quotes(division) + " is no set: only the last part, the group, may be '*'");
  }
  return set;
}

}  // namespace tarsier

namespace tarsier::config {
namespace {

constexpr std::array keys = {
    Key{.name = "enableset",
        .standard = "n",
        .meaning = "whether the process belongs to a set",
        .accepts = "y or n"},
    Key{.name = "setdivision",
        .standard = "NULL",
        .meaning = "the set, where the client's domain does not say it",
        .accepts = "name.area.group"},
    Key{.name = "redirectpath", .kind = Kind::known},  // where the node sends stdout
};

}  // namespace

std::span<const Key> application_keys() { return keys; }

TlsFiles read_tls(DomainReader& reader, TlsSide side) {
  TlsFiles tls;
  tls.ca = reader.text("ca");
  tls.certificate = reader.text("cert");
  tls.key = reader.text("key");
  tls.ciphers = reader.text("ciphers");
  if (side == TlsSide::server) tls.verify_client = reader.flag("verifyclient");
  if (!tls.certificate.empty() && tls.key.empty()) {
    reader.note(LogLevel::error, "cert", "a certificate without its private key: set 'key' too");
  }
  if (tls.certificate.empty() && !tls.key.empty()) {
    reader.note(LogLevel::error, "key", "a private key without its certificate: set 'cert' too");
  }
  if (tls.verify_client && tls.ca.empty()) {
    reader.note(LogLevel::error, "verifyclient",
                "nothing to check the certificates of clients against: set 'ca' too");
  }
  return tls;
}

std::string read_set_division(const Config& config, std::vector<ConfigNote>& notes) {
  const Domain* application = config.domain(application_path);
  if (application == nullptr) return {};
  const Domain* client = application->domain("client");
  const auto reader_of = [&](std::string_view name) {
    const bool own = client != nullptr && client->entry(name) != nullptr;
    return DomainReader(config, own ? client : application, keys, notes);
  };
  constexpr std::array<std::pair<std::string_view, bool>, 2> answers{{{"y", true}, {"n", false}}};
  if (!reader_of("enableset").one_of("enableset", answers)) return {};
  DomainReader reader = reader_of("setdivision");
  const std::string division = reader.text("setdivision");
  const auto set = parse_set_name(division);
  if (set.ok()) return division;
  reader.note(LogLevel::error, "setdivision",
              set.error().detail + "; without a set, write enableset = n");
  return {};
}

const Domain* find_part(const Config& config, std::string_view name,
                        std::vector<ConfigNote>& notes) {
  const Domain* application = config.domain(application_path);
  if (application == nullptr) {
    if (!config.files().empty()) {
      ConfigNote note;
      note.file = config.files().front();
      note.text =
          "there is no domain " + std::string(application_path) + ": every key has its default";
      notes.push_back(std::move(note));
    }
    return nullptr;
  }
  const Domain* part = application->domain(name);
  if (part != nullptr) return part;
  for (const Domain& each : application->domains()) {
    const std::string hint = did_you_mean(each.name(), {name});
    if (hint.empty()) continue;
    notes.push_back(note_at(config, each.place(), LogLevel::warn,
                            "domain " + in_quotes(each.name()) + " is not read; " + hint));
  }
  return nullptr;
}

}  // namespace tarsier::config
