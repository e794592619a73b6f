#pragma once

#include "governance/application/application.h"

namespace tarsier::application {

// The main() of a service: reads the command line and the configuration, makes the loop, and runs
// an Application on it until a signal or the node says that it is enough.
//
//   Task<Result<>> setup(Application& app) { co_return app.add_servant<GreeterImpl>("GreeterObj");
//   }
//
//   int main(int count, char** arguments) {
//     return tarsier::application::run_application(count, arguments, setup);
//   }
//
// What --help prints says the rest (command_line.h). Returns the exit code: 0 done, 1 something
// failed, 2 wrong usage or a configuration that cannot be used; why stands on standard error.
// Signals are taken unless the configuration has ignore-signal = true.
int run_application(int count, char** arguments, Setup setup, ApplicationOptions options = {});

}  // namespace tarsier::application
