#pragma once

#include <array>
#include <string>
#include <vector>

#include "transport/base/random.h"
#include "transport/contract/world.h"

// Random lives of one connection against a model: two queues of bytes that end by a FIN or an RST.
// The model says what a side may see when everything is over, whatever the timing was.
namespace tarsier::contract {

template <class T>
class ModelContract : public StreamFixture<T> {
 protected:
  // What one side did and saw.
  struct Side {
    Connection* connection = nullptr;
    std::string sent;
    std::string got;
    bool finished = false;
    bool closed = false;
    bool closed_gently = false;  // perhaps aborted later
    bool aborted = false;
    bool saw_end = false;
    bool saw_reset = false;
  };

  void act(Side& self, Random& random) {
    const std::uint64_t action = random.below(100);
    if (action < 40) {
      const std::size_t size = random.one_in(40) ? std::size_t{5} << 20 : random.below(3000);
      const std::string piece = pattern(size, static_cast<std::uint32_t>(random.next()));
      this->send(*self.connection, piece);
      if (!self.finished && !self.closed) self.sent += piece;
    } else if (action < 75) {
      read_once(self, 1 + random.below(5000));
    } else if (action < 90) {
      pass_a_turn();
    } else if (action < 94) {
      self.connection->finish_sending();
      self.finished = true;
    } else if (action < 98) {
      self.connection->close();
      self.closed_gently = self.closed_gently || !self.closed;
      self.closed = true;
    } else {
      self.connection->abort();
      self.aborted = self.closed = true;
    }
  }

  void read_once(Side& self, std::size_t most) {
    std::vector<std::byte> chunk(most);
    const auto taken = self.connection->read_some(chunk);
    EXPECT_EQ(self.closed, taken.code() == Code::closed);
    note(self, taken, chunk);
  }

  void note(Side& self, const Result<std::size_t>& taken, const std::vector<std::byte>& chunk) {
    if (!taken.ok()) {
      self.saw_reset = self.saw_reset || taken.code() == Code::reset;
    } else if (*taken == 0) {
      self.saw_end = true;
    } else {
      EXPECT_FALSE(self.saw_end || self.saw_reset) << "bytes behind the end";
      self.got += as_text(std::span(chunk).first(*taken));
    }
  }

  void pass_a_turn() {
    bool passed = false;
    this->world.client().executor.post([&] { passed = true; });
    this->run_until([&] { return passed; });
  }

  static bool broken(const Side& self, const Side& other) {
    return other.aborted || (other.closed && self.sent.size() > other.got.size());
  }

  // Reads what there will ever be.
  void drain(Side& self, const Side& other) {
    std::vector<std::byte> chunk(std::size_t{256} << 10);
    while (!self.closed && !self.saw_end && !self.saw_reset) {
      const bool will_end = other.finished || other.closed;
      if (!will_end && self.got.size() == other.sent.size()) return;
      const auto taken = self.connection->read_some(chunk);
      if (taken.code() == Code::would_block) {
        ASSERT_EQ(this->wait_readable(*self.connection), Code::ok)
            << self.got.size() << " of " << other.sent.size() << " bytes";
      } else {
        note(self, taken, chunk);
      }
    }
  }

  void check(const Side& self, const Side& other) {
    EXPECT_TRUE(other.sent.starts_with(self.got));
    if (self.closed) return;
    if (self.saw_end && !other.aborted) {
      EXPECT_EQ(self.got.size(), other.sent.size());
    }
    if (broken(self, other)) {
      EXPECT_TRUE(self.saw_reset || self.saw_end);
      // Over TCP the end can be seen only if it was sent before things broke.
      EXPECT_TRUE(!this->tcp || !self.saw_end || other.finished || other.closed_gently);
    } else {
      EXPECT_FALSE(self.saw_reset);
      EXPECT_EQ(self.got.size(), other.sent.size());
      EXPECT_EQ(self.saw_end, other.finished || other.closed);
    }
  }
};
TYPED_TEST_SUITE_P(ModelContract);

TYPED_TEST_P(ModelContract, RandomLivesEndAsTheModelSays) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto pair = this->pair();
    ASSERT_TRUE(pair.client != nullptr && pair.server != nullptr);
    std::array<typename TestFixture::Side, 2> sides;
    sides[0].connection = pair.client;
    sides[1].connection = pair.server;
    const std::uint64_t steps = 1 + random.below(50);
    for (std::uint64_t step = 0; step < steps; ++step) this->act(sides[random.below(2)], random);
    this->drain(sides[0], sides[1]);
    this->drain(sides[1], sides[0]);
    this->check(sides[0], sides[1]);
    this->check(sides[1], sides[0]);
    this->drop(pair.client);
    this->drop(pair.server);
    if (this->HasFailure()) return;
  }
}

REGISTER_TYPED_TEST_SUITE_P(ModelContract, RandomLivesEndAsTheModelSays);

}  // namespace tarsier::contract
