// Made by tars2cpp from Everything.tars. Change that file instead of this one.
#pragma once

#include <gmock/gmock.h>

#include "Everything.h"

namespace Shapes {

class MockEmptyServant : public EmptyServant {
 public:
};

class MockEmptySyncServant : public EmptySyncServant {
 public:
};

class MockEmptyAsyncServant : public EmptyAsyncServant {
 public:
};

class MockPainterServant : public PainterServant {
 public:
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::nothingResult>>), nothing, (
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::countResult>>), count, (
      const std::vector<std::int32_t>& numbers, (const std::map<std::string, Shapes::Key>&),
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::mixResult>>), mix, (
      Color first, Color second, const std::string& key_, bool fast,
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::long_name_of_a_functionResult>>), long_name_of_a_function, (
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::deleteResult>>), delete_, (
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, tarsier::ServerCall& call_), (override));
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::KeyResult>>), Key, (
      const Shapes::Key& Key_, tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::gridResult>>), grid, (
      (const std::array<std::int32_t, 4>&), std::uint8_t level, const std::vector<std::int8_t>& raw,
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Task<tarsier::Result<PainterApi::mix_Result>>), mix_, (
      std::int32_t a, tarsier::ServerCall& call), (override));
};

class MockPainterSyncServant : public PainterSyncServant {
 public:
  MOCK_METHOD((tarsier::Result<PainterApi::nothingResult>), nothing, (
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Result<PainterApi::countResult>), count, (
      const std::vector<std::int32_t>& numbers, (const std::map<std::string, Shapes::Key>&),
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Result<PainterApi::mixResult>), mix, (
      Color first, Color second, const std::string& key_, bool fast,
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Result<PainterApi::long_name_of_a_functionResult>), long_name_of_a_function, (
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Result<PainterApi::deleteResult>), delete_, (
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, tarsier::ServerCall& call_), (override));
  MOCK_METHOD((tarsier::Result<PainterApi::KeyResult>), Key, (
      const Shapes::Key& Key_, tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Result<PainterApi::gridResult>), grid, (
      (const std::array<std::int32_t, 4>&), std::uint8_t level, const std::vector<std::int8_t>& raw,
      tarsier::ServerCall& call), (override));
  MOCK_METHOD((tarsier::Result<PainterApi::mix_Result>), mix_, (
      std::int32_t a, tarsier::ServerCall& call), (override));
};

class MockPainterAsyncServant : public PainterAsyncServant {
 public:
  MOCK_METHOD((void), nothing, (tarsier::Reply<PainterApi::nothingResult> reply), (override));
  MOCK_METHOD((void), count, (
      const std::vector<std::int32_t>& numbers, (const std::map<std::string, Shapes::Key>&),
      tarsier::Reply<PainterApi::countResult> reply), (override));
  MOCK_METHOD((void), mix, (
      Color first, Color second, const std::string& key_, bool fast,
      tarsier::Reply<PainterApi::mixResult> reply), (override));
  MOCK_METHOD((void), long_name_of_a_function, (
      const Sampler::Bag& a_rather_long_parameter, const std::vector<Sampler::Point>& another_one,
      tarsier::Reply<PainterApi::long_name_of_a_functionResult> reply), (override));
  MOCK_METHOD((void), delete_, (
      std::int32_t options, std::int32_t callback, std::int32_t visit, std::int32_t call,
      std::int32_t reply, tarsier::Reply<PainterApi::deleteResult> reply_), (override));
  MOCK_METHOD((void), Key, (
      const Shapes::Key& Key_, tarsier::Reply<PainterApi::KeyResult> reply), (override));
  MOCK_METHOD((void), grid, (
      (const std::array<std::int32_t, 4>&), std::uint8_t level, const std::vector<std::int8_t>& raw,
      tarsier::Reply<PainterApi::gridResult> reply), (override));
  MOCK_METHOD((void), mix_, (
      std::int32_t a, tarsier::Reply<PainterApi::mix_Result> reply), (override));
};

}  // namespace Shapes

namespace Other {

class MockCopierServant : public CopierServant {
 public:
  MOCK_METHOD((tarsier::Task<tarsier::Result<CopierApi::copyResult>>), copy, (
      const Shapes& what, const ::Shapes::Key& by, tarsier::ServerCall& call), (override));
};

class MockCopierSyncServant : public CopierSyncServant {
 public:
  MOCK_METHOD((tarsier::Result<CopierApi::copyResult>), copy, (
      const Shapes& what, const ::Shapes::Key& by, tarsier::ServerCall& call), (override));
};

class MockCopierAsyncServant : public CopierAsyncServant {
 public:
  MOCK_METHOD((void), copy, (
      const Shapes& what, const ::Shapes::Key& by,
      tarsier::Reply<CopierApi::copyResult> reply), (override));
};

}  // namespace Other

