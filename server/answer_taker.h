#pragma once

#include "protocol/tars/encoded_answer.h"
#include "transport/base/result.h"

namespace tarsier {

class ServerCall;

// Who hears the answer of a call instead of its caller. The two know of each other until the call
// is answered or one of them ends; a call whose taker has ended answers nobody. Loop only.
class AnswerTaker {
 public:
  AnswerTaker() = default;
  AnswerTaker(const AnswerTaker&) = delete;
  AnswerTaker& operator=(const AnswerTaker&) = delete;

 protected:
  virtual ~AnswerTaker();

 private:
  friend class ServerCall;
  // May destroy the taker and the call.
  virtual void on_answer(Result<tars::EncodedAnswer> answer) = 0;

  ServerCall* call_ = nullptr;
};

}  // namespace tarsier
