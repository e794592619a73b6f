#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport/clock.h"
#include "transport/env.h"
#include "transport/executor.h"
#include "transport/files.h"
#include "transport/timers.h"
#include "transport/transport.h"

// What the contract suites need of a backend, and the fixture they share.
namespace tarsier::contract {

enum class Role : std::uint8_t { server, client };
enum class Family : std::uint8_t { tcp4, tcp6, unix_path, udp4, udp6 };

// A backend under test: a machine (or two) that is made fresh for every test. The network between
// the two loses, delays and breaks nothing by itself.
//
// The test calls the Env from the thread that calls run_until(), between two calls of it: as a
// program does before it runs its loop. Both Envs may be one.
template <class W>
concept World =
    std::default_initializable<W> && requires(W world, std::function<bool()> done, Callback work) {
      { world.server() } -> std::same_as<Env&>;
      { world.client() } -> std::same_as<Env&>;
      // Runs the loops until done() holds and says whether it does; looks at it at least once a
      // turn. Gives up after ten seconds of the world's time (virtual, or a watchdog on the wall
      // clock).
      { world.run_until(done) } -> std::same_as<bool>;
      // An address to bind, with port 0 or a unix path that does not exist yet.
      { world.address(Role::server, Family::tcp4) } -> std::same_as<Endpoint>;
      { world.has(Family::tcp6) } -> std::same_as<bool>;
      // An existing empty directory of the server's FileSystem, without a slash at its end.
      { world.directory() } -> std::same_as<std::string>;
      // Runs `work` on a thread that is not the loop's and returns when it is done; a world with
      // one thread just calls it.
      { world.on_another_thread(std::move(work)) };
    };

// Receives one result. It lives in the fixture, so that a failed assertion leaves nothing behind
// that a backend still points to.
class SlotBase {
 public:
  virtual ~SlotBase() = default;
  virtual bool pending() const = 0;
  virtual void abandon() = 0;
};

template <class T>
class Slot final : public SlotBase {
 public:
  Slot() : completion_(&Slot::on_complete, this) {}
  bool pending() const override { return completion_.pending(); }
  void abandon() override { completion_.disarm(); }
  operator Completion<T>&() { return completion_; }
  bool done() const { return result_.has_value(); }
  Code code() const { return result_.has_value() ? result_->code() : Code::unknown; }
  Result<T>& result() { return *result_; }
  // Called when the result arrives, after it was stored.
  std::function<void()> then;

 private:
  static void on_complete(void* self, Result<T> result) {
    auto& slot = *static_cast<Slot*>(self);
    slot.result_.emplace(std::move(result));
    if (slot.then) slot.then();
  }
  Completion<T> completion_;
  std::optional<Result<T>> result_;
};

// Deterministic bytes that show where they belong.
inline std::string pattern(std::size_t bytes, std::uint32_t seed = 1) {
  std::string text(bytes, '\0');
  std::uint64_t state = seed;
  for (std::size_t at = 0; at < bytes; at += sizeof state) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const std::uint64_t word = state ^ (state >> 29);
    std::memcpy(text.data() + at, &word, std::min(sizeof word, bytes - at));
  }
  return text;
}

template <class W>
class Fixture : public ::testing::Test {
 protected:
  using ConnectSlot = Slot<std::unique_ptr<Connection>>;
  struct Pair {
    Connection* client = nullptr;
    Connection* server = nullptr;
  };

  ~Fixture() override {
    for (auto& connection : connections_) connection->close();
    for (auto& listener : listeners_) listener->close();
    for (auto& socket : datagrams_) socket->close();
    const bool quiet = world.run_until([this] {
      for (auto& slot : slots_) {
        if (slot->pending()) return false;
      }
      return true;
    });
    EXPECT_TRUE(quiet) << "an operation did not end after everything was closed";
    if (!quiet) {
      for (auto& slot : slots_) slot->abandon();
    }
    connections_.clear();
    listeners_.clear();
    datagrams_.clear();
  }

  template <class T>
  Slot<T>& slot() {
    auto made = std::make_unique<Slot<T>>();
    Slot<T>& slot = *made;
    slots_.push_back(std::move(made));
    return slot;
  }

  bool run_until(std::function<bool()> done) { return world.run_until(std::move(done)); }
  template <class T>
  bool finish(Slot<T>& slot) {
    return run_until([&] { return slot.done(); });
  }
  // Lets everything happen that is going to happen: what is under way, and a little time.
  void settle() {
    for (Env* env : {&world.server(), &world.client()}) {
      int turns = 0;
      std::function<void()> again = [&] {
        if (++turns < 20) env->executor.post([&again] { again(); });
      };
      again();
      run_until([&] { return turns >= 20; });
      bool rested = false;
      env->timers.call_at(env->clock.now() + std::chrono::milliseconds(5), [&] { rested = true; });
      run_until([&] { return rested; });
    }
  }

  // The objects below live until the fixture ends or drop() is called.
  Connection& keep(std::unique_ptr<Connection> connection) {
    connections_.push_back(std::move(connection));
    return *connections_.back();
  }
  Listener& keep(std::unique_ptr<Listener> listener) {
    listeners_.push_back(std::move(listener));
    return *listeners_.back();
  }
  DatagramSocket& keep(std::unique_ptr<DatagramSocket> socket) {
    datagrams_.push_back(std::move(socket));
    return *datagrams_.back();
  }
  void drop(Connection* connection) {
    std::erase_if(connections_, [&](const auto& held) { return held.get() == connection; });
  }
  void drop(Listener* listener) {
    std::erase_if(listeners_, [&](const auto& held) { return held.get() == listener; });
  }

  Listener& listen(const Endpoint& at, const ListenOptions& options = {}) {
    return keep(world.server().transport.listen(at, options).value());
  }
  ConnectSlot& start_connect(const Endpoint& to, Duration timeout = std::chrono::seconds(9)) {
    auto& connected = slot<std::unique_ptr<Connection>>();
    world.client().transport.start_connect(to, world.client().clock.now() + timeout, connected);
    EXPECT_FALSE(connected.done()) << "completed inside start_connect";
    return connected;
  }
  // Null if it did not succeed, with a failure noted.
  Connection* connect(const Endpoint& to) { return take(start_connect(to)); }
  Connection* accept(Listener& listener) { return take(start_accept(listener)); }
  ConnectSlot& start_accept(Listener& listener) {
    auto& accepted = slot<std::unique_ptr<Connection>>();
    listener.start_accept(accepted);
    EXPECT_FALSE(accepted.done()) << "completed inside start_accept";
    return accepted;
  }
  Connection* take(ConnectSlot& connected) {
    if (!finish(connected) || !connected.result().ok()) {
      ADD_FAILURE() << "no connection: " << code_name(connected.code());
      return nullptr;
    }
    return &keep(std::move(connected.result()).value());
  }
  Pair connect_pair(Listener& listener) {
    Pair pair;
    pair.client = connect(listener.local());
    pair.server = accept(listener);
    return pair;
  }

  static void send(Connection& connection, std::string_view text) {
    connection.send(Bytes::copy_of(text));
  }
  // Waits until there is something to read; the code of the wait.
  Code wait_readable(Connection& connection) {
    auto& readable = slot<void>();
    connection.start_wait_readable(readable);
    EXPECT_FALSE(readable.done()) << "completed inside start_wait_readable";
    if (!finish(readable)) return Code::timeout;
    return readable.code();
  }
  Code wait_unsent(Connection& connection, std::size_t bytes) {
    auto& unsent = slot<void>();
    connection.start_wait_unsent(bytes, unsent);
    EXPECT_FALSE(unsent.done()) << "completed inside start_wait_unsent";
    if (!finish(unsent)) return Code::timeout;
    return unsent.code();
  }

  // What one reading loop saw: bytes, and why it ended. `ok` as code with `end` unset: had enough.
  struct Reading {
    std::string text;
    bool end = false;
    Code code = Code::ok;
  };
  // Reads until `bytes_wanted` are there, the end or an error comes, in chunks of `chunk_bytes`.
  Reading read(Connection& connection, std::size_t bytes_wanted,
               std::size_t chunk_bytes = std::size_t{64} * 1024) {
    Reading reading;
    std::vector<std::byte> chunk(chunk_bytes);
    while (reading.text.size() < bytes_wanted) {
      const std::size_t most = std::min(chunk_bytes, bytes_wanted - reading.text.size());
      const auto taken = connection.read_some(std::span(chunk).first(most));
      if (taken.code() == Code::would_block) {
        reading.code = wait_readable(connection);
        if (reading.code != Code::ok) return reading;
        continue;
      }
      reading.code = taken.code();
      reading.end = taken.ok() && *taken == 0;
      if (!taken.ok() || reading.end) return reading;
      reading.text += as_text(std::span<const std::byte>(chunk).first(*taken));
    }
    return reading;
  }
  Reading read_to_end(Connection& connection) { return read(connection, SIZE_MAX); }

  W world;

 private:
  // The slots outlive what completes them.
  std::vector<std::unique_ptr<SlotBase>> slots_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<DatagramSocket>> datagrams_;
};

// One backend over one kind of stream address; the type parameter of the stream suites.
template <class W, Family f>
struct Over {
  using World = W;
  static constexpr Family family = f;
};

template <class T>
class StreamFixture : public Fixture<typename T::World> {
 protected:
  static constexpr Family family = T::family;
  static constexpr bool tcp = T::family != Family::unix_path;
  // Unless the world says otherwise: those who wait to be accepted wait in the backlog of a kernel.
  static constexpr bool kernel_backlog = !requires { T::World::accepts_by_itself; };

  void SetUp() override {
    if (!this->world.has(family)) GTEST_SKIP() << "this world has no such addresses";
  }
  Endpoint address() { return this->world.address(Role::server, family); }
  Listener& listen_here(const ListenOptions& options = {}) {
    return this->listen(address(), options);
  }
  // One fresh connection; `listener_` is the listener it came from.
  typename Fixture<typename T::World>::Pair pair() {
    if (listener_ == nullptr) listener_ = &listen_here();
    return this->connect_pair(*listener_);
  }
  Listener* listener_ = nullptr;
};

// The stream addresses that a world's suites run over; a world without unix sockets between its
// ends specializes this instead of skipping a third of its cases.
template <class W>
struct StreamTypesOf {
  using type =
      ::testing::Types<Over<W, Family::tcp4>, Over<W, Family::tcp6>, Over<W, Family::unix_path>>;
};
template <class W>
using StreamTypes = typename StreamTypesOf<W>::type;

}  // namespace tarsier::contract
