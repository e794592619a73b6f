#include "client/client_core.h"

#include <iterator>
#include <utility>

#include "client/user_code.h"
#include "transport/base/limits.h"
#include "transport/base/log.h"
#include "transport/blocking.h"
#include "transport/clock.h"
#include "transport/completion.h"
#include "transport/executor.h"
#include "transport/timers.h"

namespace tarsier {
namespace {

constexpr std::size_t told_max = 100;

}  // namespace

// One piece of work on its way.
struct ClientCore::Beside {
  Beside(ClientCore& owner, UserFunction user, Callback what, Callback after)
      : core(owner),
        whose(std::move(user)),
        work(std::move(what)),
        then(std::move(after)),
        done(&ClientCore::on_done, this) {}

  ClientCore& core;
  UserFunction whose;
  Callback work;
  Callback then;
  std::string thrown;  // written beside the loop, before `done`
  Completion<void> done;
  std::list<Beside>::iterator self;
};

ClientCore::ClientCore(Env& env, const ClientOptions& options)
    : env_(env), options_(options), read_buffer_(limits::read_chunk_bytes) {}

ClientCore::~ClientCore() = default;

GreetingTransport* ClientCore::transport_to(std::string_view object) const {
  const auto& all = options_.transports;
  auto found = all.find(object);
  if (found == all.end()) found = all.find("");
  return found == all.end() ? nullptr : found->second;
}

std::size_t ClientCore::running_beside() const { return beside_.size(); }

void ClientCore::run_beside(UserFunction whose, Callback work, Callback then) {
  beside_.emplace_back(*this, std::move(whose), std::move(work), std::move(then));
  beside_.back().self = std::prev(beside_.end());
  start(beside_.back());
}

void ClientCore::start(Beside& beside) {
  const auto run = [&beside] {
    // What it holds is the user's too, and is released where it ran.
    Callback work = std::move(beside.work);
    beside.thrown = what_it_threw(work);
  };
  env_.blocking.start(run, beside.done);
}

void ClientCore::on_done(void* ended, Result<void> result) {
  auto& beside = *static_cast<Beside*>(ended);
  ClientCore& core = beside.core;
  if (result.code() == Code::limit) {
    constexpr Duration retry = std::chrono::milliseconds(5);
    ++core.counters_.callbacks_delayed;
    core.env_.timers.call_at(core.env_.clock.now() + retry,
                             [&core, &beside] { core.start(beside); });
    return;
  }
  if (!result) {
    core.callback_dropped(beside.whose, result.error().detail);
  } else if (!beside.thrown.empty()) {
    core.callback_threw(beside.whose, beside.thrown);
  }
  Callback then = std::move(beside.then);
  core.beside_.erase(beside.self);
  if (then) then();
  core.ended();
}

void ClientCore::close(UniqueFunction<bool()> quiet, Callback closed) {
  closing_ = true;
  quiet_ = std::move(quiet);
  closed_.push_back(std::move(closed));
  ended();
}

void ClientCore::ended() {
  if (!closing_ || look_posted_) return;
  look_posted_ = true;
  env_.executor.post([this] {
    look_posted_ = false;
    if (closed_.empty() || !quiet_()) return;
    // Whoever hears of it may destroy the client.
    auto all = std::exchange(closed_, {});
    for (Callback& closed : all) closed();
  });
}

void ClientCore::callback_threw(const UserFunction& whose, std::string_view what) {
  ++counters_.callbacks_threw;
  tell_once(whose, "threw " + std::string(what), "catch it there");
}

void ClientCore::callback_dropped(const UserFunction& whose, std::string_view why) {
  ++counters_.callbacks_dropped;
  tell_once(whose, "did not run: " + std::string(why),
            "close the client before what runs its callbacks");
}

// A function that fails once fails often; the counters say how often.
void ClientCore::tell_once(const UserFunction& whose, const std::string& what,
                           std::string_view advice) {
  std::string name = std::string(whose.object) + "." + whose.function;
  if (told_.size() >= told_max || !told_.insert(name).second) return;
  TARSIER_LOG(env_.log, error, "client",
              "the callback of " + name + " " + what + "; " + std::string(advice) +
                  " (told once for each function)");
}

}  // namespace tarsier
