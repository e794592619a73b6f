#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "transport/base/function.h"
#include "transport/base/result.h"
#include "transport/task.h"

namespace tarsier {

// Functions of the user's around an operation, of three kinds:
//
//   before   each in order, then
//   around   the first is outermost: it calls the rest, and so on to the operation itself, then
//   after    each in order, with what came of it.
//
// Those before may change the call; an error that they, or those after, return is told to whoever
// runs the operation, and changes nothing. Those around decide: they may answer without calling the
// rest, call it several times, change the call first, and see and change what comes back.
//
//   Filters<Call, Answer> filters;
//   filters.around([](Call& call, auto next) -> Task<Result<Answer>> {
//     auto first = co_await next(call);
//     if (first) co_return first;
//     co_return co_await next(call);
//   });
//
// Functions are added while nothing runs through them. They belong to one loop and outlive what
// they were given to, as long as its loop runs.
template <class Call, class Answer>
class Filters {
 public:
  using Outcome = Result<Answer>;

  // The operation that is filtered.
  class Operation {
   public:
    virtual ~Operation() = default;
    virtual Task<Outcome> perform(Call& call) = 0;
    // The filters around it have ended; those after come next.
    virtual void ending(Call& call) = 0;
    // `which` ("the 2nd filter before") failed, which had no effect.
    virtual void filter_failed(const Call& call, const std::string& which, const Error& why) = 0;
  };

  // What a filter around calls. Any number of times, one after the other or not; it lives as long
  // as the call.
  class Next {
   public:
    Next(Filters& filters, std::size_t index, Operation& operation)
        : filters_(&filters), index_(index), operation_(&operation) {}
    Task<Outcome> operator()(Call& call) const {
      if (index_ == filters_->around_.size()) return operation_->perform(call);
      return filters_->around_[index_](call, Next(*filters_, index_ + 1, *operation_));
    }

   private:
    Filters* filters_;
    std::size_t index_;
    Operation* operation_;
  };

  using Before = UniqueFunction<Result<>(Call& call)>;
  using Around = UniqueFunction<Task<Outcome>(Call& call, Next next)>;
  using After = UniqueFunction<Result<>(const Call& call, const Outcome& outcome)>;

  Filters() = default;
  Filters(const Filters&) = delete;
  Filters& operator=(const Filters&) = delete;

  void before(Before filter) { before_.push_back(std::move(filter)); }
  void around(Around filter) { around_.push_back(std::move(filter)); }
  void after(After filter) { after_.push_back(std::move(filter)); }
  bool empty() const { return before_.empty() && around_.empty() && after_.empty(); }

  // `call` and `operation` outlive the task. What a filter around throws becomes Code::unknown.
  Task<Outcome> run(Call& call, Operation& operation) {
    for (std::size_t i = 0; i < before_.size(); ++i)
      heed(operation, call, i, "before", [&] { return before_[i](call); });
    Outcome outcome = Error(Code::unknown, "a filter threw something that is no std::exception");
    try {
      Task<Outcome> all = Next(*this, 0, operation)(call);
      outcome = co_await all;
    } catch (const std::exception& exception) {
      outcome = Error(Code::unknown, exception.what());
    } catch (...) {
    }
    operation.ending(call);
    for (std::size_t i = 0; i < after_.size(); ++i)
      heed(operation, call, i, "after", [&] { return after_[i](call, outcome); });
    co_return outcome;
  }

 private:
  template <class Filter>
  static void heed(Operation& operation, const Call& call, std::size_t index, std::string_view kind,
                   const Filter& filter) {
    Result<> result = Error(Code::unknown, "it threw something that is no std::exception");
    try {
      result = filter();
    } catch (const std::exception& exception) {
      result = Error(Code::unknown, std::string("it threw '") + exception.what() + "'");
    } catch (...) {
    }
    if (result) return;
    operation.filter_failed(
        call, "filter " + std::to_string(index + 1) + " " + std::string(kind) + " the call",
        result.error());
  }

  // Those that are running keep their place.
  std::deque<Before> before_;
  std::deque<Around> around_;
  std::deque<After> after_;
};

}  // namespace tarsier
