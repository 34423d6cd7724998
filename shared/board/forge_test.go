package board

import (
	"testing"
	"unicode/utf8"

	"edgeboard/shared/board/internal/ink"
	"edgeboard/shared/wire"
)

// forge writes one update as a replica that keeps no rules would.
func forge(r Replica, seq, lamport uint64, ops ...func(*encoder)) []byte {
	return forgeIn(0, r, seq, lamport, ops...)
}

// forgeIn writes an update of an epoch.
func forgeIn(epoch uint64, r Replica, seq, lamport uint64, ops ...func(*encoder)) []byte {
	w := encoder{epoch: epoch}
	w.begin(r, seq, lamport)
	for _, op := range ops {
		op(&w)
	}
	return w.end(nil)
}

func create(k Kind) func(*encoder) { return func(w *encoder) { w.create(k) } }
func set(id ID, k Key, v Value) func(*encoder) {
	return func(w *encoder) { w.set(id, k, v) }
}
func points(id ID, offset, n int) func(*encoder) { return samples(id, offset, make([]Point, n)...) }
func samples(id ID, offset int, p ...Point) func(*encoder) {
	return func(w *encoder) { w.points(id, offset, len(p), ink.Append(nil, nil, p)) }
}
func skip(n uint64) func(*encoder) { return func(w *encoder) { w.skip(n) } }
func insert(id, left, right ID, s string) func(*encoder) {
	return func(w *encoder) {
		w.insert(id, left, right)
		w.seq += uint64(utf8.RuneCountInString(s))
		w.buf = wire.AppendBytes(w.buf, s)
	}
}
func hidden(id, left, right ID, n int) func(*encoder) {
	return func(w *encoder) { w.hidden(id, left, right, n) }
}

// life gives n characters a life, by descending number if back; content goes
// with an odd one.
func life(id, first ID, n uint32, back bool, to uint32, content string) func(*encoder) {
	return func(w *encoder) { w.life(id, lifeRun{first, n, back, to, []byte(content)}) }
}
func unknown(tag, n uint64, payload string) func(*encoder) {
	return func(w *encoder) { w.unknown(&unknownOp{tag: tag, n: n, payload: []byte(payload)}) }
}
func raw(b string) func(*encoder) { return func(w *encoder) { w.buf = append(w.buf, b...) } }

// long writes the name of an operation in full.
func long(r Replica, seq uint64) string {
	return "\x01" + string(wire.AppendUvarint(appendReplica(nil, r), seq))
}

// split returns the updates that stand in u one by one.
func split(t testing.TB, u []byte) (list [][]byte) {
	t.Helper()
	for len(u) > 0 {
		one, rest, err := wire.Bytes(u)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, wire.AppendBytes(nil, one))
		u = rest
	}
	return list
}

// diff is Diff of a board that knows all of its history.
func diff(t testing.TB, b *Board, have Vector) []byte {
	t.Helper()
	u, err := b.Diff(have)
	if err != nil {
		t.Fatalf("Diff(%v): %v", have, err)
	}
	return u
}
