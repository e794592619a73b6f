#pragma once

#include <cstddef>
#include <new>

#include <boost/system/error_code.hpp>

namespace tarsier::epoll {

// Room for one pending Asio operation inside the object that waits, so that waiting allocates
// nothing. A second operation, or one that is too big, falls back to the heap.
class HandlerMemory {
 public:
  HandlerMemory() = default;
  HandlerMemory(const HandlerMemory&) = delete;
  HandlerMemory& operator=(const HandlerMemory&) = delete;

  void* allocate(std::size_t bytes) {
    if (used_ || bytes > sizeof(storage_)) return ::operator new(bytes);
    used_ = true;
    return storage_;
  }
  void deallocate(void* memory) {
    if (memory == storage_) {
      used_ = false;
    } else {
      ::operator delete(memory);
    }
  }

 private:
  alignas(std::max_align_t) std::byte storage_[112];
  bool used_ = false;
};

// The allocator through which Asio reaches a HandlerMemory.
template <class T>
class HandlerAllocator {
 public:
  using value_type = T;
  explicit HandlerAllocator(HandlerMemory& memory) : memory_(&memory) {}
  template <class U>
  HandlerAllocator(const HandlerAllocator<U>& other) noexcept : memory_(other.memory_) {}
  T* allocate(std::size_t count) { return static_cast<T*>(memory_->allocate(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t) { memory_->deallocate(memory); }
  bool operator==(const HandlerAllocator&) const = default;

 private:
  template <class U>
  friend class HandlerAllocator;
  HandlerMemory* memory_;
};

// An Asio handler that calls a member function of an object and lives in that object's memory.
template <class T, void (T::*method)(const boost::system::error_code&)>
class MemberHandler {
 public:
  using allocator_type = HandlerAllocator<std::byte>;
  MemberHandler(T& object, HandlerMemory& memory) : object_(&object), memory_(&memory) {}
  allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }
  void operator()(const boost::system::error_code& error = {}) { (object_->*method)(error); }

 private:
  T* object_;
  HandlerMemory* memory_;
};

}  // namespace tarsier::epoll
