#pragma once

#include <map>
#include <string>
#include <string_view>

#include "governance/application/beside.h"
#include "transport/base/result.h"
#include "transport/env.h"
#include "transport/task.h"

namespace tarsier::application {

// What operators changed while a service ran and what outlives it, over its configuration: the
// level of its logs, for example (spec §7.8). A file of the configuration format in the service's
// datapath; a file that cannot be read or written is told in the log, and does no other harm.
//
// Loop only.
class SavedSettings final {
 public:
  SavedSettings(Env& env, std::string path) : env_(env), path_(std::move(path)), turns_(env) {}

  // Once, before the first get(). Blocks like the disk.
  void load();
  // "" when there is none.
  std::string get(std::string_view key) const;
  // The value holds from now on; the result tells whether it also will after the end.
  Task<Result<>> set(std::string key, std::string value);

 private:
  std::string render() const;

  Env& env_;
  const std::string path_;
  std::map<std::string, std::string, std::less<>> values_;
  Turns turns_;
};

}  // namespace tarsier::application
