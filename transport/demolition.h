#pragma once

namespace tarsier {

// Marks the time in which a world that is dead already is taken down: the simulator destroys what
// lived on a crashed node. Objects that insist on an orderly end (Scope, Completion, servers, …)
// do not insist meanwhile: nothing they wait for can happen any more, and nobody can see it.
//
// This is the one piece of state that is not handed in by a constructor. A Completion has no Env,
// costs no pointer for one, and reads the mark only where it would stop the program otherwise.
class Demolition {
 public:
  Demolition() { ++depth_; }
  Demolition(const Demolition&) = delete;
  Demolition& operator=(const Demolition&) = delete;
  ~Demolition() { --depth_; }

  static bool under_way() { return depth_ > 0; }

 private:
  static inline constinit thread_local int depth_ = 0;
};

}  // namespace tarsier
