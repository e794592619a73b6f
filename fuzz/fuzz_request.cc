#include "fuzz/codec_oracles.h"
#include "protocol/tars/packet_writer.h"

namespace {

void fuzz(std::span<const std::byte> input) {
  using namespace tarsier;
  using namespace tarsier::tars;
  RequestView view;
  bool good = false;
  {
    const fuzz::AllocationMeter meter;
    good = decode_request(input, view).ok();
    TARSIER_FUZZ_EXPECT(!good || meter.peak_bytes() == 0);
  }
  const bool owned = fuzz::check_message<RequestPacket>(input);
  if (!good) return;
  TARSIER_FUZZ_EXPECT(owned && view.identified && version_is_supported(view.version));
  TARSIER_FUZZ_EXPECT(view.servant.size() <= limits::name_bytes_max);

  // The frame writer and the owned struct agree on the canonical form.
  RequestPacket packet;
  Reader reader(input);
  TARSIER_FUZZ_EXPECT(packet.tars_read(reader));
  RequestHeader header;
  header.version = view.version;
  header.packet_type = view.packet_type;
  header.message_type = view.message_type;
  header.request_id = view.request_id;
  header.servant = view.servant;
  header.function = view.function;
  header.timeout_ms = view.timeout_ms;
  header.body_bytes_guess = view.unknown_bytes;
  const StringMap context = view.context.to_map();
  const StringMap status = view.status.to_map();
  TARSIER_FUZZ_EXPECT(context == packet.context && status == packet.status);
  header.context = &context;
  header.status = &status;
  ByteBuffer frame;
  TARSIER_FUZZ_EXPECT(write_frame(frame, header, view.body).ok());
  TARSIER_FUZZ_EXPECT(frame.text().substr(4) == fuzz::message_of(packet).text());
}

}  // namespace

TARSIER_FUZZ(fuzz)
