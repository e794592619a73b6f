#include "stock_story.h"
#include "transport/epoll/loop.h"
#include "transport/scope.h"

// The same story over the sockets of this machine.
int main() {
  tarsier::epoll::Loop loop;
  int failures = 0;
  tarsier::Scope scope;
  scope.spawn(stock_story(loop.env(), failures));
  loop.run_until([&] { return scope.empty(); });
  return failures == 0 ? 0 : 1;
}
