#include "transport/greeting_transport.h"

#include <deque>
#include <list>
#include <utility>

#include "transport/base/check.h"
#include "transport/clock.h"
#include "transport/demolition.h"
#include "transport/executor.h"
#include "transport/stream.h"
#include "transport/timers.h"

namespace tarsier {
namespace {

// Aborts a connection when its time is over, which ends what waits for it.
class TimeLimit {
 public:
  TimeLimit(Timers& timers, TimePoint when, Connection& connection) : timers_(timers) {
    if (when == no_deadline) return;
    timer_ = timers.call_at(when, [this, &connection] {
      timer_ = 0;
      over_ = true;
      connection.abort();
    });
  }
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;
  ~TimeLimit() {
    if (!Demolition::under_way()) end();
  }
  // Before the connection goes its own ways.
  void end() {
    if (timer_ != 0) timers_.cancel(std::exchange(timer_, 0));
  }
  bool over() const { return over_; }

 private:
  Timers& timers_;
  Timers::Id timer_ = 0;
  bool over_ = false;
};

}  // namespace

// A listener, and those who greet there. It stays until the last of them is gone, as its handle
// need not.
class GreetingTransport::Port {
 public:
  Port(GreetingTransport& owner, std::uint64_t id, Endpoint at, std::unique_ptr<Listener> below)
      : owner_(owner), id_(id), local_(std::move(at)), below_(std::move(below)) {
    local_.port = below_->local().port;
  }

  void open() { scope_.spawn(accept_all()); }
  void start_accept(Completion<std::unique_ptr<Connection>>& done);
  void deliver();
  void close();
  void orphan() {
    close();
    orphaned_ = true;
  }
  bool accepting() const { return accept_ != nullptr; }
  bool over() const { return ended_ && orphaned_; }
  const Endpoint& local() const { return local_; }

 private:
  Task<void> accept_all();
  Task<void> greet(std::unique_ptr<Connection> connection);
  Task<void> end();
  void make_room();
  void deliver_later();

  GreetingTransport& owner_;
  const std::uint64_t id_;
  Endpoint local_;
  std::unique_ptr<Listener> below_;
  Completion<std::unique_ptr<Connection>>* accept_ = nullptr;
  struct Guest {
    Connection* connection;
    bool gave_way = false;
  };
  std::list<Guest> greeting_;  // from the one that has taken longest
  std::deque<Result<std::unique_ptr<Connection>>> ready_;
  bool closed_ = false;
  bool ended_ = false;
  bool orphaned_ = false;
  Scope scope_;
};

void GreetingTransport::Port::start_accept(Completion<std::unique_ptr<Connection>>& done) {
  done.arm();
  TARSIER_CHECK(accept_ == nullptr, "one accept at a time");
  accept_ = &done;
  if (ended_ || !ready_.empty()) deliver_later();
}

void GreetingTransport::Port::deliver_later() {
  owner_.env_.executor.post([&owner = owner_, id = id_] {
    if (Port* port = owner.find_port(id)) port->deliver();
  });
}

void GreetingTransport::Port::deliver() {
  if (accept_ == nullptr) return;
  if (ended_) {
    std::exchange(accept_, nullptr)
        ->complete(Error(Code::closed, "the listener on " + local_.to_string() + " was closed"));
  } else if (!closed_ && !ready_.empty()) {
    Result<std::unique_ptr<Connection>> first = std::move(ready_.front());
    ready_.pop_front();
    std::exchange(accept_, nullptr)->complete(std::move(first));
  }
}

Task<void> GreetingTransport::Port::accept_all() {
  while (true) {
    Result<std::unique_ptr<Connection>> accepted = co_await tarsier::accept(*below_);
    if (accepted.code() == Code::closed) co_return;
    make_room();
    if (accepted) {
      scope_.spawn(greet(std::move(accepted).value()));
    } else {
      ready_.push_back(std::move(accepted));
      deliver();
    }
  }
}

Task<void> GreetingTransport::Port::greet(std::unique_ptr<Connection> connection) {
  Connection& raw = *connection;
  const std::string peer = raw.peer().host + ":" + std::to_string(raw.peer().port);
  const auto place = greeting_.insert(greeting_.end(), Guest{&raw});
  TimeLimit limit(owner_.env_.timers,
                  deadline_after(owner_.env_.clock.now(), owner_.options_.client_wait), raw);
  auto task = owner_.greeting_.greet(std::move(connection), local_);
  Result<std::unique_ptr<Connection>> greeted = co_await task;
  limit.end();
  const bool gave_way = place->gave_way;
  greeting_.erase(place);
  if (closed_) co_return;
  if (!greeted) {
    Error why = std::move(greeted).error();
    // Not as a closed listener would tell.
    if (why.code == Code::closed) why.code = Code::reset;
    if (limit.over()) why = Error(Code::timeout, "it took too long to greet");
    if (gave_way) why = Error(Code::limit, "too many greet at once, and it took longest");
    why.detail = "a connection from " + peer + " was refused: " + why.detail;
    greeted = std::move(why);
  }
  ready_.push_back(std::move(greeted));
  deliver_later();
}

// An aborted one stays in the list until it has noticed, behind all others.
void GreetingTransport::Port::make_room() {
  if (greeting_.size() + ready_.size() < owner_.options_.clients_max) return;
  if (greeting_.empty()) return ready_.pop_front();
  greeting_.front().connection->abort();
  greeting_.front().gave_way = true;
  greeting_.splice(greeting_.end(), greeting_, greeting_.begin());
}

void GreetingTransport::Port::close() {
  if (closed_) return;
  closed_ = true;
  below_->close();
  for (const Guest& guest : greeting_) guest.connection->abort();
  ready_.clear();
  owner_.scope_.spawn(end());
}

Task<void> GreetingTransport::Port::end() {
  co_await scope_.join();
  ended_ = true;
  deliver();
  // On a later turn: this frame is still running, and may be the last to hold the port.
  owner_.env_.executor.post([&owner = owner_, id = id_] { owner.drop_if_over(id); });
}

// What a server holds.
class GreetingTransport::Handle final : public Listener {
 public:
  Handle(GreetingTransport& owner, std::uint64_t id) : owner_(owner), id_(id) {}
  ~Handle() override {
    TARSIER_CHECK(!port().accepting() || Demolition::under_way(),
                  "a Listener was destroyed while an accept is pending: close it and let the "
                  "accept end with Code::closed first");
    port().orphan();
    owner_.drop_if_over(id_);
  }
  void start_accept(Completion<std::unique_ptr<Connection>>& done) override {
    port().start_accept(done);
  }
  const Endpoint& local() const override { return port().local(); }
  void close() override { port().close(); }

 private:
  Port& port() const { return *owner_.find_port(id_); }

  GreetingTransport& owner_;
  const std::uint64_t id_;
};

Result<> check_ungreeted(const Endpoint& at) {
  const auto unsupported = [&at](const std::string& why) {
    return Error(Code::unsupported, "'" + at.to_string() + "': " + why);
  };
  switch (at.type) {
    case EndpointType::tcp:
      if (at.auth_type == 0) return {};
      return unsupported(
          "-e 1 asks for authentication, and there is no key for it: set 'accesskey' and "
          "'secretkey' (docs/security.md)");
    case EndpointType::udp: return {};
    case EndpointType::ssl:
      return unsupported(
          "TLS has to be told whom to trust and what to show: a client needs 'ca', a server 'cert' "
          "and 'key' (docs/security.md)");
  }
  return unsupported("an endpoint is tcp, udp or ssl");
}

GreetingTransport::GreetingTransport(Env& env, GreetingTransport& below, Greeting& greeting,
                                     const GreetingOptions& options)
    : env_(env), below_(below), greeted_below_(&below), greeting_(greeting), options_(options) {
  TARSIER_CHECK(options.clients_max > 0, "a listener needs room for one connection");
}

GreetingTransport::GreetingTransport(Env& env, Transport& below, Greeting& greeting,
                                     const GreetingOptions& options)
    : env_(env), below_(below), greeting_(greeting), options_(options) {
  TARSIER_CHECK(options.clients_max > 0, "a listener needs room for one connection");
}

GreetingTransport::~GreetingTransport() {
  TARSIER_CHECK(Demolition::under_way() || (scope_.empty() && ports_.empty()),
                "a GreetingTransport was destroyed while connections are made through it: close "
                "its listeners, and let one turn of the loop pass");
}

GreetingTransport::Port* GreetingTransport::find_port(std::uint64_t id) {
  const auto found = ports_.find(id);
  return found == ports_.end() ? nullptr : found->second.get();
}

void GreetingTransport::drop_if_over(std::uint64_t id) {
  const Port* port = find_port(id);
  if (port != nullptr && port->over()) ports_.erase(id);
}

Result<> GreetingTransport::check(const Endpoint& at) const {
  const Endpoint below = greeting_.covers(at) ? greeting_.below(at) : at;
  return greeted_below_ != nullptr ? greeted_below_->check(below) : check_ungreeted(below);
}

Result<std::unique_ptr<Listener>> GreetingTransport::listen(const Endpoint& at,
                                                            const ListenOptions& options) {
  if (!greeting_.covers(at)) return below_.listen(at, options);
  TARSIER_TRY(auto below, below_.listen(greeting_.below(at), options));
  const std::uint64_t id = next_port_++;
  auto port = std::make_unique<Port>(*this, id, at, std::move(below));
  ports_.emplace(id, std::move(port)).first->second->open();
  return std::unique_ptr<Listener>(std::make_unique<Handle>(*this, id));
}

void GreetingTransport::start_connect(const Endpoint& to, TimePoint deadline,
                                      Completion<std::unique_ptr<Connection>>& done) {
  if (!greeting_.covers(to)) return below_.start_connect(to, deadline, done);
  done.arm();
  scope_.spawn(connect(to, deadline, done));
}

Task<void> GreetingTransport::connect(Endpoint to, TimePoint deadline,
                                      Completion<std::unique_ptr<Connection>>& done) {
  Completion<std::unique_ptr<Connection>> connected;
  below_.start_connect(greeting_.below(to), deadline, connected);
  Result<std::unique_ptr<Connection>> result = co_await connected;
  if (result) {
    std::unique_ptr<Connection> connection = std::move(result).value();
    TimeLimit limit(env_.timers, deadline, *connection);
    auto task = greeting_.greet(std::move(connection), to);
    result = co_await task;
    limit.end();
    if (!result && limit.over()) {
      result =
          Error(Code::timeout, "connected to " + to.to_string() + ", which did not greet in time");
    }
  }
  done.complete(std::move(result));
}

Result<std::unique_ptr<DatagramSocket>> GreetingTransport::open_datagram(
    const Endpoint& at, const DatagramOptions& options) {
  return below_.open_datagram(at, options);
}

}  // namespace tarsier
