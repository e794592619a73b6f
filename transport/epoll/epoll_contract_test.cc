#include <unistd.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "transport/contract/file_contract.h"
#include "transport/contract/process_contract.h"
#include "transport/epoll/directory_testing.h"
#include "transport/epoll/loop.h"
#include "transport/epoll/real_files.h"
#include "transport/transport_contract.h"

namespace tarsier::contract {

class EpollContractWorld {
 public:
  Env& server() { return loop_.env(); }
  Env& client() { return loop_.env(); }

  template <class Done>
  bool run_until(Done done) {
    bool late = false;
    Timers& timers = loop_.env().timers;
    const auto watchdog = timers.call_at(loop_.env().clock.now() + std::chrono::seconds(10),
                                         [&late] { late = true; });
    loop_.run_until([&] { return late || done(); });
    timers.cancel(watchdog);
    return done();
  }

  Endpoint address(Role, Family family) {
    Endpoint at;
    at.host = family == Family::unix_path ? directory() + "/socket" + std::to_string(++paths_)
              : family == Family::tcp6 || family == Family::udp6 ? "::1"
                                                                 : "127.0.0.1";
    if (family == Family::udp4 || family == Family::udp6) at.type = EndpointType::udp;
    return at;
  }
  // A container may have no IPv6.
  bool has(Family family) {
    if (family != Family::tcp6 && family != Family::udp6) return true;
    return loop_.env().transport.listen(address(Role::server, Family::tcp6), {}).ok();
  }
  std::string directory() const { return directory_.path(); }
  void on_another_thread(Callback work) { std::thread(std::move(work)).join(); }

  using Argv = std::vector<std::string>;
  Argv program_that_exits(int code) const {
    return Argv{"/bin/sh", "-c", "exit " + std::to_string(code)};
  }
  Argv program_that_writes_hello() const { return Argv{"/bin/echo", "hello"}; }
  // `exec`: the signal meets the program itself.
  Argv program_that_runs() const { return Argv{"/bin/sh", "-c", "exec sleep 1000"}; }
  Argv program_that_checks_its_surroundings() const {
    return Argv{"/bin/sh", "-c",
                "[ \"$NAME\" = value ] && [ \"$(pwd)\" = " + directory() + " ] && exit 7; exit 1"};
  }

 private:
  epoll::TestDirectory directory_;
  epoll::Loop loop_;
  int paths_ = 0;
};

class RealFileWorld {
 public:
  epoll::RealFiles& files() { return files_; }
  std::string directory() const { return directory_.path(); }
  bool modes_bind() const { return ::geteuid() != 0; }

 private:
  epoll::TestDirectory directory_;
  epoll::RealFiles files_;
};

TARSIER_TRANSPORT_CONTRACT(Epoll, EpollContractWorld);
static_assert(ProcessWorld<EpollContractWorld>);
INSTANTIATE_TYPED_TEST_SUITE_P(Epoll, ProcessContract, ::testing::Types<EpollContractWorld>);
static_assert(FileWorld<RealFileWorld>);
INSTANTIATE_TYPED_TEST_SUITE_P(Epoll, FileContract, ::testing::Types<RealFileWorld>);

}  // namespace tarsier::contract
