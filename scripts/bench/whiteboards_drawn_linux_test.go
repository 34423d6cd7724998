package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// The page is measured with the strokes that the bench of frames has.
func TestDrawnStrokes(t *testing.T) {
	p, list := drawnStrokes(500)
	if len(list) != 500 {
		t.Fatalf("%d strokes, want 500", len(list))
	}
	for i, d := range list {
		if len(d.points) != strokePoints {
			t.Fatalf("stroke %d has %d points", i, len(d.points))
		}
		for _, pt := range d.points {
			if at := place(pt); at.X < 0 || at.Y < 0 || at.X > p.size.X+d.size.X || at.Y > p.size.Y+d.size.Y {
				t.Fatalf("stroke %d has a point at %v, on a plane of %v", i, at, p.size)
			}
		}
	}
}

// Where the pen is to draw there is nothing yet, and all is in a window at 100 %.
func TestDrawnMixed(t *testing.T) {
	list := drawnMixed()
	kinds := map[board.Kind]int{}
	free := freePlace()
	for i, d := range list {
		kinds[d.kind]++
		if d.at.X+d.size.X > windowWidth || d.at.Y+d.size.Y > windowHeight {
			t.Errorf("element %d ends at %v", i, d.at.Add(d.size))
		}
		if free.Overlaps(geom.Box{Min: d.at, Max: d.at.Add(d.size)}) {
			t.Errorf("element %d at %v is where the pen draws, in %v", i, d.at, free)
		}
	}
	if len(list) != pageElements || len(kinds) != 6 {
		t.Errorf("%d elements of %d kinds, want %d of 6", len(list), len(kinds), pageElements)
	}
}

// What is drawn reaches all of them unchanged: the same points, to the precision of the format.
func TestFormatsHaveTheSamePoints(t *testing.T) {
	_, list := drawnStrokes(200)
	var theirs []struct {
		X, Y      float64
		Points    [][2]float64
		Pressures []float64
	}
	b, _, err := inExcalidraw(list)
	if err == nil {
		err = json.Unmarshal(b, &theirs)
	}
	if err != nil {
		t.Fatal(err)
	}
	var records []struct {
		TypeName string
		X, Y     float64
		Props    struct{ Segments []struct{ Path string } }
	}
	if b, _, err = inTldraw(list); err == nil {
		err = json.Unmarshal(b, &records)
	}
	if err != nil {
		t.Fatal(err)
	}
	records = slices.DeleteFunc(records, func(r struct {
		TypeName string
		X, Y     float64
		Props    struct{ Segments []struct{ Path string } }
	}) bool {
		return r.TypeName != "shape"
	})
	if len(theirs) != len(list) || len(records) != len(list) {
		t.Fatalf("of %d strokes %d are in Excalidraw's format, %d in tldraw's", len(list), len(theirs), len(records))
	}
	for i, d := range list {
		e, r := theirs[i], records[i]
		path := unpath64(t, r.Props.Segments[0].Path)
		if len(e.Points) != len(d.points) || len(e.Pressures) != len(d.points) || len(path) != len(d.points) {
			t.Fatalf("stroke %d of %d points has %d and %d", i, len(d.points), len(e.Points), len(path))
		}
		for k, p := range d.points {
			want := place(p)
			if got := geom.Pt(e.X+e.Points[k][0], e.Y+e.Points[k][1]); got != want {
				t.Fatalf("stroke %d: point %d is at %v in Excalidraw's format, want %v", i, k, got, want)
			}
			if got := geom.Pt(r.X+path[k][0], r.Y+path[k][1]); got != want {
				t.Fatalf("stroke %d: point %d is at %v in tldraw's format, want %v", i, k, got, want)
			}
			// Ways of pressure are rounded one after another.
			if pressure := float64(p.Pressure) / 255; math.Abs(path[k][2]-pressure) > 0.01 || math.Abs(e.Pressures[k]-pressure) > 1e-9 {
				t.Fatalf("stroke %d: point %d is pressed by %v and %v, want %v", i, k, e.Pressures[k], path[k][2], pressure)
			}
		}
	}
}

// unpath64 reads what path64 writes.
func unpath64(t *testing.T, s string) (points [][3]float64) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	var at [3]float64
	for k := range at {
		at[k] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[4*k:])))
	}
	points = append(points, at)
	for b = b[12:]; len(b) > 0; b = b[6:] {
		for k := range at {
			at[k] += unfloat16(binary.LittleEndian.Uint16(b[2*k:]))
		}
		points = append(points, at)
	}
	return points
}

func unfloat16(bits uint16) float64 {
	sign, exponent, fraction := 1.0, int(bits>>10&31), float64(bits&1023)/1024
	if bits>>15 == 1 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -14)
	case 31:
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1+fraction, exponent-15)
}

func TestFloat16(t *testing.T) {
	for bits := range uint16(0x7c01) { // all that are not negative, to infinity
		for _, sign := range []uint16{0, 1 << 15} {
			if got := float16(unfloat16(bits | sign)); got != bits|sign {
				t.Fatalf("%#04x comes back as %#04x", bits|sign, got)
			}
		}
	}
	for _, c := range []struct {
		v    float64
		want uint16
	}{
		{2049, 0x6800},                   // between 2048 and 2050: the even one
		{2051, 0x6802},                   // between 2050 and 2052: the even one
		{2047.9, 0x6800},                 // a carry into the exponent
		{1e6, 0x7c00},                    // infinity
		{math.Ldexp(1, -26), 0},          // too small
		{math.Ldexp(0.99999, -14), 1024}, // a carry from the subnormal ones
	} {
		if got := float16(c.v); got != c.want {
			t.Errorf("%v is %#04x, want %#04x", c.v, got, c.want)
		}
	}
}

// Both put elements in the order of their keys.
func TestOrderKeys(t *testing.T) {
	last := ""
	for i := range 20_000 {
		key := orderKey(i)
		if key <= last {
			t.Fatalf("key %d is %q, after %q", i, key, last)
		}
		last = key
	}
}

// What has no counterpart is told, not left out.
func TestFormatsKnowTheirKinds(t *testing.T) {
	for _, c := range []struct {
		write func([]drawn) ([]byte, int, error)
		want  int
	}{
		{inExcalidraw, pageElements * 7 / 6}, // the text of a note is an element
		{inTldraw, pageElements},
	} {
		if b, n, err := c.write(drawnMixed()); err != nil || !json.Valid(b) || n != c.want {
			t.Errorf("the mixed board has %d elements, want %d (%v)", n, c.want, err)
		}
		if _, _, err := c.write([]drawn{{kind: board.KindTile}}); err == nil {
			t.Error("a tile is written, in a format that has none")
		}
	}
}
