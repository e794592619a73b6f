#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "bench/codec/messages.h"
#include "protocol/tars/packet.h"
#ifdef TARSIER_BENCH_PROTOBUF
#include <messages.pb.h>
#endif

// The codec against memcpy of the encoded bytes, a copy of the C++ object ("objcopy"), and
// protobuf, in one run. The table at the end holds the ratios against those of targets/performance.
namespace tarsier::bench {
namespace {

// Nothing of it may be optimised away.
template <class T>
void use(T& value) {
  benchmark::DoNotOptimize(value);
  benchmark::ClobberMemory();
}

std::vector<std::byte> request_frame() {
  ByteBuffer buffer;
  const std::vector<std::byte> body(body_bytes, std::byte{7});
  (void)tars::write_frame(buffer, request_header(), body);
  return {buffer.span().begin(), buffer.span().end()};
}
template <class T>
std::vector<std::byte> field_of(const T& value) {
  ByteBuffer buffer;
  Writer(buffer).write(0, value);
  return {buffer.span().begin(), buffer.span().end()};
}

void copy_bytes(benchmark::State& state, const std::vector<std::byte>& source) {
  std::vector<std::byte> target(source.size());
  for (auto _ : state) {
    std::memcpy(target.data(), source.data(), source.size());
    use(target);
  }
}
template <class T>
void copy_object(benchmark::State& state, const T& source) {
  for (auto _ : state) {
    T copy(source);
    use(copy);
  }
}
template <class T>
void encode(benchmark::State& state, const T& value) {
  ByteBuffer buffer;
  for (auto _ : state) {
    buffer.clear();
    Writer(buffer).write(0, value);
    use(buffer);
  }
}
template <class T>
void decode(benchmark::State& state, const std::vector<std::byte>& bytes) {
  for (auto _ : state) {
    T value;
    Reader reader(bytes);
    if (!reader.read(0, value, Presence::required)) state.SkipWithError("refused");
    use(value);
  }
}

// The same value decoded again and again into memory that stays: how a server reads views.
template <class T>
void decode_again(benchmark::State& state, const std::vector<std::byte>& bytes) {
  T value;
  for (auto _ : state) {
    Reader reader(bytes);
    if (!reader.read(0, value, Presence::required)) state.SkipWithError("refused");
    use(value);
  }
}

tars::RequestPacket owned_request() {
  const auto frame = request_frame();
  tars::RequestPacket packet;
  Reader reader(std::span(frame).subspan(4));
  packet.tars_read(reader);
  return packet;
}

void encode_request(benchmark::State& state) {
  ByteBuffer buffer;
  const std::vector<std::byte> body(body_bytes, std::byte{7});
  tars::RequestHeader header = request_header();
  for (auto _ : state) {
    buffer.clear();
    ++header.request_id;
    const auto result =
        tars::write_frame(buffer, header, [&](Writer& writer) { writer.append(body); });
    if (!result.ok()) state.SkipWithError("refused");
    use(buffer);
  }
}
void decode_request_owned(benchmark::State& state) {
  const auto frame = request_frame();
  for (auto _ : state) {
    tars::RequestPacket packet;
    Reader reader(std::span(frame).subspan(4));
    if (!packet.tars_read(reader)) state.SkipWithError("refused");
    use(packet);
  }
}
void decode_request_views(benchmark::State& state) {
  const auto frame = request_frame();
  for (auto _ : state) {
    tars::RequestView view;
    if (!tars::decode_request(std::span(frame).subspan(4), view).ok())
      state.SkipWithError("refused");
    use(view);
  }
}

#ifdef TARSIER_BENCH_PROTOBUF
tarsier_bench::Request proto_request() {
  tarsier_bench::Request request;
  request.set_version(1);
  request.set_request_id(1'000'000);
  request.set_servant("Test.Echo.EchoObj");
  request.set_function("echoBin");
  request.set_body(std::string(body_bytes, '\7'));
  request.set_timeout_ms(3000);
  return request;
}
tarsier_bench::Catalogue proto_items() {
  tarsier_bench::Catalogue catalogue;
  for (const Item& item : items()) {
    auto& added = *catalogue.add_items();
    added.set_id(item.id);
    added.set_name(item.name);
    added.set_stamp(item.stamp);
    added.set_note(item.note);
    added.set_count(item.count);
  }
  return catalogue;
}
tarsier_bench::Labels proto_labels() {
  tarsier_bench::Labels message;
  for (const auto& [key, value] : labels()) (*message.mutable_labels())[key] = value;
  return message;
}
template <class Message>
void proto_encode(benchmark::State& state, const Message& message) {
  std::string buffer;
  for (auto _ : state) {
    buffer.clear();
    message.AppendToString(&buffer);
    use(buffer);
  }
}
template <class Message>
void proto_decode(benchmark::State& state, const Message& message) {
  const std::string bytes = message.SerializeAsString();
  for (auto _ : state) {
    Message copy;
    if (!copy.ParseFromString(bytes)) state.SkipWithError("refused");
    use(copy);
  }
}
#endif

// A row of the table: what is measured, what it is held against, and the reference figures.
struct Row {
  const char* subject;  // the benchmark
  // Its floors in this run. The bytes' own copy is one of encoding only.
  const char* memory;
  const char* objcopy;
  const char* protobuf;
  // ns in targets/performance
  double memory_reference;
  double objcopy_reference;
  double protobuf_reference;
  double goal;
};
constexpr Row rows[] = {
    {"request/encode", "request/memcpy", "request/objcopy", "request/protobuf_encode", 2.1, 49, 86,
     28},
    {"request/decode_owned", "", "request/objcopy", "request/protobuf_decode", 1, 49, 137, 70},
    {"request/decode_views", "", "request/objcopy", "request/protobuf_decode", 1, 49, 137, 35},
    {"items/encode", "items/memcpy", "items/objcopy", "items/protobuf_encode", 73, 5200, 4900,
     1300},
    {"items/decode_owned", "", "items/objcopy", "items/protobuf_decode", 1, 5200, 10100, 7000},
    {"items/decode_views", "", "items/objcopy", "items/protobuf_decode", 1, 5200, 10100, 1900},
    {"labels/encode", "labels/memcpy", "labels/objcopy", "labels/protobuf_encode", 16, 2760, 2390,
     450},
    {"labels/decode_owned", "", "labels/objcopy", "labels/protobuf_decode", 1, 2760, 7630, 5000},
    {"labels/decode_views", "", "labels/objcopy", "labels/protobuf_decode", 1, 2760, 7630, 380},
};

// Prints as usual and keeps the median (or only) time of each benchmark.
class Collector final : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name.empty() || run.aggregate_name == "median")
        ns_[run.run_name.function_name] = run.GetAdjustedCPUTime();
    }
    ConsoleReporter::ReportRuns(runs);
  }
  void print_table() const {
    std::printf("\n%-21s %8s %8s %21s %21s %21s\n", "", "ns", "goal ns", "/ memcpy (goal)",
                "/ objcopy (goal)", "/ protobuf (goal)");
    for (const Row& row : rows) {
      const double mine = time_of(row.subject);
      if (mine == 0) continue;
      std::printf("%-21s %8.1f %8.0f", row.subject, mine, row.goal);
      print_ratio(mine, time_of(row.memory), row.goal / row.memory_reference);
      print_ratio(mine, time_of(row.objcopy), row.goal / row.objcopy_reference);
      print_ratio(mine, time_of(row.protobuf), row.goal / row.protobuf_reference);
      std::printf("\n");
    }
  }

 private:
  double time_of(const char* name) const {
    const auto found = ns_.find(name);
    return found == ns_.end() ? 0 : found->second;
  }
  static void print_ratio(double mine, double floor, double goal) {
    if (floor == 0) {
      std::printf(" %21s", "");
    } else {
      const double ratio = mine / floor;
      std::printf("  %7.2f (%5.2f) %s", ratio, goal, ratio <= goal ? "ok  " : "MISS");
    }
  }

  std::map<std::string, double> ns_;
};

template <class F, class... Arguments>
void add(const char* name, F function, Arguments... arguments) {
  benchmark::RegisterBenchmark(name, function, arguments...);
}

void register_all() {
  using Labels = std::map<std::string, std::string>;
  const auto frame = request_frame();
  add("request/memcpy", copy_bytes, frame);
  add("request/objcopy", copy_object<tars::RequestPacket>, owned_request());
  add("request/encode", encode_request);
  add("request/decode_owned", decode_request_owned);
  add("request/decode_views", decode_request_views);
  const auto item_bytes = field_of(items());
  add("items/memcpy", copy_bytes, item_bytes);
  add("items/objcopy", copy_object<std::vector<Item>>, items());
  add("items/encode", encode<std::vector<Item>>, items());
  add("items/decode_owned", decode<std::vector<Item>>, item_bytes);
  add("items/decode_views", decode_again<std::vector<ItemView>>, item_bytes);
  const auto label_bytes = field_of(labels());
  add("labels/memcpy", copy_bytes, label_bytes);
  add("labels/objcopy", copy_object<Labels>, labels());
  add("labels/encode", encode<Labels>, labels());
  add("labels/decode_owned", decode<Labels>, label_bytes);
  add("labels/decode_views", decode_again<tars::FlatMap<std::string_view, std::string_view>>,
      label_bytes);
  std::printf("bytes: request %zu, items %zu, labels %zu\n", frame.size(), item_bytes.size(),
              label_bytes.size());
#ifdef TARSIER_BENCH_PROTOBUF
  add("request/protobuf_encode", proto_encode<tarsier_bench::Request>, proto_request());
  add("request/protobuf_decode", proto_decode<tarsier_bench::Request>, proto_request());
  add("items/protobuf_encode", proto_encode<tarsier_bench::Catalogue>, proto_items());
  add("items/protobuf_decode", proto_decode<tarsier_bench::Catalogue>, proto_items());
  add("labels/protobuf_encode", proto_encode<tarsier_bench::Labels>, proto_labels());
  add("labels/protobuf_decode", proto_decode<tarsier_bench::Labels>, proto_labels());
#endif
}

}  // namespace
}  // namespace tarsier::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  tarsier::bench::register_all();
  tarsier::bench::Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  collector.print_table();
}
