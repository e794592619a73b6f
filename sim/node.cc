#include "sim/node.h"

#include <algorithm>
#include <utility>

#include "sim/sim_transport.h"
#include "sim/world.h"
#include "transport/memory/loop_workers.h"

namespace tarsier::sim {
namespace detail {

// ---------------------------------------------------------------------------------- executor

void SimExecutor::post(Callback callback) { life_.make_ready(std::move(callback)); }
void SimExecutor::at_turn_end(Callback callback) { life_.at_turn_end(std::move(callback)); }

// ---------------------------------------------------------------------------------- time

TimePoint SimClock::now() const { return life_.now(); }

std::int64_t SimClock::wall_ms() const {
  return life_.world().options().wall_start_ms + to_ms(life_.world().now().time_since_epoch());
}

Timers::Id SimTimers::call_at(TimePoint when, Callback callback) {
  World& world = life_.world();
  if (!life_.alive()) return UINT64_MAX;
  return world.queue().push(std::max(life_.to_world(when), world.now()), &life_,
                            std::move(callback));
}

bool SimTimers::cancel(Id id) { return life_.alive() && life_.world().queue().cancel(id); }

// ---------------------------------------------------------------------------------- log

bool SimLog::enabled(LogLevel level) const {
  return life_.alive() && level <= life_.world().options().log_level;
}

void SimLog::write(LogLevel level, std::string_view component, std::string_view message) {
  if (!enabled(level) || !life_.world().options().log_line) return;
  const std::int64_t us =
      std::chrono::duration_cast<std::chrono::microseconds>(life_.world().now().time_since_epoch())
          .count();
  std::string line = std::to_string(us / 1'000'000) + ".";
  const std::string fraction = std::to_string(us % 1'000'000);
  line += std::string(6 - fraction.size(), '0') + fraction + " " + life_.node().name() + " ";
  line.append(component).append(": ").append(message);
  life_.world().options().log_line(line);
}

// ---------------------------------------------------------------------------------- blocking

SimBlocking::SimBlocking(Life& life)
    : life_(life),
      random_(life.random_root().fork("blocking")),
      thread_free_at_(life.world().options().blocking_threads) {}

void SimBlocking::start(Callback work, Completion<void>& done) {
  done.arm();
  if (!life_.alive()) return;
  World& world = life_.world();
  const std::uint64_t id = next_job_++;
  jobs_.emplace_back(id, Job{std::move(work), &done});
  if (jobs_.size() > thread_free_at_.size() + world.options().blocking_queue_max) {
    life_.make_ready([this, id] {
      auto* refused = take(id).done;
      refused->complete(Error(Code::limit, "the queue for blocking work is full"));
    });
    return;
  }
  auto thread = std::min_element(thread_free_at_.begin(), thread_free_at_.end());
  Random random = random_.fork(id);
  *thread = std::max(*thread, world.now()) + world.options().blocking.draw(random);
  world.queue().push(*thread, &life_, [this, id] { finish(id); });
}

SimBlocking::Job SimBlocking::take(std::uint64_t id) {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                  [id](const auto& entry) { return entry.first == id; });
  Job job = std::move(found->second);
  jobs_.erase(found);
  return job;
}

void SimBlocking::finish(std::uint64_t id) {
  Job job = take(id);
  life_.world().record(&life_.node(), EventKind::blocking, id, 0);
  job.work();
  job.work = Callback();
  job.done->complete({});
}

Result<std::unique_ptr<Workers>> SimBlocking::make_workers(std::size_t count) {
  Random random = life_.random_root().fork("workers").fork(next_workers_++);
  Env& env = life_.env();
  return memory::LoopWorkers::make(
      env.executor, env.clock, env.timers, count,
      [life = &life_, random, piece = std::uint64_t{0}](std::size_t worker) mutable {
        Random own = random.fork(++piece);
        life->world().record(&life->node(), EventKind::blocking, worker, piece);
        return life->world().options().work.draw(own);
      });
}

void SimBlocking::die(std::vector<Callback>& graveyard) {
  for (auto& [id, job] : jobs_) {
    job.done->disarm();
    graveyard.push_back(std::move(job.work));
  }
  jobs_.clear();
}

// ---------------------------------------------------------------------------------- processes

Result<std::unique_ptr<Process>> NoProcesses::spawn(const SpawnOptions&) {
  return Error(Code::unsupported, "a simulated node starts no processes");
}
Result<std::unique_ptr<Process>> NoProcesses::adopt(ProcessId) {
  return Error(Code::unsupported, "a simulated node has no processes");
}

}  // namespace detail

// ---------------------------------------------------------------------------------- life

Life::Life(World& world, Node& node, std::uint32_t number)
    : world_(world),
      node_(node),
      number_(number),
      random_(world.random("node").fork(node.name()).fork(number)),
      executor_(*this),
      clock_(*this),
      timers_(*this),
      log_(*this),
      blocking_(*this),
      env_random_(random_.fork("env")),
      transport_(std::make_unique<SimTransport>(world.network(), *this)),
      env_{executor_,    clock_,     timers_,   env_random_, *transport_,
           node.files(), processes_, blocking_, log_} {}

Life::~Life() = default;

TimePoint Life::now() const { return world_.now(); }

void Life::make_ready(Callback callback) {
  if (!alive_) return;
  ready_.push_back(std::move(callback));
  world_.mark_runnable(node_);
}

void Life::at_turn_end(Callback callback) {
  if (!alive_) return;
  turn_end_.push_back(std::move(callback));
  world_.mark_runnable(node_);
}

std::size_t Life::run_turn() {
  std::size_t ran = 0;
  std::swap(ready_, running_);
  for (Callback& callback : running_) {
    callback();
    callback = Callback();
    ++ran;
  }
  running_.clear();
  while (!turn_end_.empty()) {
    std::swap(turn_end_, ending_);
    for (Callback& callback : ending_) {
      callback();
      callback = Callback();
      ++ran;
    }
    ending_.clear();
  }
  return ran;
}

void Life::die(std::vector<Callback>& graveyard) {
  alive_ = false;
  for (auto* callbacks : {&ready_, &turn_end_}) {
    for (Callback& callback : *callbacks) graveyard.push_back(std::move(callback));
    callbacks->clear();
  }
  blocking_.die(graveyard);
}

// ---------------------------------------------------------------------------------- node

Node::Node(World& world, std::uint32_t index, std::string name)
    : world_(world),
      index_(index),
      name_(std::move(name)),
      address_("10.0." + std::to_string(index / 250) + "." + std::to_string(index % 250 + 1)),
      file_clock_(world),
      files_(file_clock_),
      descriptors_max_(world.options().descriptors_max) {}

Node::~Node() = default;

TimePoint Node::FileClock::now() const { return world_.now(); }
std::int64_t Node::FileClock::wall_ms() const {
  return world_.options().wall_start_ms + to_ms(world_.now().time_since_epoch());
}

void Node::run(Boot boot) {
  TARSIER_CHECK(!boot_, "a node has one program; start more from its boot function");
  boot_ = std::move(boot);
  world_.boot(*this);
}

}  // namespace tarsier::sim
