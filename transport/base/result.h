#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "transport/base/check.h"
#include "transport/base/error.h"

namespace tarsier {

// A value or an Error. Asking for the one that is not there is a bug and stops the program.
template <class T = void>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return check_value(), *std::get_if<0>(&state_); }
  const T& value() const& { return check_value(), *std::get_if<0>(&state_); }
  T&& value() && { return check_value(), std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return check_error(), *std::get_if<1>(&state_); }
  Error&& error() && { return check_error(), std::move(*std::get_if<1>(&state_)); }
  Code code() const { return ok() ? Code::ok : std::get_if<1>(&state_)->code; }

 private:
  void check_value() const {
    if (!ok()) [[unlikely]]
      check_failed("ok()", "Result", 0, "value() of an error: " + error().to_string());
  }
  void check_error() const { TARSIER_CHECK(!ok(), "error() of a Result that holds a value"); }

  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  void value() const {
    if (!ok()) [[unlikely]]
      check_failed("ok()", "Result", 0, "value() of an error: " + error_->to_string());
  }
  const Error& error() const& { return check_error(), *error_; }
  Error&& error() && { return check_error(), std::move(*error_); }
  Code code() const { return ok() ? Code::ok : error_->code; }

 private:
  void check_error() const { TARSIER_CHECK(!ok(), "error() of a Result that holds a value"); }

  std::optional<Error> error_;
};

}  // namespace tarsier

#define TARSIER_CONCAT_(a, b) a##b
#define TARSIER_CONCAT(a, b) TARSIER_CONCAT_(a, b)

// TARSIER_TRY(auto x, f()): declares x from the value of f(), or returns its error.
#define TARSIER_TRY(declaration, expression) \
  TARSIER_TRY_(return, TARSIER_CONCAT(tarsier_try_, __LINE__), declaration, expression)
// The same inside a coroutine.
#define TARSIER_CO_TRY(declaration, expression) \
  TARSIER_TRY_(co_return, TARSIER_CONCAT(tarsier_try_, __LINE__), declaration, expression)
// TARSIER_TRY_VOID(f()): returns the error of f() if it has one.
#define TARSIER_TRY_VOID(expression)                                 \
  do {                                                               \
    if (auto tarsier_try_result = (expression); !tarsier_try_result) \
      return std::move(tarsier_try_result).error();                  \
  } while (false)
#define TARSIER_TRY_(leave, name, declaration, expression) \
  auto name = (expression);                                \
  if (!name) leave std::move(name).error();                \
  declaration = std::move(name).value()
