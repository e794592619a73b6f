#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "transport/base/limits.h"

namespace tarsier::application {

struct QueueBounds {
  std::size_t lines_max = limits::log_queue_lines_max;
  std::size_t bytes_max = limits::log_queue_bytes_max;
};

// Lines that wait for a disk or a server that is slow: oldest first, bounded in number and in
// bytes. A full queue refuses the newest and counts it, so that whoever writes never waits. Pure.
//
// `Line` has bytes().
template <class Line>
class LineQueue {
 public:
  explicit LineQueue(QueueBounds bounds = {}) : bounds_(bounds) {}

  // False: there is no room; the line was dropped and counted. A line larger than the whole queue
  // never has room.
  bool push(Line line) {
    const std::size_t bytes = line.bytes();
    if (lines_.size() >= bounds_.lines_max || bytes > bounds_.bytes_max - bytes_) {
      ++dropped_;
      return false;
    }
    bytes_ += bytes;
    lines_.push_back(std::move(line));
    return true;
  }

  // The oldest lines, at most that many and that large together; a line larger than `bytes_max`
  // comes alone.
  std::vector<Line> take(std::size_t lines_max = SIZE_MAX, std::size_t bytes_max = SIZE_MAX) {
    std::vector<Line> taken;
    std::size_t bytes = 0;
    while (!lines_.empty() && taken.size() < lines_max) {
      const std::size_t next = lines_.front().bytes();
      if (!taken.empty() && (bytes > bytes_max || next > bytes_max - bytes)) break;
      bytes += next;
      taken.push_back(std::move(lines_.front()));
      lines_.pop_front();
    }
    bytes_ -= bytes;
    return taken;
  }

  bool empty() const { return lines_.empty(); }
  std::size_t size() const { return lines_.size(); }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  QueueBounds bounds_;
  std::deque<Line> lines_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace tarsier::application
