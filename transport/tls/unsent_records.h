#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace tarsier::tls {

// How much of what was encrypted is still unsent, counted in what it was before: records are longer
// than what they hold, and who counts what a peer has taken counts the latter.
class UnsentRecords {
 public:
  // `plain` bytes became `secret` ones, or none did (a handshake, a goodbye).
  void add(std::size_t plain, std::size_t secret) {
    plain_end_ += plain;
    secret_end_ += secret;
    if (plain > 0) pieces_.push_back(Piece{plain_end_, secret_end_, plain, secret});
  }

  // `unsent`: of the secret bytes. What of a piece is sent counts by its share, rounded down.
  std::size_t plain_bytes(std::size_t unsent) {
    const std::uint64_t sent = secret_end_ - unsent;
    while (!pieces_.empty() && pieces_.front().secret_end <= sent) pieces_.pop_front();
    if (pieces_.empty()) return 0;
    const Piece& first = pieces_.front();
    const std::uint64_t left = first.secret_end - sent;
    const std::uint64_t taken = left >= first.secret ? 0 : first.secret - left;
    const std::uint64_t whole = plain_end_ - (first.plain_end - first.plain);
    return static_cast<std::size_t>(whole - taken * first.plain / first.secret);
  }

  // The other way round: at how many unsent secret bytes no more than `plain` are unsent.
  std::size_t secret_bytes(std::size_t plain) const {
    for (const Piece& piece : pieces_) {
      const std::uint64_t behind = plain_end_ - piece.plain_end;
      if (behind + piece.plain <= plain) break;  // this one and all behind it may be unsent
      if (behind > plain) continue;
      const std::uint64_t part = (plain - behind) * piece.secret / piece.plain;
      return static_cast<std::size_t>(secret_end_ - piece.secret_end + part);
    }
    return static_cast<std::size_t>(secret_end_);
  }

 private:
  struct Piece {
    std::uint64_t plain_end;
    std::uint64_t secret_end;
    std::uint64_t plain;
    std::uint64_t secret;
  };
  std::deque<Piece> pieces_;  // as many as there are unsent
  std::uint64_t plain_end_ = 0;
  std::uint64_t secret_end_ = 0;
};

}  // namespace tarsier::tls
