package interop;

import com.qq.tars.client.Communicator;
import com.qq.tars.client.CommunicatorConfig;
import com.qq.tars.client.CommunicatorFactory;
import com.qq.tars.common.support.Holder;
import gen.interop.Nested;
import gen.interop.ProbePrx;
import gen.interop.Scalars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The TarsJava peer as a client: ProbeClient PORT tarsier|go|node|java. */
public final class ProbeClient {
  private static final int LARGE_BYTES = 10 * 1024 * 1024 - 512;
  private static boolean failed;

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
    return Objects.equals(found, wanted) ? null : what + " is another than was sent";
  }

  private static String scalars(ProbePrx probe, Scalars value) {
    Holder<Scalars> copy = new Holder<>(new Scalars());
    long sum = probe.scalars(value, copy);
    if (sum != Samples.sum(value)) return "the sum is " + sum;
    return differs("the copy", Samples.complete(copy.getValue()), value);
  }

  private static String nested(ProbePrx probe, Nested value) {
    Holder<Nested> copy = new Holder<>();
    int count = probe.nested(value, copy);
    if (count != value.leaves.size()) return "count " + count;
    Nested found = Samples.complete(copy.getValue());
    // Arrays have no equality in Java.
    if (!Arrays.equals(found.blob, value.blob)) return "the blob is another than was sent";
    if (!Arrays.equals(found.blobs.get("b"), value.blobs.get("b"))) return "a blob differs";
    found.setBlob(value.blob);
    found.setBlobs(value.blobs);
    return differs("the copy", found, value);
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

  private static String fails(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException expected) {
      return null;
    }
    return "the call succeeded";
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

  public static void main(String[] arguments) throws Exception {
    String server = arguments[1];
    CommunicatorConfig config = new CommunicatorConfig();
    config.setModuleName("Interop.ProbeClient");
    config.setSyncInvokeTimeout(20000);
    config.setAsyncInvokeTimeout(20000);
    Communicator communicator = CommunicatorFactory.getInstance().getCommunicator(config);
    String endpoint = "@tcp -h 127.0.0.1 -p " + arguments[0] + " -t 60000";
    ProbePrx probe =
        communicator.stringToProxy(ProbePrx.class, "Interop.ProbeServer.ProbeObj" + endpoint);

    test("scalars extreme", () -> scalars(probe, Samples.extreme()));
    test("scalars usual", () -> scalars(probe, Samples.usual()));
    test("scalars zero", () -> scalars(probe, Samples.zero()));
    test("nested", () -> nested(probe, Samples.nested()));
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
    test("error 1", () -> fails(() -> probe.fail(1, "because of a test")));
    test("error 1234", () -> fails(() -> probe.fail(1234, "because of a test")));
    if (server.equals("java")) {
      System.out.println("skip context: TarsJava gives none to its servants");
    } else {
      test("context", () -> recall(probe));
    }
    if (server.equals("tarsier")) {
      ProbePrx other =
          communicator.stringToProxy(ProbePrx.class, "Interop.ProbeServer.OtherObj" + endpoint);
      test("unknown servant", () -> fails(other::nothing));
    } else {
      System.out.println("skip unknown servant: only Tarsier is asked");
    }
    System.out.println("skip push: TarsJava 1.7 has none");
    System.out.flush();
    Runtime.getRuntime().halt(failed ? 1 : 0);
  }
}
