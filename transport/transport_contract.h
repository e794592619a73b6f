#pragma once

#include "transport/contract/address_contract.h"
#include "transport/contract/closing_contract.h"
#include "transport/contract/datagram_contract.h"
#include "transport/contract/loop_contract.h"
#include "transport/contract/model_contract.h"
#include "transport/contract/stream_contract.h"
#include "transport/contract/workers_contract.h"

// The exact specification of transport.h, executor.h, clock.h, timers.h, blocking.h and workers.h:
// one suite that every backend passes. Each expectation is what Linux does; a simulator follows it.
// (The suites of files.h and processes.h are contract/file_contract.h and
// contract/process_contract.h.)
//
// A backend writes a class that satisfies contract::World (contract/world.h) and says, in one file:
//   namespace tarsier::contract {
//   TARSIER_TRANSPORT_CONTRACT(Epoll, EpollContractWorld);
//   }
// The stream suites then run over TCP on IPv4, TCP on IPv6 and unix sockets.
#define TARSIER_TRANSPORT_CONTRACT(Name, WorldType)                                   \
  static_assert(::tarsier::contract::World<WorldType>);                               \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, StreamContract, StreamTypes<WorldType>);       \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, ClosingContract, StreamTypes<WorldType>);      \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, ModelContract, StreamTypes<WorldType>);        \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, DatagramContract, DatagramTypes<WorldType>);   \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, AddressContract, ::testing::Types<WorldType>); \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, LoopContract, ::testing::Types<WorldType>);    \
  INSTANTIATE_TYPED_TEST_SUITE_P(Name, WorkersContract, ::testing::Types<WorldType>)
