#pragma once

#include "sim/network.h"
#include "sim/node.h"
#include "transport/transport.h"

namespace tarsier::sim {

// The Transport of one life of a node: the network, seen from there.
class SimTransport final : public Transport {
 public:
  SimTransport(Network& network, Life& life) : network_(network), life_(life) {}

  Result<std::unique_ptr<Listener>> listen(const Endpoint& at,
                                           const ListenOptions& options) override {
    return network_.listen(life_, at, options);
  }
  void start_connect(const Endpoint& to, TimePoint deadline,
                     Completion<std::unique_ptr<Connection>>& done) override {
    network_.start_connect(life_, to, deadline, done);
  }
  Result<std::unique_ptr<DatagramSocket>> open_datagram(const Endpoint& at,
                                                        const DatagramOptions& options) override {
    return network_.open_datagram(life_, at, options);
  }

 private:
  Network& network_;
  Life& life_;
};

}  // namespace tarsier::sim
