#include "governance/application/saved_settings.h"

#include <utility>

#include "protocol/config/config.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/files.h"

namespace tarsier::application {
namespace {

constexpr std::string_view domain = "/saved";

// What is there already is no error, and what cannot be made shows when the file is written.
void make_parents(FileSystem& files, const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != path.npos; at = path.find('/', at + 1))
    (void)files.make_directory(path.substr(0, at));
}

}  // namespace

void SavedSettings::load() {
  const auto bytes = read_file(env_.files, path_, limits::config_bytes_max);
  if (bytes.code() == Code::not_found) return;
  Result<config::Config> saved = Error(Code::io);
  if (bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes->span().data()), bytes->size());
    saved = config::Config::parse(text, path_);
  } else {
    saved = bytes.error();
  }
  if (!saved) {
    TARSIER_LOG(env_.log, warn, "application",
                "what was set by commands before is lost: " + saved.error().detail);
    return;
  }
  const config::Domain* all = saved->domain(domain);
  if (all == nullptr) return;
  for (const config::Entry& entry : all->entries()) values_[entry.key] = entry.value;
}

std::string SavedSettings::get(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::string() : found->second;
}

std::string SavedSettings::render() const {
  config::Config saved;
  for (const auto& [key, value] : values_) {
    const auto set = saved.set(std::string(domain) + "<" + key + ">", value);
    if (!set) TARSIER_LOG(env_.log, warn, "application", set.error().detail);
  }
  return saved.render();
}

Task<Result<>> SavedSettings::set(std::string key, std::string value) {
  values_[std::move(key)] = std::move(value);
  auto turn = turns_.enter();
  co_await turn;
  const std::string text = render();
  Result<> written;
  Callback work = [this, &text, &written] {
    make_parents(env_.files, path_);
    written = write_file_atomically(env_.files, path_, as_bytes(text));
  };
  auto writing = run_beside(env_, std::move(work));
  co_await writing;
  turns_.leave();
  if (!written) {
    TARSIER_LOG(env_.log, warn, "application",
                "what was set will not outlive this process: " + written.error().detail);
  }
  co_return written;
}

}  // namespace tarsier::application
