#include <cstddef>
#include <cstdint>
#include <vector>

// The canary: a decoder with the classic mistake, a length that is believed before it is checked.
// The fuzzers are alive only while they find this within seconds (./dev fuzz, .ci/run).
namespace {

struct Cursor {
  const std::uint8_t* data;
  std::size_t size;
};

// Magic, then a length, then that many bytes.
unsigned sum_of_body(Cursor in) {
  if (in.size < 4 || in.data[0] != 'T' || in.data[1] != 'R' || in.data[2] != 'S') return 0;
  std::vector<std::uint8_t> body(in.data + 4, in.data + in.size);
  unsigned sum = 0;
  for (std::size_t i = 0; i < in.data[3]; ++i) sum += body.data()[i];  // the planted bug
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  volatile unsigned sum = sum_of_body(Cursor{data, size});
  static_cast<void>(sum);
  return 0;
}
