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
		Ubytes:  []uint8{0, 127, 128, 255},
	}
}

func Mixed() Interop.Mixed {
	return Interop.Mixed{
		Shorts:  []int16{0, -129, 32767},
		Floats:  []float32{0, 1.5, -0.25},
		Ushorts: []uint16{0, 32768, 65535},
		Uints:   []uint32{0, 2147483648, 4294967295},
		Blobs:   [][]int8{{}, {1, -1}},
		Groves:  [][]Interop.Leaf{{}, {leaf(1, "one", 1, -1), leaf(2, "", 0, 0)}},
		Ratios:  map[int64]float64{-1: 0.5, 1 << 40: -1e100},
		Flags:   map[int8]bool{-128: true, 127: false},
		Names:   map[int16]string{-300: "minus", 300: "plus"},
		Leaves: map[Interop.Colour]Interop.Leaf{Interop.Colour_Red: leaf(3, "three", 3, 3),
			Interop.Colour_Blue: leaf(4, "", 0, 4)},
		Shares: map[uint32]float32{1: 0.5, 4294967295: 1.5},
		Woods: map[string]map[string][]Interop.Leaf{
			"w": {"empty": {}, "g": {leaf(5, "five", 5, 5)}}},
		Rows:  []map[int32][]string{{}, {-1: {"a", ""}}},
		Notes: map[string]string{"k": "v"},
	}
}

func Fixed() Interop.Fixed {
	return Interop.Fixed{
		Four:   [4]int32{1, -2, 300, 70000},
		Raw:    []int8{1, 0, -1},
		Words:  [2]string{"a", ""},
		Leaves: [2]Interop.Leaf{leaf(1, "one", 1, -1), leaf(0, "", 0, 0)},
		Small:  []uint8{200, 255},
		Pair:   [2]float64{0.5, -1},
		Code:   []int8{'c', 'o', 'd', 'e', 0, 0, 0, 0},
		Three:  []int16{1, 300, -3},
		Rest:   []int8{9, 8},
	}
}

// SumOf adds what the array holds.
func SumOf(v *Interop.Fixed) int32 { return v.Four[0] + v.Four[1] + v.Four[2] + v.Four[3] }

// Text shows a value; an empty and a missing container look the same.
func Text(value interface{}) string { return fmt.Sprintf("%v", value) }

// NewsText is what the i-th pushed news() says.
func NewsText(i int32) string { return fmt.Sprintf("news %d", i) }
