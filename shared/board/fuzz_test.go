package board

import (
	"bytes"
	"maps"
	"testing"

	"edgeboard/shared/wire"
)

// Whatever comes, the board stays whole, and what it took it can pass on.
func FuzzApply(f *testing.F) {
	for _, name := range []string{"stroke", "others", "values", "skip", "later", "text"} {
		f.Add(readHex(f, name), []byte{})
		f.Add(readHex(f, name), readHex(f, "others"))
	}
	f.Add(forge(3, 1, 5, set(ID{1, 2}, 2, Int(1))), forge(1, 1, 1, create(1), create(1)))
	f.Add(forge(3, 2, 5, create(1)), forge(3, 1, 1, create(1), create(2), create(3)))
	f.Add(forge(3, 1, 5, create(KindStroke), points(ID{3, 1}, 0, 3)), forge(3, 3, 7, points(ID{3, 1}, 1, 2)))
	note := forge(3, 1, 5, create(KindNote), create(1), insert(ID{3, 1}, ID{}, ID{}, "abcdef"))
	f.Add(note, forge(4, 1, 9, insert(ID{3, 2}, ID{3, 4}, ID{3, 3}, "x"), life(ID{3, 1}, ID{3, 8}, 5, true, 3, "fedcb"), hidden(ID{3, 1}, ID{3, 8}, ID{4, 1}, 2)))
	f.Add(note, forge(3, 5, 9, insert(ID{3, 1}, ID{3, 4}, ID{}, "cdefgh"), life(ID{3, 1}, ID{3, 3}, 6, false, 2, "")))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		if tooBig(first) || tooBig(second) {
			t.Skip() // slow, and tried elsewhere
		}
		b, slow := New(0), New(0)
		m := watch(b)
		for _, u := range [][]byte{first, second, first} {
			before, parked := b.Snapshot(), b.Parked()
			vector := b.Vector()
			err := b.Apply(u)
			if err := checkBoard(b); err != nil {
				t.Fatal(err)
			}
			// B16: what is small and what is large take different ways.
			if e := generally(slow, u); e != err || !bytes.Equal(slow.Snapshot(), b.Snapshot()) || slow.lamport != b.lamport {
				t.Fatalf("%v, or %v by the general way: %v, %v", err, e, stateOf(b), stateOf(slow))
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

// generally is Apply without the short way of small updates.
func generally(b *Board, updates []byte) error {
	for len(updates) > 0 {
		u, rest, err := wire.Bytes(updates)
		if err != nil {
			return ErrMalformed
		}
		if len(u) > MaxUpdate {
			return ErrLimit
		}
		if err := b.applyOne(u, MaxLamport); err != nil {
			return err
		}
		updates = rest
	}
	return nil
}

// tooBig reports whether updates hold a great many forgotten characters.
func tooBig(updates []byte) bool {
	var d decoder
	for len(updates) > 0 {
		u, rest, err := wire.Bytes(updates)
		if err != nil || d.decode(u) != nil {
			return false
		}
		for _, o := range d.ops {
			if o.tag == opHidden && o.n > 1000 {
				return true
			}
		}
		updates = rest
	}
	return false
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
		if v.Epoch() > 0 {
			if _, err := scene(t).Diff(v); err != ErrCompacted {
				t.Errorf("B54: a diff for one of epoch %d: %v", v.Epoch(), err)
			}
			return
		}
		diff(t, New(0), v)
		if d := diff(t, scene(t), v); v[1] == 0 && v[2] == 0 && !bytes.Equal(d, diff(t, scene(t), nil)) {
			t.Errorf("% x for one who has nothing of it", d)
		}
	})
}
