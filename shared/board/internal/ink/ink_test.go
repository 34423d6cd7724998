package ink

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// check writes points after prev, reads them back and returns the block.
func check(t testing.TB, prev, points []Point) []byte {
	t.Helper()
	head := []byte("head")
	block := Append(head, prev, points)
	if !bytes.HasPrefix(block, head) {
		t.Fatal("Append changed what was in b")
	}
	block = block[len(head):]
	have := slices.Clone(prev)
	got, err := Parse(have, have, block, len(points))
	if err != nil {
		t.Fatalf("prev %v points %v block %x: %v", prev, points, block, err)
	}
	if !slices.Equal(got[:len(prev)], prev) || !slices.Equal(got[len(prev):], points) {
		t.Fatalf("prev %v block %x: got %v want %v", prev, block, got[len(prev):], points)
	}
	return block
}

func TestHands(t *testing.T) {
	for _, h := range kit {
		for k := range 20 {
			for _, n := range []int{0, 1, 2, 3, 4, 5, 10, 50, 64, 65, 66, 129, 130, 2000} {
				points := h.stroke(k, n)
				block := check(t, nil, points)
				if !slices.Equal(model(t, nil, block, n), points) {
					t.Fatalf("%s %d: a decoder written from the package comment reads something else", h.name, n)
				}
				if n == 2000 {
					break
				}
				for _, at := range []int{1, 2, 3, 5, 13, 40} {
					if at >= n {
						break
					}
					block := check(t, points[:at], points[at:])
					near := points[max(0, at-Context):at]
					if !bytes.Equal(block, check(t, near, points[at:])) {
						t.Fatal("points further back than Context changed the block")
					}
					if !slices.Equal(model(t, near, block, n-at), points[at:]) {
						t.Fatalf("%s %d of %d: a decoder written from the package comment reads something else", h.name, at, n)
					}
				}
			}
		}
	}
}

// wild returns points that no hand draws: any coordinates, the extreme ones often.
func wild(r *rand.Rand, n int) []Point {
	ends := []int32{math.MinInt32, math.MinInt32 + 1, -1, 0, 1, math.MaxInt32 - 1, math.MaxInt32}
	bits, shift := r.IntN(33), r.IntN(12)
	points := make([]Point, n)
	at := func() int32 {
		if r.IntN(8) == 0 {
			return ends[r.IntN(len(ends))]
		}
		return int32(r.Uint64()>>(64-bits)) << shift
	}
	still := r.IntN(2) == 0
	for i := range points {
		points[i] = Point{at(), at(), uint8(r.Uint32())}
		if still {
			points[i].Pressure = 7
		}
	}
	return points
}

func TestWild(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		points := wild(r, r.IntN(100))
		prev := wild(r, r.IntN(20))
		block := check(t, prev, points)
		if !slices.Equal(model(t, prev, block, len(points)), points) {
			t.Fatalf("a decoder written from the package comment reads something else\nprev %v\npoints %v", prev, points)
		}
		// 12 ones, a length of 5 bits and 31 bits are the longest code, 12 bits the longest parameters of a group.
		if most := 78 + 12 + len(points)*(48+48+16) + len(points)/64*16; len(block)*8 > most+7 {
			t.Fatalf("%d bytes for %d points", len(block), len(points))
		}
	}
}

func TestErrors(t *testing.T) {
	points := kit[1].stroke(1, 70)
	block := Append(nil, nil, points)
	dst := []Point{{1, 2, 3}}
	parse := func(block []byte, n int) error {
		t.Helper()
		got, err := Parse(dst, nil, block, n)
		if err != nil && !slices.Equal(got, dst) {
			t.Fatal("an error left points behind")
		}
		return err
	}
	expect := func(why string, want, got error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("%s: got %v, want %v", why, got, want)
		}
	}
	expect("a negative count", ErrCount, parse(block, -1))
	expect("bytes for no points", ErrTrailing, parse(block, 0))
	expect("no bytes for no points", nil, parse(nil, 0))
	expect("no bytes for a point", ErrShort, parse(nil, 1))
	expect("a count that memory could not hold", ErrShort, parse(block, math.MaxInt))
	expect("a byte too many", ErrTrailing, parse(append(slices.Clone(block), 0), 70))
	expect("a point too few asked for", ErrTrailing, parse(block, 60))
	for n := range block {
		if err := parse(block[:n], 70); !errors.Is(err, ErrShort) {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
	dot := Append(nil, nil, []Point{{0, 0, 255}}) // 5 + 1 + 1 + 8 bits: one bit of padding
	dot[1] |= 0x80
	expect("a padding bit of one", ErrPadding, parse(dot, 1))
	//             start      shift pred k pk   12 ones, 5 bits of length, then the value without its highest bit
	long := packed("00000 0 0 00000000", "0 000 0000 000", "111111111111 11000 111", "0")
	expect("an escaped 15 where 0 to 11 are short", nil, parse(long, 2))
	long = packed("00000 0 0 00000000", "0 000 0000 000", "111111111111 11000 110", "0")
	expect("an escaped 11", ErrEscape, parse(long, 2))
	expect("a step of 1<<29 units, shift 1", nil, parse(packed("00000 0 0 00000000", "1 000 000 0000 000", "111111111111 01111 000000000000000000000000000000", "0"), 2))
	expect("a step of 1<<30 units, shift 2", ErrStep, parse(packed("00000 0 0 00000000", "1 100 000 0000 000", "111111111111 11111 0000000000000000000000000000000", "0"), 2))
	expect("a step of 1<<30 units, shift 2, beside one of -1", ErrStep, parse(packed("00000 0 0 00000000", "1 100 000 0000 000", "111111111111 11111 0000000000000000000000000000000", "10"), 2))
	long = packed("00000 0 0 00000000", "0 000 0000 100 0", "0", "0", "11111111 00010000")
	expect("an escaped change of pressure of 8 where 0 to 7 are short", nil, parse(long, 2))
	long = packed("00000 0 0 00000000", "0 000 0000 100 0", "0", "0", "11111111 11100000")
	expect("an escaped change of pressure of 7", ErrEscape, parse(long, 2))
}

// packed returns a block of the bits, given in the order of the block.
func packed(fields ...string) (b []byte) {
	s := strings.ReplaceAll(strings.Join(fields, ""), " ", "")
	b = make([]byte, (len(s)+7)/8)
	for i := range s {
		b[i/8] |= (s[i] - '0') << (i % 8)
	}
	return b
}

func FuzzAppend(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 1)
	f.Fuzz(func(t *testing.T, b []byte, at int) {
		points := unpack(b)
		at = max(0, min(at, len(points)))
		check(t, points[:at], points[at:])
	})
}

func unpack(b []byte) (points []Point) {
	var p Point
	for ; len(b) >= 10; b = b[10:] {
		// The first byte says how many bits of each step to keep, so that small steps are common.
		s := b[0] & 31
		p.X += int32(uint32(b[1])<<24|uint32(b[2])<<16|uint32(b[3])<<8|uint32(b[4])) >> s
		p.Y += int32(uint32(b[5])<<24|uint32(b[6])<<16|uint32(b[7])<<8|uint32(b[8])) >> s
		p.Pressure += uint8(int8(b[9]) >> (b[0] >> 5))
		points = append(points, p)
	}
	return points
}

func FuzzParse(f *testing.F) {
	for i, h := range kit {
		p := h.stroke(i, 80)
		f.Add(Append(nil, nil, p[:30]), 30, []byte{})
		f.Add(Append(nil, nil, p), 80, []byte{})
		f.Add(Append(nil, unpack([]byte("0123456789abcdefghijklmnopqrstuvwxyz")), p[:10]), 10, []byte("0123456789abcdefghijklmnopqrstuvwxyz"))
	}
	f.Fuzz(func(t *testing.T, block []byte, n int, past []byte) {
		prev := unpack(past)
		points, err := Parse(nil, prev, block, n)
		if err != nil {
			if points != nil {
				t.Fatal("points beside an error")
			}
			return
		}
		if len(points) != n || n > 4*len(block)+4 {
			t.Fatalf("%d points out of %d bytes, asked for %d", len(points), len(block), n)
		}
		if !slices.Equal(model(t, prev, block, n), points) {
			t.Fatal("a decoder written from the package comment reads something else")
		}
		check(t, prev, points)
	})
}

func TestAllocs(t *testing.T) {
	h := kit[1]
	points := h.stroke(1, 200)
	block := Append(nil, nil, points)
	live := Append(nil, points[:100], points[100:104])
	b, dst := make([]byte, 0, 1000), make([]Point, 0, 200)
	for name, f := range map[string]func(){
		"Append":      func() { b = Append(b[:0], nil, points) },
		"Append live": func() { b = Append(b[:0], points[:100], points[100:104]) },
		"Parse":       func() { dst, _ = Parse(dst[:0], nil, block, 200) },
		"Parse live":  func() { dst, _ = Parse(dst[:0], points[:100], live, 4) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

var update = flag.Bool("update", false, "write testdata/v1 where a file is missing")

// TestFrozen holds the format still: files of testdata/v1 decode for ever, and to this day encode to the same bytes. A
// line is a point before the block, a point of it, or the block.
func TestFrozen(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name         string
		prev, points []Point
	}{
		{"dot", nil, []Point{{-80, 1000, 128}}},
		{"origin", []Point{{-80, 1000, 128}}, []Point{{-72, 1000, 128}}},
		{"pen4", nil, kit[1].stroke(1, 4)},
		{"pen50", nil, kit[1].stroke(1, 50)},
		{"pen130", nil, kit[6].stroke(2, 130)},
		{"live4", kit[6].stroke(3, 16)[:12], kit[6].stroke(3, 16)[12:]},
		{"live40", kit[6].stroke(3, 52)[:12], kit[6].stroke(3, 52)[12:]},
		{"mouse50", nil, kit[14].stroke(1, 50)},
		{"mouselive2", kit[14].stroke(1, 50)[:20], kit[14].stroke(1, 50)[20:22]},
		{"wild20", wild(r, 3), wild(r, 20)},
		{"ends", nil, []Point{{math.MinInt32, math.MaxInt32, 0}, {math.MaxInt32, math.MinInt32, 255}, {0, 0, 0}}},
	} {
		name := filepath.Join("testdata", "v1", c.name+".hex")
		if _, err := os.Stat(name); *update && err != nil {
			var s strings.Builder
			for _, p := range c.prev {
				fmt.Fprintln(&s, "prev", p.X, p.Y, p.Pressure)
			}
			for _, p := range c.points {
				fmt.Fprintln(&s, "point", p.X, p.Y, p.Pressure)
			}
			fmt.Fprintf(&s, "block %x\n", Append(nil, c.prev, c.points))
			if err := os.WriteFile(name, []byte(s.String()), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	names, err := filepath.Glob("testdata/v1/*.hex")
	if err != nil || len(names) < 11 {
		t.Fatal("files are missing:", names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var prev, points []Point
		var block []byte
		for line := range strings.Lines(string(text)) {
			var p Point
			var s string
			if _, err := fmt.Sscanf(line, "prev %d %d %d", &p.X, &p.Y, &p.Pressure); err == nil {
				prev = append(prev, p)
			} else if _, err := fmt.Sscanf(line, "point %d %d %d", &p.X, &p.Y, &p.Pressure); err == nil {
				points = append(points, p)
			} else if _, err := fmt.Sscanf(line, "block %s", &s); err == nil {
				if block, err = hex.DecodeString(s); err != nil {
					t.Fatal(name, err)
				}
			} else {
				t.Fatalf("%s: %q", name, line)
			}
		}
		if got, err := Parse(nil, prev, block, len(points)); err != nil || !slices.Equal(got, points) {
			t.Errorf("%s: reads as %v, %v", name, got, err)
		}
		if got := Append(nil, prev, points); !bytes.Equal(got, block) {
			t.Errorf("%s: writes as %x", name, got)
		}
	}
}
