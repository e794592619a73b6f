#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "protocol/tars/packet.h"
#include "protocol/tars/packet_writer.h"
#include "protocol/tars/parameters.h"
#include "protocol/trace/handed_on.h"
#include "server/answer_taker.h"
#include "server/session_ref.h"
#include "transport/base/bytes.h"
#include "transport/base/result.h"
#include "transport/base/time.h"
#include "transport/endpoint.h"

namespace tarsier {

class Executor;
class FramePool;
class InFlightGate;
class ReplyPath;
class ServerCore;

// What the dispatcher decided about a call.
struct CallRules {
  TimePoint deadline = no_deadline;
  TimePoint received = no_deadline;  // that: its answer is not told to an observer
  tars::BodyFormat format = tars::BodyFormat::tars;
  bool lenient = false;  // decode=lenient of the servant
  // Counts the call if it is kept, and says when that is enough. Null: nobody counts.
  InFlightGate* gate = nullptr;
};

// One call, as a servant sees it. It belongs to the loop; views it gives out live as long as it.
//
// A call starts on the stack of the dispatcher, with views into the bytes that were read. Whoever
// answers later reads the arguments and then keep()s the call: that copies its header (names,
// context, status: at most some 130 KiB), lets go of its body and counts the call as in flight.
// Views that were taken before then end; a coroutine's call is kept when it first suspends.
//
// A call that had to wait comes from a queue instead, with a copy of its bytes, and where handler
// threads run the servant it is theirs for so long: answers are encoded there and sent by the loop.
// To the servant it is the same.
class ServerCall {
 public:
  using Map = tars::StringMap;

  // `request` was decoded from a packet of `request_bytes`, which stays, like the path, until the
  // call ends or is kept.
  ServerCall(ServerCore& core, ReplyPath& path, std::size_t request_bytes,
             const tars::RequestView& request, const CallRules& rules)
      : core_(&core),
        path_(&path),
        request_bytes_(request_bytes),
        request_(&request),
        rules_(rules) {}
  ServerCall(ServerCall&& other) noexcept;
  ServerCall& operator=(ServerCall&&) = delete;
  ~ServerCall();

  // servant, function, ids, version, message type, context and status as views; no body once kept.
  const tars::RequestView& request() const { return *request_; }
  std::string_view servant() const { return request_->servant; }
  std::string_view function() const { return request_->function; }
  std::int32_t request_id() const { return request_->request_id; }
  std::int16_t version() const { return request_->version; }
  std::int32_t message_type() const { return request_->message_type; }
  const tars::StringMapView& context() const { return request_->context; }
  const tars::StringMapView& status() const { return request_->status; }
  // Nobody reads the answer; it is dropped, errors included.
  bool one_way() const { return request_->one_way(); }
  // When the caller stops waiting (iTimeout of the request, capped by the server).
  TimePoint deadline() const { return rules_.deadline; }
  // For the calls that are made for the sake of this one: CallOptions(call). Its deadline is left
  // out where ServerOptions::hand_on_deadlines is off, and of a one-way call, for which nobody
  // waits.
  trace::HandedOn hand_on() const;
  // The key, if what is written about this call goes to the dyed logs too.
  std::optional<std::string> dye() const;
  const Endpoint& peer() const;
  // The connection the call came on: to push to it, or close it, at any later time (on the loop).
  SessionRef session() const;

  // The maps of the answer. Before answering.
  void set_reply_context(Map context) { extras().context = std::move(context); }
  void set_reply_status(Map status) { extras().status = std::move(status); }

  // ---- For generated code and for servants that were written by hand. ----

  tars::BodyFormat format() const { return rules_.format; }
  const CallRules& rules() const { return rules_; }
  // False: the answer goes nowhere.
  bool server_is_there() const { return core() != nullptr; }
  // Whom the answer goes to instead of the caller.
  void answer_to(AnswerTaker& taker);
  // The arguments, until the call is kept.
  std::span<const std::byte> body() const {
    TARSIER_CHECK(kept_ == nullptr || kept_->waits, "arguments are read before a call is kept");
    return request_->body;
  }

  // Decodes the arguments into a parameter list, before the call is kept. False: they are
  // malformed, and the call has been answered with -1.
  template <tars::ParameterList List>
  bool read(List& arguments) {
    auto done = tars::read_parameters(rules_.format, body(), decode_options(), arguments);
    if (done) [[likely]]
      return true;
    answer_error(Error(Code::server_decode, std::move(done).error().detail));
    return false;
  }

  // Answers. Of everything that answers, the first takes effect.
  template <tars::ParameterList List>
  void answer(const Result<List>& result) {
    if (!result) [[unlikely]]
      return answer_error(result.error());
    const auto each = [&](auto&& visit) { List::tars_each(*result, visit); };
    if (rules_.format == tars::BodyFormat::tars && goes_out()) [[likely]] {
      tars::ResponseHeader header;
      if (ByteBuffer* output = begin_answer(header)) {
        finish_answer(tars::write_frame(
            *output, header, [&](tars::Writer& body) { tars::write_parameters(body, each); }));
      }
      return;
    }
    ByteBuffer body;
    auto encoded = tars::write_parameters(rules_.format, body, each);
    if (!encoded) return answer_error(Error(Code::server_encode, encoded.error().detail));
    if (away_ != nullptr) return leave(std::move(body));
    answer_body(body.span());
  }
  // The code travels if it is a TARS code, Error::wire_code if it is set, else -99 (spec §2.6).
  void answer_error(const Error& error);
  // With a body that is encoded already, in format().
  void answer_body(std::span<const std::byte> body);
  void answer_no_function();
  // On a handler thread.
  void answer_no_coroutine();
  // Only inside a catch block: -99 with what() of the exception.
  void answer_current_exception() noexcept;

  bool answered() const { return answered_; }
  // Whether the answer goes to the connection, and from here.
  bool goes_out() const { return taker_ == nullptr && away_ == nullptr; }
  // Whether a handler thread runs it, where no coroutine can be.
  bool on_handler_thread() const { return away_ != nullptr; }
  // For the frames of coroutines that answer this call.
  FramePool& frame_pool() const;

  // For answering later. The call must not move afterwards; `frame` is the coroutine that owns it
  // and is destroyed with the server when a dead world is taken down (a crashed simulated node).
  // A server that is destroyed otherwise lets the call go: it stays usable and answers nobody.
  void keep(std::coroutine_handle<> frame = nullptr);
  bool kept() const { return kept_ != nullptr && !kept_->waits; }
  // The same into the heap; this one counts as answered. Reply (server/reply.h) is built from it.
  std::unique_ptr<ServerCall> detach();
  // Ends a detached call from any thread; `body` is encoded in format(). Answers at once if this
  // is the loop.
  static void finish_anywhere(std::unique_ptr<ServerCall> call, Result<ByteBuffer> body);
  // The same for one that its owner dropped: -99, or the text of the exception that is under way.
  static void drop_anywhere(std::unique_ptr<ServerCall> call);

 private:
  friend class AnswerTaker;
  friend class QueuedCall;
  friend class ServerCore;
  // What a servant on a handler thread answered, until the loop sends it; and what it may ask of
  // the server, as it was when the call left the loop.
  struct Away {
    std::optional<Result<ByteBuffer>> answer;
    std::optional<trace::DyeRule> dye_rule;
    bool hands_on_deadlines = false;
  };
  struct Extras {
    Map context;
    Map status;
  };
  // What an answer that comes later needs.
  struct Kept {
    ServerCore* core = nullptr;  // null: the server is gone, answers go nowhere
    Kept* next = nullptr;
    Kept* previous = nullptr;
    std::coroutine_handle<> frame;
    ByteBuffer header;          // what `request` points into
    tars::RequestView request;  // without its body
    bool for_taker = false;     // and the caller's own call counts for the path
    std::size_t bytes = 0;      // that the call counts for: ServerOptions::kept_bytes_max
    Endpoint peer;
    SessionRef session;
    // Of the server, which other threads must not ask: it may be gone. Null: a dead world.
    Executor* executor = nullptr;
    InFlightGate* gate = nullptr;  // that counts it
    TimePoint began = no_deadline;
    // No servant has taken it over yet: it may move, and its request is whole.
    bool waits = false;
    bool for_handlers = false;  // threads may hold it
  };

  Extras& extras() {
    if (!extras_) extras_ = std::make_unique<Extras>();
    return *extras_;
  }
  ServerCore* core() const { return kept_ ? kept_->core : core_; }
  std::optional<trace::DyeRule> dye_rule() const;
  tars::DecodeOptions decode_options() const;
  // Null: nobody is there to answer.
  ReplyPath* path() const;
  // The output to write the frame to; null: there is no answer to write.
  ByteBuffer* begin_answer(tars::ResponseHeader& header);
  void finish_answer(const Result<>& encoded);
  void answer_tup(tars::ResponseHeader& outcome, std::span<const std::byte> encoded);
  void finish(Result<ByteBuffer> body);
  void tell_observer() const;
  void give_to_taker(Result<tars::EncodedAnswer> answer);
  void leave(Result<ByteBuffer> body);
  // Counts the call as in flight, with so many bytes.
  Kept& link_kept(std::size_t bytes);
  // For a queue: `request` is the same in a copy that lives as long as this.
  void keep_waiting(const tars::RequestView& request, bool for_handlers);
  void take_over(std::coroutine_handle<> frame);

  ServerCore* core_;  // these two until kept
  ReplyPath* path_;
  std::size_t request_bytes_;
  const tars::RequestView* request_;
  CallRules rules_;
  std::unique_ptr<Extras> extras_;
  std::unique_ptr<Kept> kept_;
  AnswerTaker* taker_ = nullptr;
  std::int32_t ret_ = 0;  // of the answer
  Away* away_ = nullptr;  // on a handler thread
  bool answered_ = false;
};

}  // namespace tarsier
