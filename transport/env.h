#pragma once

namespace tarsier {

class Blocking;
class Clock;
class Executor;
class FileSystem;
class Log;
class Processes;
class Random;
class Timers;
class Transport;

// The whole outside world of a piece of code, on one screen. Everything that has an effect takes
// an Env (or a part of it) in its constructor; nothing reaches for a clock, a socket or chance by
// itself. That is why the same service runs on epoll, in memory and in the simulator.
//
// An Env belongs to one loop. The world that made it (epoll/loop.h, memory/memory_world.h,
// sim/world.h) outlives everything that was given it.
struct Env {
  Executor& executor;
  Clock& clock;
  Timers& timers;
  Random& random;
  Transport& transport;
  FileSystem& files;
  Processes& processes;
  Blocking& blocking;
  Log& log;
};

}  // namespace tarsier
