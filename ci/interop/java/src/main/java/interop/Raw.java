package interop;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.qq.tars.common.util.JSON;
import com.qq.tars.protocol.tars.TarsInputStream;
import com.qq.tars.protocol.tars.TarsOutputStream;
import com.qq.tars.rpc.protocol.tup.UniAttribute;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A connection of its own with the codec of TarsJava, for what its client does not do: TUP and
 * JSON, and many requests in one write.
 */
final class Raw implements AutoCloseable {
  static final short TUP_2 = 2;
  static final short TUP = 3;
  static final short JSON_VERSION = 5;

  /** What came back: the results of TUP are in `named`, those of the others in `body`. */
  static final class Answer {
    int id;
    int ret;
    String text = "";
    byte[] body;
    UniAttribute named;

    <T> T get(String name, T example) throws Exception {
      if (named != null) return named.getByClass(name.equals("tars_ret") ? "" : name, example);
      JsonObject object =
          JsonParser.parseString(new String(body, StandardCharsets.UTF_8)).getAsJsonObject();
      @SuppressWarnings("unchecked")
      T value = (T) JSON.fromJson(object.get(name).toString(), example.getClass());
      return value;
    }
  }

  private final Socket socket;
  private int lastId;

  Raw(int port) throws IOException {
    socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(10_000);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** A frame; `timeout` in milliseconds. */
  byte[] request(short version, String function, Map<String, Object> in, int timeout) {
    TarsOutputStream out = new TarsOutputStream();
    out.setServerEncoding("UTF-8");
    out.write(version, 1);
    out.write((byte) 0, 2);
    out.write(0, 3);
    out.write(++lastId, 4);
    out.write("Interop.ProbeServer.ProbeObj", 5);
    out.write(function, 6);
    out.write(body(version, in), 7);
    out.write(timeout, 8);
    out.write(new HashMap<String, String>(), 9);
    out.write(new HashMap<String, String>(), 10);
    byte[] packet = out.toByteArray();
    return ByteBuffer.allocate(packet.length + 4).putInt(packet.length + 4).put(packet).array();
  }

  private static byte[] body(short version, Map<String, Object> in) {
    if (version == JSON_VERSION) return JSON.toJson(in).getBytes(StandardCharsets.UTF_8);
    if (version != TUP && version != TUP_2) {
      TarsOutputStream out = new TarsOutputStream();
      int tag = 0;
      for (Object value : in.values()) out.write(value, ++tag);
      return out.toByteArray();
    }
    UniAttribute attributes = new UniAttribute();
    attributes.setEncodeName("UTF-8");
    if (version == TUP) attributes.useVersion3();
    if (version == TUP_2) attributes.setNewDataNull();
    in.forEach(attributes::put);
    return attributes.encode();
  }

  void send(byte[]... frames) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] frame : frames) all.write(frame);
    socket.getOutputStream().write(all.toByteArray());
  }

  Answer receive() throws Exception {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] packet = new byte[in.readInt() - 4];
    in.readFully(packet);
    TarsInputStream fields = new TarsInputStream(packet);
    fields.setServerEncoding("UTF-8");
    short version = fields.read((short) 0, 1, true);
    Answer answer = new Answer();
    if (version != TUP && version != TUP_2) {
      answer.id = fields.read(0, 3, true);
      answer.ret = fields.read(0, 5, true);
      answer.body = fields.read(new byte[0], 6, true);
      answer.text = fields.readString(8, false);
      return answer;
    }
    answer.id = fields.read(0, 4, true);
    byte[] body = fields.read(new byte[0], 7, true);
    Map<String, String> example = new HashMap<>();
    example.put("", "");
    Map<?, ?> status = (Map<?, ?>) fields.read(example, 10, true);
    answer.ret = Integer.parseInt(String.valueOf(status.containsKey("STATUS_RESULT_CODE")
            ? status.get("STATUS_RESULT_CODE") : "0"));
    answer.text = (String) status.get("STATUS_RESULT_DESC");
    answer.named = new UniAttribute();
    answer.named.setEncodeName("UTF-8");
    if (version == TUP) {
      answer.named.decodeVersion3(body);
    } else {
      answer.named.decodeVersion2(body);
    }
    return answer;
  }

  Answer call(short version, String function, Map<String, Object> in) throws Exception {
    send(request(version, function, in, 10_000));
    return receive();
  }
}
