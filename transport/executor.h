#pragma once

#include "transport/base/function.h"

namespace tarsier {

// The turn-taking of one loop. Everything an Env hands out runs on its loop, one callback at a
// time; nothing here blocks.
class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `callback` on a later turn, in the order of posting. From the loop itself only.
  virtual void post(Callback callback) = 0;

  // Runs `callback` when all that is ready in this turn has run, before the loop waits: the place
  // to flush what a turn gathered. From the loop itself only.
  virtual void at_turn_end(Callback callback) = 0;

  // The same as post(), from any thread. In a world with one thread it is post().
  virtual void post_from_any_thread(Callback callback) = 0;

  // Whether the calling thread is the one that runs this loop (and may block nothing).
  virtual bool in_loop() const = 0;
};

}  // namespace tarsier
