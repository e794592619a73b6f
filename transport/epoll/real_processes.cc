#include "transport/epoll/real_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include "transport/base/check.h"
#include "transport/epoll/system_error.h"

namespace tarsier::epoll {
namespace {

// glibc of Debian 12 has these calls, but not in a header that C++ can include.
int open_pidfd(std::int64_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
}
int send_signal(int pidfd, int number) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0));
}

std::string stat_line(std::int64_t pid) {
  std::array<char, 1024> buffer{};
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  const ssize_t length = ::read(descriptor, buffer.data(), buffer.size());
  ::close(descriptor);
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

// Field 22 of /proc/<pid>/stat; 0 if there is no such process. The name in field 2 may hold blanks
// and parentheses: the fields are counted from its last one.
std::uint64_t start_time_of(std::int64_t pid) {
  const std::string line = stat_line(pid);
  std::string_view text = line;
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) return 0;
  text.remove_prefix(name_end);
  for (int field = 2; field < 22; ++field) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return 0;
    text.remove_prefix(blank + 1);
  }
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Error spawn_error(int number, const std::string& what) {
  switch (number) {
    case ENOEXEC: return Error(Code::malformed, what + ": it is not an executable");
    case EAGAIN:
    case ENOMEM: return Error(Code::limit, what + ": no process or memory is left (ulimit -u)");
    default: return file_error(number, what);
  }
}

// What posix_spawn needs, released at the end of a scope.
struct SpawnPlan {
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

void prepare(const SpawnOptions& options, SpawnPlan& plan) {
  auto& actions = plan.actions;
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  const bool discard = options.output_path.empty();
  ::posix_spawn_file_actions_addopen(&actions, 1,
                                     discard ? "/dev/null" : options.output_path.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (!options.working_directory.empty())
    ::posix_spawn_file_actions_addchdir_np(&actions, options.working_directory.c_str());
  // The child starts with the signals of a fresh process, whatever this one ignores or blocks.
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&plan.attributes, &signals);
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&plan.attributes, &signals);
  if (options.own_process_group) {
    flags |= POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setpgroup(&plan.attributes, 0);
  }
  ::posix_spawnattr_setflags(&plan.attributes, flags);
}

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& string : strings) pointers.push_back(const_cast<char*>(string.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

bool reap(int pidfd) {
  siginfo_t info{};
  return ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd), &info,
                  WEXITED | WNOHANG) == 0 &&
         info.si_pid != 0;
}

}  // namespace

class RealProcess final : public Process {
 public:
  RealProcess(RealProcesses& owner, ProcessId id, int pidfd, bool own_group)
      : owner_(owner),
        id_(id),
        own_group_(own_group),
        pidfd_(owner.loop_.context().get_executor(), pidfd) {}
  ~RealProcess() override {
    TARSIER_CHECK(waiter_ == nullptr,
                  "a Process was destroyed while start_wait_exit() is pending: stop_watching() "
                  "and let it end with Code::closed first");
    const int pidfd = pidfd_.release();
    if (exited_ || reap(pidfd)) {
      ::close(pidfd);
    } else {
      owner_.reap_later(pidfd);
    }
  }

  ProcessId id() const override { return id_; }

  Result<> signal(int number, bool whole_group) override {
    const std::string what = "signal process " + std::to_string(id_.pid);
    if (exited_) return gone();
    if (!whole_group) {
      if (send_signal(pidfd_.native_handle(), number) == 0) return {};
    } else if (!own_group_) {
      return Error(Code::unsupported, what + ": it is not the leader of a process group");
    } else if (::kill(static_cast<pid_t>(-id_.pid), number) == 0) {
      return {};
    }
    if (errno == ESRCH) return gone();
    return file_error(errno, what);
  }

  void start_wait_exit(Completion<ExitStatus>& done) override {
    done.arm();
    TARSIER_CHECK(waiter_ == nullptr, "one wait for the exit at a time");
    waiter_ = &done;
    stopped_ = false;
    wait();
  }

  void stop_watching() override {
    if (waiter_ == nullptr) return;
    stopped_ = true;
    owner_.loop_.cancel_waits(pidfd_);
  }

 private:
  Error gone() const {
    return Error(Code::not_found, "process " + std::to_string(id_.pid) + " has ended already");
  }

  void wait() {
    if (exited_) {
      owner_.loop_.post([this] { finish(); });
      return;
    }
    owner_.loop_.wait(pidfd_, Descriptor::wait_read,
                      MemberHandler<RealProcess, &RealProcess::on_exit>(*this, memory_));
  }

  void on_exit(const boost::system::error_code&) {
    if (stopped_) return finish();
    siginfo_t info{};
    const int result =
        ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.native_handle()), &info,
                 WEXITED | WNOHANG);
    if (result == 0 && info.si_pid == 0) return wait();
    exited_ = true;
    if (result != 0) {
      status_.exit_code = -1;  // somebody else's child: its parent alone is told
    } else if (info.si_code == CLD_EXITED) {
      status_.exit_code = info.si_status;
    } else {
      status_.signal = info.si_status;
    }
    finish();
  }

  void finish() {
    Completion<ExitStatus>* done = std::exchange(waiter_, nullptr);
    if (stopped_) {
      done->complete(Error(Code::closed, "the process is not watched any more"));
    } else {
      done->complete(status_);
    }
  }

  RealProcesses& owner_;
  const ProcessId id_;
  const bool own_group_;
  HandlerMemory memory_;
  Descriptor pidfd_;
  Completion<ExitStatus>* waiter_ = nullptr;
  ExitStatus status_;
  bool exited_ = false;
  bool stopped_ = false;
};

RealProcesses::~RealProcesses() {
  reap_orphans();
  for (const int pidfd : orphans_) ::close(pidfd);
}

void RealProcesses::reap_orphans() {
  std::erase_if(orphans_, [](int pidfd) {
    if (!reap(pidfd)) return false;
    ::close(pidfd);
    return true;
  });
}

Result<std::unique_ptr<Process>> RealProcesses::spawn(const SpawnOptions& options) {
  reap_orphans();
  if (options.argv.empty())
    return Error(Code::malformed, "spawn needs the path of a program as argv[0]");
  const std::string what = "start " + options.argv.front();
  SpawnPlan plan;
  prepare(options, plan);
  pid_t pid = 0;
  const int number =
      ::posix_spawn(&pid, options.argv.front().c_str(), &plan.actions, &plan.attributes,
                    pointers_to(options.argv).data(), pointers_to(options.environment).data());
  if (number != 0) return spawn_error(number, what);
  // Not reaped before this returns, so the number is still its own.
  const int pidfd = open_pidfd(pid);
  if (pidfd < 0) {
    const int pidfd_number = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return file_error(pidfd_number, what + ": the process cannot be watched");
  }
  const ProcessId id{pid, start_time_of(pid)};
  return std::unique_ptr<Process>(
      std::make_unique<RealProcess>(*this, id, pidfd, options.own_process_group));
}

Result<std::unique_ptr<Process>> RealProcesses::adopt(ProcessId id) {
  const std::string what = "adopt process " + std::to_string(id.pid);
  const int pidfd = open_pidfd(id.pid);
  if (pidfd < 0 && errno != ESRCH && errno != EINVAL) return file_error(errno, what);
  // Opened first, compared then: from here on the descriptor cannot change its process.
  if (pidfd < 0 || start_time_of(id.pid) != id.start_time || send_signal(pidfd, 0) != 0) {
    if (pidfd >= 0) ::close(pidfd);
    return Error(Code::not_found, what + ": no process of that number and start time runs");
  }
  const bool leads = ::getpgid(static_cast<pid_t>(id.pid)) == static_cast<pid_t>(id.pid);
  return std::unique_ptr<Process>(std::make_unique<RealProcess>(*this, id, pidfd, leads));
}

}  // namespace tarsier::epoll
