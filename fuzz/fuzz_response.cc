#include "fuzz/codec_oracles.h"
#include "protocol/tars/packet_writer.h"

namespace {

void fuzz(std::span<const std::byte> input) {
  using namespace tarsier;
  using namespace tarsier::tars;
  ResponseView view;
  bool good = false;
  {
    const fuzz::AllocationMeter meter;
    good = decode_response(input, view).ok();
    TARSIER_FUZZ_EXPECT(!good || meter.peak_bytes() == 0);
  }
  const bool owned = fuzz::check_message<ResponsePacket>(input);
  RequestView tup;
  if (decode_tup_reply(input, tup).ok()) TARSIER_FUZZ_EXPECT(tup.identified);
  if (!good) return;
  TARSIER_FUZZ_EXPECT(owned && view.identified);

  ResponsePacket packet;
  Reader reader(input);
  TARSIER_FUZZ_EXPECT(packet.tars_read(reader));
  ResponseHeader header;
  header.version = view.version;
  header.request_id = view.request_id;
  header.message_type = view.message_type;
  header.ret = view.ret;
  header.description = view.description;
  const StringMap context = view.context.to_map();
  const StringMap status = view.status.to_map();
  header.context = &context;
  header.status = &status;
  ByteBuffer frame;
  TARSIER_FUZZ_EXPECT(write_frame(frame, header, view.body).ok());
  // The writer has its own mind about two fields.
  packet.packet_type = packet_normal;
  packet.ret = view.ret < -99 ? -99 : view.ret;
  TARSIER_FUZZ_EXPECT(frame.text().substr(4) == fuzz::message_of(packet).text());
}

}  // namespace

TARSIER_FUZZ(fuzz)
