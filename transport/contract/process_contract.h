#pragma once

#include <concepts>
#include <csignal>
#include <string>
#include <vector>

#include "transport/contract/world.h"
#include "transport/processes.h"

// The exact specification of processes.h, for every world that has processes.
namespace tarsier::contract {

// A World whose server() can also make programs that behave in a given way.
template <class W>
concept ProcessWorld = World<W> && requires(W world) {
  // The argv of a program that ends at once with this exit code (0 to 255).
  { world.program_that_exits(3) } -> std::same_as<std::vector<std::string>>;
  // The argv of a program that writes "hello\n" to its output and ends with 0.
  { world.program_that_writes_hello() } -> std::same_as<std::vector<std::string>>;
  // The argv of a program that runs until a signal ends it.
  { world.program_that_runs() } -> std::same_as<std::vector<std::string>>;
  // The argv of a program that ends with 7 if the variable NAME is "value" and the working
  // directory is directory(), and with 1 otherwise.
  { world.program_that_checks_its_surroundings() } -> std::same_as<std::vector<std::string>>;
};

template <class W>
class ProcessContract : public Fixture<W> {
 protected:
  Processes& processes() { return this->world.server().processes; }
  SpawnOptions options(std::vector<std::string> argv) {
    SpawnOptions options;
    options.argv = std::move(argv);
    options.working_directory = this->world.directory();
    return options;
  }
  std::unique_ptr<Process> spawn(std::vector<std::string> argv) {
    return processes().spawn(options(std::move(argv))).value();
  }
  ExitStatus wait(Process& process) {
    auto& exited = this->template slot<ExitStatus>();
    process.start_wait_exit(exited);
    EXPECT_FALSE(exited.done()) << "completed inside start_wait_exit";
    if (!this->finish(exited) || !exited.result().ok()) {
      ADD_FAILURE() << "no exit status: " << code_name(exited.code());
      return ExitStatus{-99, -99};
    }
    return *exited.result();
  }
};
TYPED_TEST_SUITE_P(ProcessContract);

TYPED_TEST_P(ProcessContract, TellsTheExitCode) {
  for (const int code : {0, 3, 255}) {
    auto process = this->spawn(this->world.program_that_exits(code));
    const ExitStatus status = this->wait(*process);
    EXPECT_EQ(status.exit_code, code);
    EXPECT_EQ(status.signal, 0);
  }
}

TYPED_TEST_P(ProcessContract, TheStatusStays) {
  auto process = this->spawn(this->world.program_that_exits(5));
  EXPECT_EQ(this->wait(*process).exit_code, 5);
  EXPECT_EQ(this->wait(*process).exit_code, 5);
}

TYPED_TEST_P(ProcessContract, ASignalEndsIt) {
  for (const int number : {SIGTERM, SIGKILL}) {
    auto process = this->spawn(this->world.program_that_runs());
    EXPECT_TRUE(process->signal(number, true).ok());
    EXPECT_EQ(this->wait(*process).signal, number);
  }
}

TYPED_TEST_P(ProcessContract, WhatIsGoneCannotBeSignalled) {
  auto process = this->spawn(this->world.program_that_exits(0));
  this->wait(*process);
  EXPECT_EQ(process->signal(SIGTERM, false).code(), Code::not_found);
}

TYPED_TEST_P(ProcessContract, AProgramThatIsNotThereIsNotFound) {
  const std::string path = this->world.directory() + "/no-such-program";
  EXPECT_EQ(this->processes().spawn(this->options({path})).code(), Code::not_found);
}

TYPED_TEST_P(ProcessContract, AFileThatMayNotRunIsDenied) {
  const std::string path = this->world.directory() + "/text";
  auto& files = this->world.server().files;
  EXPECT_TRUE(write_file_atomically(files, path, as_bytes("no program")).ok());
  EXPECT_TRUE(files.set_mode(path, 0644).ok());
  EXPECT_EQ(this->processes().spawn(this->options({path})).code(), Code::denied);
}

TYPED_TEST_P(ProcessContract, AFileThatIsNoProgramIsMalformed) {
  const std::string path = this->world.directory() + "/text";
  auto& files = this->world.server().files;
  EXPECT_TRUE(write_file_atomically(files, path, as_bytes("no program")).ok());
  EXPECT_TRUE(files.set_mode(path, 0755).ok());
  EXPECT_EQ(this->processes().spawn(this->options({path})).code(), Code::malformed);
}

TYPED_TEST_P(ProcessContract, TheOutputIsAppendedToAFile) {
  const std::string path = this->world.directory() + "/output";
  for (int i = 0; i < 2; ++i) {
    SpawnOptions options = this->options(this->world.program_that_writes_hello());
    options.output_path = path;
    auto process = this->processes().spawn(options).value();
    EXPECT_EQ(this->wait(*process).exit_code, 0);
  }
  EXPECT_EQ(read_file(this->world.server().files, path, 100).value().text(), "hello\nhello\n");
}

TYPED_TEST_P(ProcessContract, GetsItsEnvironmentAndDirectory) {
  SpawnOptions options = this->options(this->world.program_that_checks_its_surroundings());
  options.environment = {"NAME=value"};
  auto process = this->processes().spawn(options).value();
  EXPECT_EQ(this->wait(*process).exit_code, 7);
}

TYPED_TEST_P(ProcessContract, ProcessesHaveDifferentIds) {
  auto one = this->spawn(this->world.program_that_runs());
  auto two = this->spawn(this->world.program_that_runs());
  EXPECT_NE(one->id(), two->id());
  EXPECT_GT(one->id().pid, 0);
  for (Process* process : {one.get(), two.get()}) {
    EXPECT_TRUE(process->signal(SIGKILL, true).ok());
    EXPECT_EQ(this->wait(*process).signal, SIGKILL);
  }
}

TYPED_TEST_P(ProcessContract, ARunningProcessIsAdopted) {
  auto process = this->spawn(this->world.program_that_runs());
  const ProcessId id = process->id();
  process.reset();
  auto adopted = this->processes().adopt(id).value();
  EXPECT_EQ(adopted->id(), id);
  EXPECT_TRUE(adopted->signal(SIGKILL, true).ok());
  this->wait(*adopted);
  EXPECT_EQ(this->processes().adopt(id).code(), Code::not_found);
}

TYPED_TEST_P(ProcessContract, AReusedPidIsNotAdopted) {
  auto process = this->spawn(this->world.program_that_runs());
  ProcessId stranger = process->id();
  ++stranger.start_time;
  EXPECT_EQ(this->processes().adopt(stranger).code(), Code::not_found);
  EXPECT_TRUE(process->signal(SIGKILL, true).ok());
  this->wait(*process);
}

TYPED_TEST_P(ProcessContract, StopWatchingEndsAPendingWaitLater) {
  auto process = this->spawn(this->world.program_that_runs());
  auto& exited = this->template slot<ExitStatus>();
  process->start_wait_exit(exited);
  this->settle();
  process->stop_watching();
  EXPECT_FALSE(exited.done()) << "completed inside stop_watching()";
  ASSERT_TRUE(this->finish(exited));
  EXPECT_EQ(exited.code(), Code::closed);
  EXPECT_TRUE(process->signal(SIGKILL, true).ok());
  EXPECT_EQ(this->wait(*process).signal, SIGKILL);
}

REGISTER_TYPED_TEST_SUITE_P(ProcessContract, TellsTheExitCode, TheStatusStays, ASignalEndsIt,
                            WhatIsGoneCannotBeSignalled, AProgramThatIsNotThereIsNotFound,
                            AFileThatMayNotRunIsDenied, AFileThatIsNoProgramIsMalformed,
                            TheOutputIsAppendedToAFile, GetsItsEnvironmentAndDirectory,
                            ProcessesHaveDifferentIds, ARunningProcessIsAdopted,
                            AReusedPidIsNotAdopted, StopWatchingEndsAPendingWaitLater);

}  // namespace tarsier::contract
