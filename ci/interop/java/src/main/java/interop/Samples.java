package interop;

import gen.interop.Leaf;
import gen.interop.Nested;
import gen.interop.Point;
import gen.interop.Scalars;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** The values that every peer program sends, as in samples.h. */
final class Samples {
  static final int GREEN = 5;
  static final int BLUE = 6;

  private Samples() {}

  static Scalars extreme() {
    return new Scalars(true, (byte) -128, (short) -32768, Integer.MIN_VALUE, -4503599627370496L,
        1.5f, -2.25e300, "Tarsier grüßt 你好", (short) 255, 65535, 4294967295L, GREEN, 8, "",
        4611686018427387904L);
  }

  static Scalars usual() {
    return new Scalars(false, (byte) 1, (short) 300, 70000, 1L << 40, -0.25f, 0.1, "x",
        (short) 128, 32768, 2147483648L, BLUE, 7, "none", 0L);
  }

  static Scalars zero() {
    Scalars zero = new Scalars();
    zero.setText("");
    return zero;
  }

  /** TarsJava reads an absent optional field as 0 or null and not as its default. */
  static Scalars complete(Scalars v) {
    if (v.number == 0) v.setNumber(7);
    if (v.word == null) v.setWord("none");
    return v;
  }

  static Nested complete(Nested v) {
    complete(v.scalars);
    complete(v.maybe);
    v.leaves.forEach(Samples::complete);
    v.table.values().forEach(Samples::complete);
    if (v.extra == null) v.setExtra(Collections.emptyList());
    return v;
  }

  private static void complete(Leaf leaf) {
    if (leaf.name == null) leaf.setName("");
  }

  static long sum(Scalars v) {
    return (v.flag ? 1 : 0) + v.tiny + v.little + (long) v.medium + v.big + v.utiny + v.ulittle
        + v.umedium + v.colour;
  }

  private static Leaf leaf(int id, String name, int x, int y) {
    return new Leaf(id, name, new Point(x, y));
  }

  private static <K, V> Map<K, V> map(K key, V value) {
    Map<K, V> map = new HashMap<>();
    map.put(key, value);
    return map;
  }

  private static <K, V> Map<K, V> map(K key, V value, K other, V second) {
    Map<K, V> map = map(key, value);
    map.put(other, second);
    return map;
  }

  static Nested nested() {
    Nested v = new Nested();
    v.setScalars(extreme());
    v.setBlob(new byte[] {0, 1, -1, 127, -128});
    v.setNumbers(Arrays.asList(0, 127, 128, -32769, 70000));
    v.setWords(Arrays.asList("", "a", "zwölf"));
    v.setFlags(Arrays.asList(true, false, true));
    v.setRatios(Arrays.asList(0.0, -1.5, 1e100));
    v.setLeaves(Arrays.asList(leaf(1, "one", 1, -1), leaf(2, "", 0, 0)));
    v.setGrid(Arrays.asList(Collections.emptyList(), Arrays.asList(1), Arrays.asList(2, 3)));
    v.setCounts(map("", 0, "k", 1));
    v.setNames(map(-1, "minus", 65536, "big"));
    v.setGroups(map("g", Arrays.asList("a", "b"), "empty", Collections.emptyList()));
    v.setTable(map("t", leaf(3, "three", 3, 3)));
    v.setDeep(map("d", map(1, 2L, 3, 1L << 40)));
    v.setRows(Arrays.asList(map("a", "b"), new HashMap<>()));
    v.setPlaces(map(new Point(1, 2), "here", new Point(-1, 0), "there"));
    v.setColours(Arrays.asList(0, BLUE));
    v.setMaybe(leaf(9, "maybe", 0, 5));
    v.setExtra(Arrays.asList(1L << 50, -1L));
    v.setBlobs(map("b", new byte[] {1, 2, 3}));
    return v;
  }
}
