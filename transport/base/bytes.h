#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "transport/base/check.h"

namespace tarsier {

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

namespace detail {
// One allocation: this header, then `capacity` bytes.
struct ByteBlock {
  std::uint32_t references;
  std::size_t capacity;
  std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
};
ByteBlock* allocate_block(std::size_t capacity);
void free_block(ByteBlock* block) noexcept;
}  // namespace detail

// An immutable slice of a shared block. Copying counts a reference *without atomics*: a Bytes and
// all its copies belong to one loop. copy_of() makes an independent one for another loop.
class Bytes {
 public:
  Bytes() = default;
  static Bytes copy_of(std::span<const std::byte> source);
  static Bytes copy_of(std::string_view source) { return copy_of(as_bytes(source)); }

  Bytes(const Bytes& other) noexcept
      : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_ != nullptr) ++block_->references;
  }
  Bytes(Bytes&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Bytes& operator=(Bytes other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Bytes() { release(); }

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<const std::byte> span() const { return {data_, size_}; }
  operator std::span<const std::byte>() const { return span(); }
  std::string_view text() const { return as_text(span()); }

  // A slice that shares the block.
  Bytes slice(std::size_t offset, std::size_t count) const {
    TARSIER_CHECK(offset <= size_ && count <= size_ - offset, "slice beyond the end");
    Bytes part(*this);
    part.data_ += offset;
    part.size_ = count;
    return part;
  }
  void remove_prefix(std::size_t count) {
    TARSIER_CHECK(count <= size_, "remove_prefix beyond the end");
    data_ += count;
    size_ -= count;
  }

 private:
  friend class ByteBuffer;
  void release() noexcept {
    if (block_ != nullptr && --block_->references == 0) detail::free_block(block_);
  }

  detail::ByteBlock* block_ = nullptr;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// A growable buffer that is written once and becomes a Bytes by move, without a copy.
// prepare/commit let an encoder write straight into the tail:
//   std::byte* p = buffer.prepare(16);  ...write up to 16 bytes...  buffer.commit(written);
class ByteBuffer {
 public:
  ByteBuffer() = default;
  explicit ByteBuffer(std::size_t capacity) { reserve(capacity); }
  ByteBuffer(ByteBuffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  ByteBuffer& operator=(ByteBuffer&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~ByteBuffer() {
    if (block_ != nullptr) detail::free_block(block_);
  }

  std::byte* data() { return block_ == nullptr ? nullptr : block_->data(); }
  const std::byte* data() const { return block_ == nullptr ? nullptr : block_->data(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }
  std::span<const std::byte> span() const { return {data(), size_}; }
  std::string_view text() const { return as_text(span()); }

  void reserve(std::size_t capacity) {
    if (capacity > this->capacity()) grow(capacity);
  }
  std::byte* prepare(std::size_t count) {
    if (count > capacity() - size_) [[unlikely]]
      grow(size_ + count);
    return block_ == nullptr ? nullptr : block_->data() + size_;
  }
  void commit(std::size_t count) {
    TARSIER_CHECK(count <= capacity() - size_, "commit of more than was prepared");
    size_ += count;
  }
  void append(std::span<const std::byte> source) {
    if (source.empty()) return;
    std::memcpy(prepare(source.size()), source.data(), source.size());
    size_ += source.size();
  }
  void append(std::string_view source) { append(as_bytes(source)); }
  // Shrinks; keeps the memory.
  void truncate(std::size_t size) {
    TARSIER_CHECK(size <= size_, "truncate cannot grow");
    size_ = size;
  }
  void clear() { size_ = 0; }
  // Drops the first bytes, moving the rest to the front.
  void consume(std::size_t count) {
    TARSIER_CHECK(count <= size_, "consume beyond the end");
    size_ -= count;
    if (size_ > 0) std::memmove(data(), data() + count, size_);
  }

  // The written bytes; the buffer is empty and without memory afterwards.
  Bytes take();
  // The other way round: an empty buffer in the memory of `bytes`, which is empty afterwards. If
  // others share that memory, or it has less than `capacity`, bytes stays and the buffer has none.
  static ByteBuffer reuse(Bytes& bytes, std::size_t capacity);

 private:
  void grow(std::size_t at_least);

  detail::ByteBlock* block_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace tarsier
