#include "governance/application/application_settings.h"

#include <utility>

#include "transport/base/limits.h"
#include "transport/base/words.h"

namespace tarsier::application {

Checked<ApplicationSettings> application_settings(config::Config config, const HostFacts& facts) {
  Checked<ApplicationSettings> checked;
  auto client = client_settings(config, facts);
  auto server = server_settings(config, facts);
  checked.value.client = std::move(client.value);
  checked.value.server = std::move(server.value);
  checked.notes = std::move(client.notes);
  checked.notes.insert(checked.notes.end(), server.notes.begin(), server.notes.end());
  checked.value.config = std::move(config);
  return checked;
}

Result<Checked<ApplicationSettings>> read_settings(FileSystem& files, std::string_view path,
                                                   const HostFacts& facts) {
  const auto bytes = read_file(files, path, limits::config_bytes_max);
  if (!bytes) {
    return Error(bytes.code(), "the configuration " + in_quotes(path) +
                                   " cannot be read: " + bytes.error().detail);
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes->span().data()), bytes->size());
  TARSIER_TRY(auto config, config::Config::parse(text, path));
  return application_settings(std::move(config), facts);
}

std::string object_text(const ObjectName& object) {
  std::string text = object.servant;
  if (!object.hash.empty()) text += '#' + object.hash;
  for (std::size_t i = 0; i < object.endpoints.size(); ++i)
    text += (i == 0 ? '@' : ':') + object.endpoints[i].to_string();
  return text;
}

}  // namespace tarsier::application
