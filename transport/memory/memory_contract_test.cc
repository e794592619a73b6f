#include <string>
#include <utility>

#include "transport/memory/memory_world.h"
#include "transport/transport_contract.h"

namespace tarsier::contract {

class MemoryContractWorld {
 public:
  Env& server() { return world_.env(); }
  Env& client() { return world_.env(); }
  template <class Done>
  bool run_until(Done done) {
    return world_.run_until(std::move(done), std::chrono::seconds(10));
  }
  Endpoint address(Role, Family family) {
    Endpoint at;
    at.host = family == Family::unix_path ? directory() + "/socket" + std::to_string(++paths_)
              : family == Family::tcp6 || family == Family::udp6 ? "::1"
                                                                 : "127.0.0.1";
    if (family == Family::udp4 || family == Family::udp6) at.type = EndpointType::udp;
    return at;
  }
  bool has(Family) const { return true; }
  std::string directory() const { return "/tmp"; }
  void on_another_thread(Callback work) { work(); }

 private:
  memory::World world_;
  int paths_ = 0;
};

TARSIER_TRANSPORT_CONTRACT(Memory, MemoryContractWorld);

}  // namespace tarsier::contract
