package interop;

import com.qq.tars.common.support.Holder;
import gen.interop.Nested;
import gen.interop.ProbeServant;
import gen.interop.Scalars;

/** Interop.Probe, as far as TarsJava goes: no push, no graceful end, no context of the request. */
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
    return "";
  }

  @Override
  public void subscribe(int count) {}

  @Override
  public int news(Holder<String> text) {
    text.setValue("");
    return 0;
  }

  @Override
  public void retire() {}
}
