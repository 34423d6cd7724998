package board

import (
	"bytes"
	"maps"
	"testing"
)

// Whatever comes, the board stays whole, and what it took it can pass on.
func FuzzApply(f *testing.F) {
	for _, name := range []string{"stroke", "others", "skip", "later"} {
		f.Add(readHex(f, name), []byte{})
		f.Add(readHex(f, name), readHex(f, "others"))
	}
	f.Add(forge(3, 1, 5, set(ID{1, 2}, 2, Int(1))), forge(1, 1, 1, create(1), create(1)))
	f.Add(forge(3, 2, 5, create(1)), forge(3, 1, 1, create(1), create(2), create(3)))
	f.Add(forge(3, 1, 5, create(KindStroke), points(ID{3, 1}, 0, 3)), forge(3, 3, 7, raw("\x03\x04\x01\x02\x00\x00\x00\x00\x00\x00")))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		b := New(0)
		m := watch(b)
		for _, u := range [][]byte{first, second, first} {
			before, parked := b.Snapshot(), b.Parked()
			vector := b.Vector()
			err := b.Apply(u)
			if err := checkBoard(b); err != nil {
				t.Fatal(err)
			}
			if err != nil && maps.Equal(vector, b.Vector()) && !bytes.Equal(before, b.Snapshot()) {
				t.Fatalf("B15: %v, and the document has changed (%d bytes parked before)", err, parked)
			}
		}
		if !sameState(m.state(b), stateOf(b)) {
			t.Fatalf("B33: observers saw %v, the board is %v", m.state(b), stateOf(b))
		}
		if err := checkReload(b); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParseVector(f *testing.F) {
	f.Add(readHex(f, "vector"))
	f.Add([]byte{})
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := ParseVector(b)
		if err != nil {
			return
		}
		once := v.Append(nil)
		again, err := ParseVector(once)
		if err != nil || !maps.Equal(v, again) || !bytes.Equal(again.Append(nil), once) {
			t.Errorf("%v from % x: % x, %v, %v", v, b, once, again, err)
		}
		New(0).Diff(v)
		if d := scene(t).Diff(v); v[1] == 0 && v[2] == 0 && !bytes.Equal(d, scene(t).Snapshot()) {
			t.Errorf("% x for one who has nothing of it", d)
		}
	})
}
