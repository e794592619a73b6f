// Package probe holds what the server and the client of the TarsGo peer share.
package probe

import (
	"fmt"

	"interop/gen/Interop"
)

// Name of the object that every peer serves.
const Name = "Interop.ProbeServer.ProbeObj"

// Extreme has the ends of the ranges, Usual small values, Zero the defaults.
func Extreme() Interop.Scalars {
	return Interop.Scalars{Flag: true, Tiny: -128, Little: -32768, Medium: -2147483648,
		Big: -4503599627370496, Single: 1.5, Precise: -2.25e300, Text: "Tarsier grüßt 你好",
		Utiny: 255, Ulittle: 65535, Umedium: 4294967295, Colour: Interop.Colour_Green,
		Number: 8, Word: "", Far: 4611686018427387904}
}

func Usual() Interop.Scalars {
	return Interop.Scalars{Tiny: 1, Little: 300, Medium: 70000, Big: 1 << 40, Single: -0.25,
		Precise: 0.1, Text: "x", Utiny: 128, Ulittle: 32768, Umedium: 2147483648,
		Colour: Interop.Colour_Blue, Number: 7, Word: "none"}
}

func Zero() Interop.Scalars {
	return Interop.Scalars{Number: 7, Word: "none"}
}

func Sum(v *Interop.Scalars) int64 {
	sum := int64(v.Tiny) + int64(v.Little) + int64(v.Medium) + v.Big + int64(v.Utiny) +
		int64(v.Ulittle) + int64(v.Umedium) + int64(v.Colour)
	if v.Flag {
		sum++
	}
	return sum
}

func leaf(id int32, name string, x, y int32) Interop.Leaf {
	return Interop.Leaf{Id: id, Name: name, Place: Interop.Point{X: x, Y: y}}
}

func Nested() Interop.Nested {
	return Interop.Nested{
		Scalars: Extreme(),
		Blob:    []int8{0, 1, -1, 127, -128},
		Numbers: []int32{0, 127, 128, -32769, 70000},
		Words:   []string{"", "a", "zwölf"},
		Flags:   []bool{true, false, true},
		Ratios:  []float64{0, -1.5, 1e100},
		Leaves:  []Interop.Leaf{leaf(1, "one", 1, -1), leaf(2, "", 0, 0)},
		Grid:    [][]int32{{}, {1}, {2, 3}},
		Counts:  map[string]int32{"": 0, "k": 1},
		Names:   map[int32]string{-1: "minus", 65536: "big"},
		Groups:  map[string][]string{"g": {"a", "b"}, "empty": {}},
		Table:   map[string]Interop.Leaf{"t": leaf(3, "three", 3, 3)},
		Deep:    map[string]map[int32]int64{"d": {1: 2, 3: 1 << 40}},
		Rows:    []map[string]string{{"a": "b"}, {}},
		Places:  map[Interop.Point]string{{X: 1, Y: 2}: "here", {X: -1, Y: 0}: "there"},
		Colours: []Interop.Colour{Interop.Colour_Red, Interop.Colour_Blue},
		Maybe:   leaf(9, "maybe", 0, 5),
		Extra:   []int64{1 << 50, -1},
		Blobs:   map[string][]int8{"b": {1, 2, 3}},
	}
}

// Text shows a value; an empty and a missing container look the same.
func Text(value interface{}) string { return fmt.Sprintf("%v", value) }

// NewsText is what the i-th pushed news() says.
func NewsText(i int32) string { return fmt.Sprintf("news %d", i) }
