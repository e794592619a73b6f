#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "sim/network.h"
#include "transport/demolition.h"

namespace tarsier::sim {

NetworkOptions NetworkOptions::nasty() {
  NetworkOptions options;
  options.delay = {.base = std::chrono::microseconds(20),
                   .mean = std::chrono::milliseconds(2),
                   .spike_permille = 10,
                   .spike = std::chrono::milliseconds(40)};
  options.segment_bytes_max = 1'460;
  options.cut_permille = 400;
  options.short_write_permille = 300;
  options.send_buffer_bytes = 4'096;
  options.receive_buffer_bytes = 6'000;
  return options;
}

std::string Leaks::to_string() const {
  std::string text;
  const auto add = [&text](std::size_t count, std::string_view what) {
    if (count == 0) return;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(what);
  };
  add(connections, "connections");
  add(listeners, "listeners");
  add(datagram_sockets, "datagram sockets");
  add(connects, "connection attempts");
  add(timers, "timers");
  add(blocking, "pieces of blocking work");
  return text.empty() ? "nothing" : text;
}

World::World(std::uint64_t seed, WorldOptions options)
    : seed_(seed),
      options_(std::move(options)),
      random_(seed),
      network_(std::make_unique<Network>(*this, options_.network, random_.fork("network"))) {}

World::~World() {
  for (const auto& node : nodes_)
    if (node->state_ != NodeState::down) end_life(*node, CrashKind::powered_off);
}

Node& World::add_node(std::string name) {
  TARSIER_CHECK(find_node(name) == nullptr, "two nodes of one name: " + name);
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back(std::make_unique<Node>(*this, index, std::move(name)));
  Node& node = *nodes_.back();
  network_->add_node(node);
  node.life_ = std::make_unique<Life>(*this, node, node.lives_);
  return node;
}

Node* World::find_node(std::string_view name) {
  for (const auto& node : nodes_)
    if (node->name() == name) return node.get();
  return nullptr;
}

// ---------------------------------------------------------------------------------- time

void World::run_for(Duration d) {
  const TimePoint end = now_ + d;
  while (step(end)) {
  }
  now_ = end;
}

bool World::run_until(UniqueFunction<bool()> done, Duration limit) {
  const TimePoint end = deadline_after(now_, limit);
  while (!done())
    if (!step(end)) return done();
  return true;
}

bool World::run_until_idle(Duration limit) {
  const TimePoint end = deadline_after(now_, limit);
  while (step(end)) {
  }
  return queue_.empty() || queue_.next_time() == no_deadline;
}

// One turn of one node, or everything that is due next. False: nothing until `limit`.
bool World::step(TimePoint limit) {
  while (runnable_head_ < runnable_.size()) {
    Node& node = *runnable_[runnable_head_++];
    if (runnable_head_ == runnable_.size()) {
      runnable_.clear();
      runnable_head_ = 0;
    }
    node.runnable_ = false;
    if (node.state_ != NodeState::up || !node.life_->has_work()) continue;
    count_step();
    running_ = &node;
    const std::size_t ran = node.life_->run_turn();
    running_ = nullptr;
    record(&node, EventKind::turn, 0, ran);
    if (node.life_->has_work()) mark_runnable(node);
    for (const auto& [victim, kind] : std::exchange(crashes_, {})) crash(*victim, kind);
    return true;
  }
  if (queue_.empty() || queue_.next_time() > limit || queue_.next_time() == no_deadline)
    return false;
  dispatch_due();
  return true;
}

void World::dispatch_due() {
  if (queue_.next_time() > now_) {
    now_ = queue_.next_time();
    steps_in_instant_ = 0;
  }
  do {
    count_step();
    const EventQueue::Event event = queue_.pop();
    if (event.owner == nullptr) {
      Callback callback = queue_.take_due(event.id);
      callback();
    } else {
      // It stays in the queue until its turn, so that what runs before it may still cancel it.
      event.owner->make_ready([this, life = event.owner, id = event.id] {
        Callback callback = queue_.take_due(id);
        if (!callback) return;
        record(&life->node(), EventKind::timer, 0, 0);
        callback();
      });
    }
  } while (!queue_.empty() && queue_.next_time() <= now_);
}

void World::count_step() {
  TARSIER_CHECK(++steps_in_instant_ <= options_.steps_per_instant_max,
                "virtual time stands still at " + std::to_string(to_ms(now_.time_since_epoch())) +
                    " ms: something posts or sets timers that are due at once, for ever\n" +
                    waiting());
}

void World::mark_runnable(Node& node) {
  if (node.runnable_ || node.state_ != NodeState::up) return;
  node.runnable_ = true;
  runnable_.push_back(&node);
}

// ---------------------------------------------------------------------------------- life, death

void World::boot(Node& node) {
  if (!node.boot_) return;
  record(&node, EventKind::boot, 0, node.lives_);
  node.program_ = node.boot_(node.life_->env());
}

void World::crash(Node& node, CrashKind kind) {
  if (running_ != nullptr) {
    // Frames that run cannot be destroyed: at once, but after the turn.
    crashes_.emplace_back(&node, kind);
    return;
  }
  if (node.state_ == NodeState::down) return;
  record(&node, EventKind::crash, 0, static_cast<std::uint64_t>(kind));
  end_life(node, kind);
}

void World::end_life(Node& node, CrashKind kind) {
  std::vector<Callback> graveyard;
  node.state_ = NodeState::down;
  node.powered_ = kind == CrashKind::killed;
  node.descriptors_in_use_ = 0;
  node.life_->die(graveyard);
  queue_.remove_owned_by(node.life_.get(), graveyard);
  network_->end_life(*node.life_, kind);
  const Demolition demolition;
  graveyard.clear();
  node.program_.reset();
}

void World::restart(Node& node) {
  if (node.state_ != NodeState::down) return;
  node.past_lives_.push_back(std::move(node.life_));
  node.state_ = NodeState::up;
  node.life_ = std::make_unique<Life>(*this, node, ++node.lives_);
  if (!std::exchange(node.powered_, true)) network_->paths_changed();
  boot(node);
}

void World::pause(Node& node) {
  if (node.state_ != NodeState::up) return;
  record(&node, EventKind::pause, 0, 0);
  node.state_ = NodeState::paused;
}

void World::resume(Node& node) {
  if (node.state_ != NodeState::paused) return;
  record(&node, EventKind::resume, 0, 0);
  node.state_ = NodeState::up;
  node.resumed_at_ = now_;
  if (node.life_->has_work()) mark_runnable(node);
}

// ---------------------------------------------------------------------------------- accounts

Leaks World::leaks(const Node& node) const {
  Leaks leaks = network_->leaks(&node.life());
  leaks.timers = queue_.count_owned_by(&node.life());
  leaks.blocking = node.life().blocking().pending();
  leaks.timers -= std::min(leaks.timers, leaks.blocking);
  return leaks;
}

Leaks World::leaks() const {
  Leaks sum;
  for (const auto& node : nodes_) {
    const Leaks one = leaks(*node);
    sum.connections += one.connections;
    sum.listeners += one.listeners;
    sum.datagram_sockets += one.datagram_sockets;
    sum.connects += one.connects;
    sum.timers += one.timers;
    sum.blocking += one.blocking;
  }
  return sum;
}

std::string World::waiting() const {
  std::string text = network_->waiting();
  for (const auto& node : nodes_) {
    if (const std::size_t jobs = node->life().blocking().pending(); jobs > 0)
      text += node->name() + ": " + std::to_string(jobs) + " pieces of blocking work\n";
    if (const std::size_t timers = queue_.count_owned_by(&node->life()); timers > 0)
      text += node->name() + ": " + std::to_string(timers) + " timers\n";
    if (node->state() == NodeState::paused) text += node->name() + " is paused\n";
  }
  return text;
}

}  // namespace tarsier::sim
