#include "stock_story.h"
#include "transport/memory/memory_world.h"
#include "transport/scope.h"

// The story in memory: no socket, no thread, no waiting.
int main() {
  tarsier::memory::World world;
  int failures = 0;
  tarsier::Scope scope;
  scope.spawn(stock_story(world.env(), failures));
  const bool ended = world.run_until([&] { return scope.empty(); });
  return ended && failures == 0 ? 0 : 1;
}
