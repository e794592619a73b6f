#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>

#include "transport/base/limits.h"

namespace tarsier {

// Memory of coroutine frames that come and go with every call: blocks that were given back are
// handed out again. One loop only; outlives the frames, see make().
class FramePool {
 public:
  // What is kept of blocks that were given back: frames of some thousands of calls. A burst of more
  // leaves no more behind.
  static constexpr std::size_t kept_bytes_max = 4 * limits::mib;

  // Let go of by its owner, a pool that was made so stays until the last of its frames came back.
  struct Retire {
    void operator()(FramePool* pool) const {
      pool->retired_ = true;
      if (pool->out_ == 0) delete pool;
    }
  };
  using Owner = std::unique_ptr<FramePool, Retire>;
  static Owner make() { return Owner(new FramePool); }

  FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool() {
    for (Block* block : free_) {
      while (block != nullptr) {
        Block* const next = block->next;
        ::operator delete(block);
        block = next;
      }
    }
  }

  void* take(std::size_t bytes) {
    const std::size_t index = (bytes + step - 1) / step;
    if (index >= classes) return start_of(::operator new(bytes + header), nullptr);
    ++out_;
    Block*& first = free_[index];
    if (first == nullptr) return start_of(::operator new(index * step + header), this);
    Block* const block = first;
    first = block->next;
    kept_bytes_ -= index * step + header;
    return start_of(block, this);
  }
  // What take() of any pool gave out, with the same size.
  static void give(void* frame, std::size_t bytes) {
    void* const start = static_cast<std::byte*>(frame) - header;
    FramePool* const pool = *static_cast<FramePool**>(start);
    if (pool == nullptr) return ::operator delete(start);
    const std::size_t index = (bytes + step - 1) / step;
    const std::size_t block_bytes = index * step + header;
    if (pool->kept_bytes_ + block_bytes > kept_bytes_max) {
      ::operator delete(start);
    } else {
      pool->kept_bytes_ += block_bytes;
      Block*& first = pool->free_[index];
      first = ::new (start) Block{first};
    }
    if (--pool->out_ == 0 && pool->retired_) delete pool;
  }

 private:
  struct Block {
    Block* next;
  };
  static constexpr std::size_t step = 64;
  static constexpr std::size_t classes = 32;  // frames of up to 1,984 bytes
  static constexpr std::size_t header = alignof(std::max_align_t);

  // In front of every frame: whom it goes back to.
  static void* start_of(void* block, FramePool* pool) {
    ::new (block) FramePool*(pool);
    return static_cast<std::byte*>(block) + header;
  }

  std::array<Block*, classes> free_{};
  std::size_t kept_bytes_ = 0;
  std::size_t out_ = 0;  // frames of this pool that are in use
  bool retired_ = false;
};

}  // namespace tarsier
