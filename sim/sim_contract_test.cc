#include <functional>
#include <string>

#include "sim/network.h"
#include "sim/world.h"
#include "transport/transport_contract.h"

namespace tarsier::sim {
namespace {

using contract::Family;
using contract::Role;

Endpoint endpoint_on(const Node& node, Family family, int& unix_paths) {
  Endpoint at;
  if (family == Family::udp4 || family == Family::udp6) at.type = EndpointType::udp;
  if (family == Family::unix_path) {
    at.host = "/tmp/contract-" + std::to_string(unix_paths++) + ".sock";
  } else if (family == Family::tcp4 || family == Family::udp4) {
    at.host = node.address();
  } else {
    at.host = "fd00::" + std::to_string(node.index() + 1);
  }
  return at;
}

// What all three worlds share; `client` and `server` may be one node.
class ContractWorld {
 public:
  ContractWorld(NetworkOptions network, bool two_nodes) : world_(1, options(network)) {
    server_ = &world_.add_node("server");
    client_ = two_nodes ? &world_.add_node("client") : server_;
    EXPECT_TRUE(server_->files().make_directory("/tmp/contract").ok());
  }

  Env& server() { return server_->env(); }
  Env& client() { return client_->env(); }
  bool run_until(std::function<bool()> done) {
    return world_.run_until(std::move(done), std::chrono::seconds(10));
  }
  Endpoint address(Role role, Family family) {
    return endpoint_on(role == Role::server ? *server_ : *client_, family, unix_paths_);
  }
  bool has(Family family) { return family != Family::unix_path || server_ == client_; }
  std::string directory() { return "/tmp/contract"; }
  void on_another_thread(Callback work) { work(); }

 private:
  static WorldOptions options(NetworkOptions network) {
    WorldOptions options;
    options.network = std::move(network);
    return options;
  }

  World world_;
  Node* server_ = nullptr;
  Node* client_ = nullptr;
  int unix_paths_ = 0;
};

class OneNode : public ContractWorld {
 public:
  OneNode() : ContractWorld(NetworkOptions(), false) {}
};

class TwoNodes : public ContractWorld {
 public:
  TwoNodes() : ContractWorld(NetworkOptions(), true) {}
};

// Everything cut anywhere, with buffers of a few segments. The delays stay small because the suite
// gives the world 5 ms where "nothing more happens" has to be seen.
NetworkOptions nasty_but_quick() {
  NetworkOptions options = NetworkOptions::nasty();
  options.delay = {.base = std::chrono::microseconds(5), .mean = std::chrono::microseconds(100)};
  options.loopback = options.delay;
  return options;
}

class NastyOneNode : public ContractWorld {
 public:
  NastyOneNode() : ContractWorld(nasty_but_quick(), false) {}
};

class NastyTwoNodes : public ContractWorld {
 public:
  NastyTwoNodes() : ContractWorld(nasty_but_quick(), true) {}
};

}  // namespace
}  // namespace tarsier::sim

namespace tarsier::contract {

using sim::NastyOneNode;
using sim::NastyTwoNodes;
using sim::OneNode;
using sim::TwoNodes;

// A unix socket does not reach another machine.
template <>
struct StreamTypesOf<TwoNodes> {
  using type = ::testing::Types<Over<TwoNodes, Family::tcp4>, Over<TwoNodes, Family::tcp6>>;
};
template <>
struct StreamTypesOf<NastyTwoNodes> {
  using type =
      ::testing::Types<Over<NastyTwoNodes, Family::tcp4>, Over<NastyTwoNodes, Family::tcp6>>;
};

TARSIER_TRANSPORT_CONTRACT(SimOneNode, OneNode);
TARSIER_TRANSPORT_CONTRACT(SimTwoNodes, TwoNodes);
TARSIER_TRANSPORT_CONTRACT(SimNastyOneNode, NastyOneNode);
TARSIER_TRANSPORT_CONTRACT(SimNastyTwoNodes, NastyTwoNodes);

}  // namespace tarsier::contract
