package board

import (
	"bytes"
	"fmt"
	"testing"

	"edgeboard/shared/wire"
)

func TestSplit(t *testing.T) {
	a, b, c := forge(1, 1, 1, create(1)), forge(300, 1, 2, skip(2)), forge(MaxReplica, 1, 1, create(1), create(2))
	all := bytes.Join([][]byte{a, b, c}, nil)
	var got []string
	for r, u := range Split(all) {
		got = append(got, fmt.Sprintf("%d %x", r, u))
	}
	if want := fmt.Sprint([]string{fmt.Sprintf("1 %x", a), fmt.Sprintf("300 %x", b), fmt.Sprintf("%d %x", uint64(MaxReplica), c)}); fmt.Sprint(got) != want {
		t.Errorf("%v, want %v", got, want)
	}
	for why, bad := range map[string]string{
		"an update of no bytes":       "\x00",
		"a length beyond the bytes":   "\x05\x01",
		"a length without an end":     "\x80",
		"an update without a replica": "\x01\x01",
		"an update of half a replica": "\x05\x01\x07\x00\x00\x00",
	} {
		n := 0
		for range Split(append(bytes.Clone(a), bad...)) {
			n++
		}
		if n != 1 {
			t.Errorf("%s after one update: %d are seen, want 1", why, n)
		}
	}
	for range Split(all) {
		break // a reader may leave at any update
	}
}

func TestChunks(t *testing.T) {
	var all []byte
	sizes := []int{}
	for i := range 40 {
		u := forge(1, uint64(i+1), uint64(i+1), unknown(16, 1, string(make([]byte, i*7%50))))
		sizes = append(sizes, len(u))
		all = append(all, u...)
	}
	for _, size := range []int{0, 1, 10, 57, 58, 100, 1000, len(all) - 1, len(all), len(all) + 1} {
		var whole []byte
		b := New(0)
		last := 0
		for part := range Chunks(all, size) {
			n := 0
			for range Split(part) {
				n++
			}
			if n == 0 || n > 1 && len(part) > size {
				t.Errorf("size %d: a part of %d bytes, %d updates", size, len(part), n)
			}
			if last > 0 && last+sizes[b.Seq(1)] <= size {
				t.Errorf("size %d: a part of %d bytes had room for the next update", size, last)
			}
			last = len(part)
			mustApply(t, b, part)
			whole = append(whole, part...)
		}
		if !bytes.Equal(whole, all) || b.Parked() != 0 {
			t.Errorf("size %d: the parts are not the whole", size)
		}
	}
	for range Chunks(nil, 10) {
		t.Error("nothing has no parts")
	}
	for range Chunks(all, 10) {
		break
	}
}

// Whatever comes is cut between updates, and who wrote one is who the document
// says.
func FuzzSplit(f *testing.F) {
	for _, name := range []string{"stroke", "others", "values", "skip", "later", "text", "epoch"} {
		f.Add(readHex(f, name), 100)
	}
	f.Add([]byte("\x05\x01\x07\x00\x00\x00"), 0)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		seen := 0
		var d decoder
		for r, u := range Split(data) {
			if !bytes.HasPrefix(data[seen:], u) {
				t.Fatalf("% x is not what stands at %d of % x", u, seen, data)
			}
			seen += len(u)
			body, rest, err := wire.Bytes(u)
			if err != nil || len(rest) != 0 {
				t.Fatalf("% x is not one update: %v", u, err)
			}
			if d.decode(body) == nil && d.replica != r {
				t.Fatalf("replica %d wrote % x, and %d is named", d.replica, u, r)
			}
		}
		var parts []byte
		for part := range Chunks(data, size) {
			n := 0
			for b := part; len(b) > 0; n++ {
				_, b, _ = wire.Bytes(b)
			}
			if len(part) > size && n > 1 {
				t.Fatalf("a part of %d bytes with %d updates, asked for %d", len(part), n, size)
			}
			parts = append(parts, part...)
		}
		if !bytes.HasPrefix(data, parts) || len(parts) < seen {
			t.Fatalf("the parts have %d bytes, of %d in whole updates", len(parts), seen)
		}
	})
}
