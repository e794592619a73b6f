package interop;

import gen.interop.Fixed;
import gen.interop.Leaf;
import gen.interop.Mixed;
import gen.interop.Nested;
import gen.interop.Point;
import gen.interop.Scalars;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

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

  /** A value in words; what is empty and what is missing look the same. */
  static String text(Object value) {
    if (value == null || "".equals(value)) return "";
    if (value instanceof byte[]) {
      return text(new String((byte[]) value, StandardCharsets.ISO_8859_1));
    }
    if (value instanceof Collection) {
      StringBuilder items = new StringBuilder();
      for (Object item : (Collection<?>) value) items.append('[').append(text(item)).append(']');
      return items.toString();
    }
    if (value instanceof Map) {
      Map<String, String> pairs = new TreeMap<>();
      ((Map<?, ?>) value).forEach((key, mapped) -> pairs.put(text(key), text(mapped)));
      return pairs.isEmpty() ? "" : pairs.toString();
    }
    if (!value.getClass().getName().startsWith("gen.")) return value.toString();
    StringBuilder fields = new StringBuilder("{");
    for (Field field : value.getClass().getFields()) {
      if (Modifier.isStatic(field.getModifiers())) continue;
      try {
        fields.append(field.getName()).append(": ").append(text(field.get(value))).append(", ");
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
    }
    return fields.append('}').toString();
  }

  static Nested complete(Nested v) {
    complete(v.scalars);
    if (v.maybe.name == null) v.maybe.setName("");
    v.leaves.forEach(leaf -> leaf.setName(leaf.name == null ? "" : leaf.name));
    if (v.extra == null) v.setExtra(Collections.emptyList());
    return v;
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
    v.setUbytes(Arrays.asList((short) 0, (short) 127, (short) 128, (short) 255));
    return v;
  }

  static Mixed mixed() {
    Mixed v = new Mixed();
    v.setShorts(Arrays.asList((short) 0, (short) -129, (short) 32767));
    v.setFloats(Arrays.asList(0f, 1.5f, -0.25f));
    v.setUshorts(Arrays.asList(0, 32768, 65535));
    v.setUints(Arrays.asList(0L, 2147483648L, 4294967295L));
    v.setBlobs(Arrays.asList(new byte[] {}, new byte[] {1, -1}));
    v.setGroves(Arrays.asList(
        Collections.emptyList(), Arrays.asList(leaf(1, "one", 1, -1), leaf(2, "", 0, 0))));
    v.setRatios(map(-1L, 0.5, 1L << 40, -1e100));
    v.setFlags(map((byte) -128, true, (byte) 127, false));
    v.setNames(map((short) -300, "minus", (short) 300, "plus"));
    v.setLeaves(map(0, leaf(3, "three", 3, 3), BLUE, leaf(4, "", 0, 4)));
    v.setShares(map(1L, 0.5f, 4294967295L, 1.5f));
    v.setWoods(map(
        "w", map("empty", Collections.emptyList(), "g", Arrays.asList(leaf(5, "five", 5, 5)))));
    v.setRows(Arrays.asList(new HashMap<>(), map(-1, Arrays.asList("a", ""))));
    v.setNotes(map("k", "v"));
    return v;
  }

  static Mixed mixedEmpty() {
    Mixed v = new Mixed();
    v.setShorts(Collections.emptyList());
    v.setFloats(Collections.emptyList());
    v.setUshorts(Collections.emptyList());
    v.setUints(Collections.emptyList());
    v.setBlobs(Collections.emptyList());
    v.setGroves(Collections.emptyList());
    v.setRatios(new HashMap<>());
    v.setFlags(new HashMap<>());
    v.setNames(new HashMap<>());
    v.setLeaves(new HashMap<>());
    v.setShares(new HashMap<>());
    v.setWoods(new HashMap<>());
    v.setRows(Collections.emptyList());
    return v;
  }

  static Fixed fixed() {
    Fixed v = new Fixed();
    v.setFour(Arrays.asList(1, -2, 300, 70000));
    v.setRaw(new byte[] {1, 0, -1});
    v.setWords(Arrays.asList("a", ""));
    v.setLeaves(Arrays.asList(leaf(1, "one", 1, -1), leaf(0, "", 0, 0)));
    v.setSmall(Arrays.asList((short) 200, (short) 255));
    v.setPair(Arrays.asList(0.5, -1.0));
    v.setCode(new byte[] {'c', 'o', 'd', 'e', 0, 0, 0, 0});
    v.setThree(Arrays.asList((short) 1, (short) 300, (short) -3));
    v.setRest(new byte[] {9, 8});
    return v;
  }

  static int sum(Fixed v) {
    return v.four.stream().mapToInt(Integer::intValue).sum();
  }
}
