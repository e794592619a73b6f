#include "transport/base/bytes.h"

#include <algorithm>
#include <new>

namespace tarsier {
namespace detail {

ByteBlock* allocate_block(std::size_t capacity) {
  void* memory = ::operator new(sizeof(ByteBlock) + capacity);
  return ::new (memory) ByteBlock{1, capacity};
}

void free_block(ByteBlock* block) noexcept { ::operator delete(block); }

}  // namespace detail

Bytes Bytes::copy_of(std::span<const std::byte> source) {
  ByteBuffer buffer(source.size());
  buffer.append(source);
  return buffer.take();
}

Bytes ByteBuffer::take() {
  Bytes bytes;
  bytes.block_ = std::exchange(block_, nullptr);
  bytes.size_ = std::exchange(size_, 0);
  if (bytes.block_ != nullptr) bytes.data_ = bytes.block_->data();
  return bytes;
}

ByteBuffer ByteBuffer::reuse(Bytes& bytes, std::size_t capacity) {
  ByteBuffer buffer;
  if (bytes.block_ == nullptr || bytes.block_->references != 1 || bytes.block_->capacity < capacity)
    return buffer;
  buffer.block_ = std::exchange(bytes.block_, nullptr);
  bytes = Bytes();
  return buffer;
}

void ByteBuffer::grow(std::size_t at_least) {
  const std::size_t wanted = std::max({at_least, capacity() * 2, std::size_t{64}});
  detail::ByteBlock* block = detail::allocate_block(wanted);
  if (size_ > 0) std::memcpy(block->data(), block_->data(), size_);
  if (block_ != nullptr) detail::free_block(block_);
  block_ = block;
}

}  // namespace tarsier
