#include <string>
#include <vector>

#include "protocol/tars/malformed_catalogue_testing.h"
#include "protocol/tars/parameters.h"
#include "server/raw_peer_testing.h"
#include "server/server.h"
#include "transport/memory/memory_world.h"
#include "transport/scope.h"

namespace tarsier::testing {
namespace {

using tars::testing::Catalogue;
using tars::testing::CatalogueRow;
using tars::testing::Outcome;

struct TakeArguments {
  Sampler::Bag bag;
  template <class Self, class Visit>
  static void tars_each(Self& self, Visit&& visit) {
    visit(1, "bag", self.bag);
  }
};
struct TakeResult {
  template <class Self, class Visit>
  static void tars_each(Self&, Visit&&) {}
};

class TakeServant final : public Servant {
 public:
  std::string_view tars_interface() const override { return "Test.Catalogue"; }
  void tars_dispatch(ServerCall& call) override {
    if (call.function() != "take") return call.answer_no_function();
    serve_sync<TakeArguments>(call, [this](TakeArguments&) -> Result<TakeResult> {
      ++calls;
      return TakeResult();
    });
  }
  int calls = 0;
};

// A server of the catalogue's servant in memory.
class Malformed : public ::testing::Test {
 protected:
  Malformed() {
    EXPECT_TRUE(server.add_servant(Catalogue::servant, servant).ok());
    endpoint = server.listen("tcp -h 127.0.0.1 -p 0 -t 3600000").value();
  }
  ~Malformed() override {
    Scope scope;
    scope.spawn(server.stop());
    EXPECT_TRUE(world.run_until([&] { return scope.empty(); }));
  }

  static int answers_of(Outcome outcome, const CatalogueRow& row) {
    switch (outcome) {
      case Outcome::ok: return row.number == 13 ? 2 : 1;
      case Outcome::decode_error:
      case Outcome::no_servant:
      case Outcome::no_function: return 1;
      default: return 0;
    }
  }
  static std::int32_t code_of(Outcome outcome) {
    if (outcome == Outcome::decode_error) return -1;
    if (outcome == Outcome::no_servant) return -4;
    return outcome == Outcome::no_function ? -3 : 0;
  }
  std::uint64_t closed_for_cause() const {
    const ServerCounters& c = server.counters();
    return c.closed_frame_length + c.closed_no_request + c.closed_silence + c.closed_slow_frame;
  }

  void check_row(const CatalogueRow& row) {
    RawPeer peer(world, endpoint);
    ASSERT_TRUE(peer.connected());
    const int calls_before = servant.calls;
    const std::uint64_t closed_before = closed_for_cause();
    peer.send(row.stream);
    const auto packets = peer.packets();
    EXPECT_EQ(packets.size(), static_cast<std::size_t>(answers_of(row.outcome, row)));
    for (const auto& packet : packets) {
      const Answer answer = read_answer(packet);
      EXPECT_EQ(answer.ret, code_of(row.outcome)) << answer.description;
      EXPECT_EQ(answer.ret == 0, answer.description.empty());
      if (row.number == 41) {
        EXPECT_EQ(answer.version, 1);
      }
    }
    const bool ran = row.outcome == Outcome::ok;
    EXPECT_EQ(servant.calls - calls_before, ran ? answers_of(row.outcome, row) : 0);
    if (row.outcome == Outcome::close) {
      EXPECT_TRUE(peer.ended());
      EXPECT_EQ(closed_for_cause(), closed_before + 1);
      return;
    }
    EXPECT_FALSE(peer.ended());
    if (row.outcome == Outcome::wait) {
      world.advance(std::chrono::seconds(9));
      EXPECT_FALSE(peer.ended()) << "too early";
      world.advance(std::chrono::seconds(3));
      EXPECT_TRUE(peer.ended());
      EXPECT_EQ(closed_for_cause(), closed_before + 1);
    } else if (row.number == 10) {
      peer.finish_sending();
      EXPECT_TRUE(peer.ended());
      EXPECT_EQ(peer.packets().size(), 0u);
    } else {
      peer.forget_received();
      peer.send(Catalogue::good_frame());
      EXPECT_EQ(peer.packets().size(), 1u) << "the connection stays good";
    }
  }

  memory::World world;
  TakeServant servant;
  Server server{world.env()};
  Endpoint endpoint;
};

TEST_F(Malformed, EveryRowOfTheCatalogueEndsAsItMust) {
  const Catalogue catalogue;
  for (const CatalogueRow& row : catalogue.rows()) {
    SCOPED_TRACE("row " + std::to_string(row.number) + ", " + row.what);
    check_row(row);
  }
}

TEST_F(Malformed, OneByteEveryFiveSecondsEndsAfterThirty) {
  RawPeer peer(world, endpoint);
  const auto good = Catalogue::good_frame();
  int sent = 0;
  while (!peer.ended() && sent < 20) {
    peer.send(std::span(good).subspan(static_cast<std::size_t>(sent++), 1));
    world.advance(std::chrono::seconds(5));
  }
  EXPECT_GE(sent, 6);
  EXPECT_LE(sent, 7);
  EXPECT_EQ(server.counters().closed_slow_frame, 1u);
}

TEST_F(Malformed, RequestIdsAreEchoed) {
  for (const std::int32_t id : {0, -1, 1, INT32_MIN, INT32_MAX}) {
    RawPeer peer(world, endpoint);
    tars::RequestHeader header = Catalogue::header();
    header.request_id = id;
    const auto good = Catalogue::good_frame();
    ByteBuffer frame;
    tars::RequestView view;
    ASSERT_TRUE(tars::decode_request(std::span(good).subspan(4), view).ok());
    ASSERT_TRUE(tars::write_frame(frame, header, view.body).ok());
    peer.send(frame.span());
    ASSERT_EQ(peer.packets().size(), 1u);
    EXPECT_EQ(read_answer(peer.packets()[0]).request_id, id);
  }
}

TEST_F(Malformed, ALenientServantAcceptsWhatUpstreamDoes) {
  TakeServant lenient;
  ServantOptions options;
  options.lenient = true;
  ASSERT_TRUE(server.add_servant("Test.Lenient.Obj", lenient, options).ok());
  tars::RequestHeader header = Catalogue::header();
  header.servant = "Test.Lenient.Obj";
  // A short that came as 64 bits: row 36, to which strict servants answer -1.
  const auto body = tars::testing::from_hex("1a2300000000000000050b");
  ByteBuffer frame;
  ASSERT_TRUE(tars::write_frame(frame, header, std::span<const std::byte>(body)).ok());
  RawPeer peer(world, endpoint);
  peer.send(frame.span());
  ASSERT_EQ(peer.packets().size(), 1u);
  EXPECT_EQ(read_answer(peer.packets()[0]).ret, 0) << read_answer(peer.packets()[0]).description;
  EXPECT_EQ(lenient.calls, 1);
}

// However the stream of requests is cut, the stream of answers is the same.
RC_GTEST_FIXTURE_PROP(Malformed, AnySegmentationGivesTheSameAnswers, ()) {
  std::vector<std::byte> stream;
  std::vector<std::byte> bad = Catalogue::good_frame();
  bad[bad.size() / 2] = std::byte{0xee};
  const auto picks = *rc::gen::container<std::vector<int>>(8, rc::gen::inRange(0, 3));
  for (const int pick : picks) {
    const auto frame = pick == 0   ? Catalogue::good_frame()
                       : pick == 1 ? bad
                                   : Catalogue::frame(Catalogue::header(), as_bytes("\x0e"));
    stream.insert(stream.end(), frame.begin(), frame.end());
  }
  RawPeer whole(world, endpoint);
  whole.send(stream);
  RawPeer cut(world, endpoint);
  std::size_t at = 0;
  while (at < stream.size()) {
    const auto length = std::min(stream.size() - at, *rc::gen::inRange<std::size_t>(1, 400));
    cut.send(std::span(stream).subspan(at, length));
    at += length;
  }
  RC_ASSERT(as_text(cut.received()) == as_text(whole.received()));
  RC_ASSERT(cut.ended() == whole.ended());
}

}  // namespace
}  // namespace tarsier::testing
