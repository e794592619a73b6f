package interop;

import com.qq.tars.client.Communicator;
import com.qq.tars.client.CommunicatorConfig;
import com.qq.tars.client.CommunicatorFactory;
import com.qq.tars.common.support.Holder;
import com.qq.tars.protocol.annotation.Servant;
import com.qq.tars.rpc.exc.ClientException;
import com.qq.tars.rpc.exc.ServerException;
import com.qq.tars.rpc.exc.ServerImpException;
import com.qq.tars.rpc.exc.ServerNoFuncException;
import com.qq.tars.rpc.exc.ServerNoServantException;
import com.qq.tars.rpc.exc.ServerQueueTimeoutException;
import com.qq.tars.rpc.exc.ServerUnknownException;
import com.qq.tars.rpc.exc.TimeoutException;
import gen.interop.Fixed;
import gen.interop.Mixed;
import gen.interop.Nested;
import gen.interop.ProbePrx;
import gen.interop.Scalars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The TarsJava peer as a client: ProbeClient PORT tarsier|go|node|java. */
public final class ProbeClient {
  private static final int LARGE_BYTES = 10 * 1024 * 1024 - 512;
  private static boolean failed;
  private static String server;

  private ProbeClient() {}

  private static void test(String name, Callable<String> run) {
    String why;
    try {
      why = run.call();
    } catch (Throwable error) {
      why = String.valueOf(error);
    }
    if (why != null) failed = true;
    System.out.println(why == null ? "ok " + name : "FAIL " + name + ": " + why);
  }

  private static String differs(String what, Object found, Object wanted) {
    String left = Samples.text(found);
    String right = Samples.text(wanted);
    return left.equals(right) ? null : what + " is " + left + ", not " + right;
  }

  private static String first(String... failures) {
    for (String failure : failures) {
      if (failure != null) return failure;
    }
    return null;
  }

  private static String scalars(ProbePrx probe, Scalars value) {
    Holder<Scalars> copy = new Holder<>(new Scalars());
    long sum = probe.scalars(value, copy);
    return first(differs("the sum", sum, Samples.sum(value)),
        differs("the copy", Samples.complete(copy.getValue()), value));
  }

  private static String nested(ProbePrx probe, Nested value) {
    Holder<Nested> copy = new Holder<>();
    int count = probe.nested(value, copy);
    return first(differs("the count", count, value.leaves.size()),
        differs("the copy", Samples.complete(copy.getValue()), value));
  }

  private static String mixed(ProbePrx probe, Mixed value) {
    Holder<Mixed> copy = new Holder<>();
    int count = probe.mixed(value, copy);
    return first(differs("the count", count, value.groves.size()),
        differs("the copy", copy.getValue(), value));
  }

  private static String fixed(ProbePrx probe) {
    Holder<Fixed> copy = new Holder<>();
    int sum = probe.fixed(Samples.fixed(), copy);
    return first(differs("the sum", sum, Samples.sum(Samples.fixed())),
        differs("the copy", copy.getValue(), Samples.fixed()));
  }

  private static String bytes(ProbePrx probe, int size) {
    byte[] payload = new byte[size];
    for (int i = 0; i < size; ++i) payload[i] = (byte) (i * 31);
    return Arrays.equals(probe.bytes(payload), payload) ? null : "other bytes came back";
  }

  private static String pipelined(ProbePrx probe) throws Exception {
    List<CompletableFuture<Integer>> sums = new ArrayList<>();
    for (int i = 0; i < 500; ++i) sums.add(probe.promise_add(i, 1000));
    for (int i = 0; i < 500; ++i) {
      int sum = sums.get(i).get(10, TimeUnit.SECONDS);
      if (sum != i + 1000) return "a sum is " + sum;
    }
    return null;
  }

  /** What the interface does not have. */
  @Servant
  public interface Stranger {
    void missing();
  }

  // What the caller catches has what the server answered as its cause.
  private static String refused(Throwable error, Class<?> wanted, int ret, String text) {
    if (!wanted.isInstance(error)) return "it is a " + error;
    int found = ((ServerException) error).getRet();
    if (found != ret) return "iRet is " + found + ", not " + ret;
    return error.getMessage().contains(text) ? null : "the text is '" + error.getMessage() + "'";
  }

  private static String fails(Runnable call, Class<?> wanted, int ret, String text) {
    try {
      call.run();
    } catch (ClientException error) {
      return refused(error.getCause(), wanted, ret, text);
    }
    return "the call succeeded";
  }

  private static void refusals(ProbePrx probe, Communicator communicator, String endpoint) {
    String text = "because of a test";
    for (int code : new int[] {1, 1234}) {
      // TarsJava tells -10 and no text, whatever a servant throws.
      test("error " + code, () -> server.equals("java")
          ? fails(() -> probe.fail(code, text), ServerImpException.class, -10, "")
          : fails(() -> probe.fail(code, text), ServerUnknownException.class, code, text));
    }
    Stranger stranger =
        communicator.stringToProxy(Stranger.class, "Interop.ProbeServer.ProbeObj" + endpoint);
    String found =
        server.equals("tarsier") ? "Interop.ProbeServer.ProbeObj has no function 'missing'" : "";
    test("unknown function", () -> server.equals("go")
        ? fails(stranger::missing, ServerUnknownException.class, 1, "func mismatch")
        : fails(stranger::missing, ServerNoFuncException.class, -3, found));
    if (!server.equals("tarsier") && !server.equals("java")) {
      System.out.println("skip unknown servant: the server does not look at the name");
      return;
    }
    ProbePrx other =
        communicator.stringToProxy(ProbePrx.class, "Interop.ProbeServer.OtherObj" + endpoint);
    test("unknown servant", () -> fails(other::nothing, ServerNoServantException.class, -4,
        server.equals("tarsier") ? "no servant 'Interop.ProbeServer.OtherObj'" : ""));
  }

  // The answer that comes behind the deadline does no harm.
  private static String late(ProbePrx probe, String endpoint) {
    ProbePrx hasty = communicator(50).stringToProxy(
        ProbePrx.class, "Interop.ProbeServer.ProbeObj" + endpoint);
    try {
      hasty.slow(300, 1);
      return "an answer came in time";
    } catch (ClientException late) {
      if (!(late.getCause() instanceof TimeoutException)) return "it is a " + late.getCause();
      return differs("the value", probe.slow(400, 2), 2);
    }
  }

  // A request that waits behind as many calls as the server runs at once for a connection, until it
  // is out of its time.
  private static String expired(int port) throws Exception {
    int atOnce = 16;
    try (Raw raw = new Raw(port)) {
      byte[][] frames = new byte[atOnce + 1][];
      for (int i = 0; i < atOnce; ++i) {
        frames[i] = raw.request((short) 1, "slow", in("delay", 200, "value", i), 5000);
      }
      frames[atOnce] = raw.request((short) 1, "add", in("left", 1, "right", 2), 50);
      raw.send(frames);
      for (int i = 0; i <= atOnce; ++i) {
        Raw.Answer answer = raw.receive();
        if (answer.id != atOnce + 1) continue;
        return refused(ServerException.makeException(answer.ret, answer.text),
            ServerQueueTimeoutException.class, -6, "expired before it ran");
      }
      return "no answer";
    }
  }

  private static Map<String, Object> in(Object... pairs) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) values.put((String) pairs[i], pairs[i + 1]);
    return values;
  }

  private static String echo(Raw raw, short version, String name, Object value, Object result)
      throws Exception {
    Raw.Answer answer = raw.call(version, name, in("value", value));
    if (answer.ret != 0) return "iRet is " + answer.ret + ": " + answer.text;
    Object copy = answer.get("copy", value);
    if (copy instanceof Scalars) Samples.complete((Scalars) copy);
    if (copy instanceof Nested) Samples.complete((Nested) copy);
    return first(differs("the result", answer.get("tars_ret", result), result),
        differs("the copy", copy, value));
  }

  private static void inFormat(String label, short version, int port) throws Exception {
    try (Raw raw = new Raw(port)) {
      test(label + "ping", () -> raw.call(version, "tars_ping", in()).ret == 0 ? null : "failed");
      for (Scalars value : new Scalars[] {Samples.extreme(), Samples.usual(), Samples.zero()}) {
        test(label + "scalars", () -> echo(raw, version, "scalars", value, Samples.sum(value)));
      }
      test(label + "mixed", () -> echo(raw, version, "mixed", Samples.mixed(), 2));
      test(label + "mixed empty", () -> echo(raw, version, "mixed", Samples.mixedEmpty(), 0));
      if (version == Raw.JSON_VERSION) {
        System.out.println("skip JSON nested: TarsJava's JSON has no maps with structs as keys");
        System.out.println("skip JSON fixed: byte arrays are strings in JSON to TarsCpp and us");
      } else {
        test(label + "nested", () -> echo(raw, version, "nested", Samples.nested(), 2));
        test(label + "fixed", () -> echo(raw, version, "fixed", Samples.fixed(), 70299));
      }
      test(label + "void", () -> raw.call(version, "nothing", in()).ret == 0 ? null : "failed");
      for (int code : new int[] {1, 1234}) {
        test(label + "error " + code, () -> {
          Raw.Answer answer =
              raw.call(version, "fail", in("code", code, "text", "because of a test"));
          return first(differs("iRet", answer.ret, code),
              differs("the text", answer.text, "because of a test"));
        });
      }
    }
  }

  // A running call is answered although the server ends; what else it sends does no harm.
  private static String retired(ProbePrx probe) throws Exception {
    CompletableFuture<Integer> slow = probe.promise_slow(700, 7);
    probe.retire();
    return differs("the value", slow.get(10, TimeUnit.SECONDS), 7);
  }

  // A call with a callback of null is one-way in TarsJava.
  private static String oneWay(ProbePrx probe) {
    Holder<String> last = new Holder<>("");
    int before = probe.notes(last);
    for (int i = 0; i < 10; ++i) probe.async_note(null, "note");
    for (int i = 0; i < 1000; ++i) {
      if (probe.notes(last) - before == 10) return differs("the note", last.getValue(), "note");
    }
    return "not all notes came";
  }

  private static String recall(ProbePrx probe) {
    Map<String, String> context = new HashMap<>();
    context.put("colour", "grün");
    return differs("the context", probe.recall("colour", context), "grün");
  }

  private static Communicator communicator(int timeout) {
    CommunicatorConfig config = new CommunicatorConfig();
    config.setModuleName("Interop.ProbeClient" + timeout);  // one communicator for each name
    config.setSyncInvokeTimeout(timeout);
    config.setAsyncInvokeTimeout(timeout);
    return CommunicatorFactory.getInstance().getCommunicator(config);
  }

  public static void main(String[] arguments) throws Exception {
    server = arguments[1];
    int port = Integer.parseInt(arguments[0]);
    Communicator communicator = communicator(20000);
    String endpoint = "@tcp -h 127.0.0.1 -p " + arguments[0] + " -t 60000";
    ProbePrx probe =
        communicator.stringToProxy(ProbePrx.class, "Interop.ProbeServer.ProbeObj" + endpoint);

    test("scalars extreme", () -> scalars(probe, Samples.extreme()));
    test("scalars usual", () -> scalars(probe, Samples.usual()));
    test("scalars zero", () -> scalars(probe, Samples.zero()));
    test("nested", () -> nested(probe, Samples.nested()));
    test("mixed", () -> mixed(probe, Samples.mixed()));
    test("mixed empty", () -> mixed(probe, Samples.mixedEmpty()));
    test("fixed", () -> fixed(probe));
    for (int size : new int[] {0, 1, 127, 128, 255, 256, 32767, 32768, 70000}) {
      test("bytes " + size, () -> bytes(probe, size));
    }
    test("large", () -> bytes(probe, LARGE_BYTES));
    test("void", () -> {
      probe.nothing();
      return null;
    });
    test("pipelined", () -> pipelined(probe));
    test("one-way", () -> oneWay(probe));
    refusals(probe, communicator, endpoint);
    test("timeout", () -> late(probe, endpoint));
    test("context", () -> recall(probe));
    // TarsJava's client has no push: what comes must not harm it.
    test("push is left alone", () -> {
      probe.subscribe(3);
      return differs("the sum", probe.add(40, 2), 42);
    });
    if (server.equals("tarsier")) {
      test("expired", () -> expired(port));
      inFormat("TUP ", Raw.TUP, port);
      inFormat("TUP 2 ", Raw.TUP_2, port);
      inFormat("JSON ", Raw.JSON_VERSION, port);
      test("graceful close", () -> retired(probe));
    } else {
      System.out.println("skip expired, TUP, JSON, graceful close: only Tarsier is asked");
    }
    System.out.flush();
    Runtime.getRuntime().halt(failed ? 1 : 0);
  }
}
