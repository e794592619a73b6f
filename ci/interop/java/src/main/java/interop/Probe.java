package interop;

import com.qq.tars.common.support.Holder;
import com.qq.tars.net.core.Session;
import com.qq.tars.protocol.util.TarsHelper;
import com.qq.tars.rpc.protocol.tars.TarsServantRequest;
import com.qq.tars.rpc.protocol.tars.TarsServantResponse;
import com.qq.tars.server.core.ContextManager;
import gen.interop.Fixed;
import gen.interop.Mixed;
import gen.interop.Nested;
import gen.interop.ProbeServant;
import gen.interop.Scalars;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Objects;

/** Interop.Probe, as far as TarsJava goes: no graceful end, no context in answers. */
public final class Probe implements ProbeServant {
  private int notes;
  private String last = "";

  @Override
  public long scalars(Scalars value, Holder<Scalars> copy) {
    copy.setValue(Samples.complete(value));
    return Samples.sum(value);
  }

  @Override
  public int nested(Nested value, Holder<Nested> copy) {
    copy.setValue(Samples.complete(value));
    return value.leaves.size();
  }

  @Override
  public int mixed(Mixed value, Holder<Mixed> copy) {
    copy.setValue(value);
    return value.groves.size();
  }

  @Override
  public int fixed(Fixed value, Holder<Fixed> copy) {
    copy.setValue(value);
    return Samples.sum(value);
  }

  @Override
  public byte[] bytes(byte[] payload) {
    return payload;
  }

  @Override
  public int add(int left, int right) {
    return left + right;
  }

  @Override
  public int slow(int delay, int value) {
    try {
      Thread.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return value;
  }

  @Override
  public void nothing() {}

  @Override
  public synchronized void note(String text) {
    ++notes;
    last = text;
  }

  @Override
  public synchronized int notes(Holder<String> text) {
    text.setValue(last);
    return notes;
  }

  @Override
  public void fail(int code, String text) {
    throw new IllegalStateException(text);
  }

  @Override
  public String recall(String name) {
    return Objects.toString(request().getContext().get(name), "");
  }

  // TarsJava has no call for a push; an answer with request id 0 on the connection is one.
  @Override
  public void subscribe(int count) {
    Session session = request().getIoSession();
    TarsServantRequest asked = new TarsServantRequest(session);
    asked.setServantName(request().getServantName());
    asked.setFunctionName("news");
    for (int i = 1; i <= count; ++i) {
      asked.setMethodParameters(new Object[] {new Holder<>("news " + i)});
      TarsServantResponse push = new TarsServantResponse(session);
      push.setRequest(asked);
      push.setTicketNumber(0);
      push.setRequestId(0);
      push.setVersion(TarsHelper.VERSION);
      push.setStatus(Collections.singletonMap("TARS_FUNC", "news"));
      push.setResult(i);
      try {
        session.write(push);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static TarsServantRequest request() {
    return (TarsServantRequest) ContextManager.getContext().request();
  }

  @Override
  public int news(Holder<String> text) {
    text.setValue("");
    return 0;
  }

  @Override
  public void retire() {}
}
