package board

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/board/internal/text"
	"edgeboard/shared/wire"
)

// scene is a board that every refusal is tried on: 1.1 is a stroke of two
// points, 1.4 is none and has the text "abc" from 1.5 on, and 2.1 has changed the
// stroke.
func scene(t testing.TB) *Board {
	b := New(0)
	mustApply(t, b, forge(1, 1, 1, create(KindStroke), points(ID{1, 1}, 0, 2), create(2), insert(ID{1, 4}, ID{}, ID{}, "abc")))
	mustApply(t, b, forge(2, 1, 8, set(ID{1, 1}, KeyColor, Int(3))))
	return b
}

func TestRefusals(t *testing.T) {
	stroke, other := ID{1, 1}, ID{1, 4}
	over := string(appendReplica(nil, MaxReplica+1))
	elementOver := func() []byte { // MaxElements and one more, in two updates
		var ops []func(*encoder)
		for range MaxElements/2 + 1 {
			ops = append(ops, create(1))
		}
		return append(forge(3, 1, 1, ops...), forge(3, MaxElements/2+2, MaxElements/2+2, ops...)...)
	}()
	for _, c := range []struct {
		why    string
		update []byte
		want   error
	}{
		{"length without an end", []byte{0x80}, ErrMalformed},
		{"length beyond the bytes", []byte{0x0d, 1, 3, 1}, ErrMalformed},
		{"no bytes at all", []byte{0x00}, ErrMalformed},
		{"a replica cut short", []byte("\x04\x01\x03\x00\x00"), ErrMalformed},
		{"a header cut short", []byte("\x0a\x01\x03\x00\x00\x00\x00\x00\x00\x00\x01"), ErrMalformed},
		{"B20: version 3", []byte("\x0d\x03\x03\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01"), ErrVersion},
		{"B20: version 0", []byte("\x0d\x00\x03\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01"), ErrVersion},
		{"no operation", []byte("\x0b\x01\x03\x00\x00\x00\x00\x00\x00\x00\x01\x01"), ErrMalformed},
		{"B1: replica 0", forge(0, 1, 1, create(1)), ErrMalformed},
		{"B1: replica over MaxReplica", wire.AppendBytes(nil, "\x01"+over+"\x01\x01\x01\x01"), ErrMalformed},
		{"B2: number 0", forge(3, 0, 1, create(1)), ErrMalformed},
		{"number over MaxSeq", forge(3, MaxSeq+1, MaxSeq+1, create(1)), ErrMalformed},
		{"numbers that end over MaxSeq", forge(3, MaxSeq, MaxSeq, create(1), create(1)), ErrLimit},
		{"skip over MaxSeq", forge(3, 2, 2, skip(MaxSeq)), ErrLimit},
		{"B3: time smaller than the number", forge(3, 2, 1, create(1)), ErrMalformed},
		{"time over 2^62", forge(3, 1, 1<<62+1, create(1)), ErrMalformed},
		{"B19: tag 0", forge(3, 1, 1, raw("\x00")), ErrMalformed},
		{"B19: tag 8", forge(3, 1, 1, raw("\x08\x01\x00")), ErrMalformed},
		{"B19: tag 15", forge(3, 1, 1, raw("\x0f\x01\x00")), ErrMalformed},
		{"tag over 32 bits", forge(3, 1, 1, unknown(1<<32+1, 1, "")), ErrMalformed},
		{"tag without an end", forge(3, 1, 1, raw("\x80")), ErrMalformed},
		{"kind over 16 bits", forge(3, 1, 1, raw("\x01\x80\x80\x04")), ErrMalformed},
		{"kind over 64 bits", forge(3, 1, 1, raw("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")), ErrMalformed},
		{"create cut short", forge(3, 1, 1, raw("\x01")), ErrMalformed},
		{"skip of nothing", forge(3, 1, 1, skip(0)), ErrMalformed},
		{"unknown of no numbers", forge(3, 1, 1, unknown(16, 0, "x")), ErrMalformed},
		{"payload beyond the update", forge(3, 1, 1, raw("\x10\x01\x09abc")), ErrMalformed},
		{"B30: payload over its limit", forge(3, 1, 1, unknown(16, 1, strings.Repeat("x", maxPayload+1))), ErrMalformed},
		{"last named, and none was", forge(3, 1, 1, raw("\x02\x00\x02\x01\x02")), ErrMalformed},
		{"the operation itself", forge(3, 2, 2, raw("\x02\x02\x02\x01\x02")), ErrMalformed},
		{"before the first operation", forge(3, 2, 2, raw("\x02\x04\x02\x01\x02")), ErrMalformed},
		{"its own replica in full", forge(3, 1, 1, raw("\x02"+long(3, 1)+"\x02\x01\x02")), ErrMalformed},
		{"an element of replica 0", forge(3, 1, 1, raw("\x02"+long(0, 1)+"\x02\x01\x02")), ErrMalformed},
		{"an element numbered 0", forge(3, 1, 1, raw("\x02"+long(1, 0)+"\x02\x01\x02")), ErrMalformed},
		{"element without an end", forge(3, 1, 1, raw("\x02\x01\x01")), ErrMalformed},
		{"none for an element", forge(3, 1, 1, set(ID{}, 2, Int(1))), ErrMalformed},
		{"a number over MaxSeq for an element", forge(3, 1, 1, set(ID{1, MaxSeq + 1}, 2, Int(1))), ErrMalformed},
		{"a replica over MaxReplica for an element", forge(3, 1, 1, set(ID{MaxReplica + 1, 1}, 2, Int(1))), ErrMalformed},
		{"key over 16 bits", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x80\x80\x04\x01\x02")), ErrMalformed},
		{"a value of no known type", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x02\x05\x02")), ErrMalformed},
		{"a value that is missing", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x02")), ErrMalformed},
		{"B10: not UTF-8", forge(3, 1, 1, set(stroke, 2, String("\xff"))), ErrMalformed},
		{"B30: string over MaxValue", forge(3, 1, 1, set(stroke, 2, String(strings.Repeat("x", MaxValue+1)))), ErrMalformed},
		{"string beyond the update", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x02\x03\x09abc")), ErrMalformed},
		{"points, none", forge(1, 8, 8, points(stroke, 2, 0)), ErrMalformed},
		{"more points than bytes", forge(1, 8, 8, raw("\x03\x09\x02\x20\x00")), ErrMalformed},
		{"a block beyond the update", forge(1, 8, 8, raw("\x03\x09\x02\x01\x09\x00")), ErrMalformed},
		{"fewer points than bytes", forge(1, 8, 8, raw("\x03\x09\x02\x01\x06"+strings.Repeat("\x00", 6))), ErrMalformed},

		{"B10: a string of a float cut short", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x02\x02\x00\x00\x00")), ErrMalformed},
		{"a reference to replica 0", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x02\x04"+long(0, 1)[1:])), ErrMalformed},
		{"a reference to number 0", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x02\x04"+long(4, 0)[1:])), ErrMalformed},
		{"a reference to a number over MaxSeq", forge(3, 1, 1, raw("\x02"+long(1, 1)+"\x02\x04"+long(4, MaxSeq+1)[1:])), ErrMalformed},

		{"text of no characters", forge(3, 1, 1, insert(other, ID{}, ID{}, "")), ErrMalformed},
		{"B10: text that is not UTF-8", forge(3, 1, 1, insert(other, ID{}, ID{}, "a\xed\xa0\x80")), ErrMalformed},
		{"B30: text over MaxInsert", forge(3, 1, 1, insert(other, ID{}, ID{}, strings.Repeat("x", MaxInsert+1))), ErrMalformed},
		{"text beyond the update", forge(3, 1, 1, raw("\x05"+long(1, 4)+"\x00\x00\x05abc")), ErrMalformed},
		{"text before a character to come", forge(1, 8, 8, raw("\x05\x06\x00\x02\x01a")), ErrMalformed},
		{"no forgotten characters", forge(3, 1, 1, hidden(other, ID{}, ID{}, 0)), ErrMalformed},
		{"forgotten characters over a run", forge(3, 1, 1, hidden(other, ID{}, ID{}, text.MaxRun+1)), ErrMalformed},
		{"life of no character", forge(3, 1, 1, life(other, ID{}, 1, false, 2, "")), ErrMalformed},
		{"life of no characters", forge(3, 1, 1, life(other, ID{1, 5}, 0, false, 2, "")), ErrMalformed},
		{"life of characters before the first", forge(3, 1, 1, life(other, ID{1, 5}, 6, true, 2, "")), ErrMalformed},
		{"life of characters beyond MaxSeq", forge(3, 1, 1, life(other, ID{1, MaxSeq}, 2, false, 2, "")), ErrMalformed},
		{"B44: life 0", forge(3, 1, 1, life(other, ID{1, 5}, 1, false, 0, "")), ErrMalformed},
		{"B44: life 1", forge(3, 1, 1, life(other, ID{1, 5}, 1, false, 1, "a")), ErrMalformed},
		{"B44: a life after the last", forge(3, 1, 1, life(other, ID{1, 5}, 1, false, maxLife+1, "a")), ErrMalformed},
		{"B45: shown without content", forge(3, 1, 1, life(other, ID{1, 5}, 1, false, 3, "")), ErrMalformed},
		{"B45: too little content", forge(3, 1, 1, life(other, ID{1, 5}, 3, false, 3, "aé")), ErrMalformed},
		{"B45: too much content", forge(3, 1, 1, life(other, ID{1, 5}, 1, false, 3, "ab")), ErrMalformed},
		{"B45: content that is not UTF-8", forge(3, 1, 1, life(other, ID{1, 5}, 1, false, 3, "\xff")), ErrMalformed},
		{"text of what is a point", forge(2, 2, 9, insert(ID{1, 2}, ID{}, ID{}, "a")), ErrContradiction},
		{"life in what is a point", forge(2, 2, 9, life(ID{1, 2}, ID{1, 5}, 1, false, 2, "")), ErrContradiction},
		{"forgotten text of what is a point", forge(2, 2, 9, hidden(ID{1, 2}, ID{}, ID{}, 1)), ErrContradiction},

		{"set on what is a point", forge(2, 2, 9, set(ID{1, 2}, KeyColor, Int(1))), ErrContradiction},
		{"set on its own write", forge(2, 2, 9, set(ID{2, 1}, KeyColor, Int(1))), ErrContradiction},
		{"set on its own set, after a good creation", forge(2, 2, 9, create(1), set(ID{2, 1}, KeyColor, Int(1))), ErrContradiction},
		{"B19: set on an operation of a later version", forge(3, 1, 1, unknown(16, 1, ""), set(ID{3, 1}, KeyColor, Int(1))), ErrContradiction},
		{"B11: points on what is no stroke", forge(1, 8, 8, points(other, 0, 1)), ErrContradiction},
		{"B11: points that leave a hole", forge(1, 8, 8, points(stroke, 3, 1)), ErrContradiction},
		{"B11: points that write over others", forge(1, 8, 8, points(stroke, 1, 2)), ErrContradiction},
		{"B11: a hole within the update", forge(1, 8, 8, points(stroke, 2, 1), points(stroke, 4, 1)), ErrContradiction},
		{"B11: a hole in a new stroke", forge(3, 1, 1, create(KindStroke), points(ID{3, 1}, 1, 1)), ErrContradiction},
		{"B11: points of another replica", forge(2, 2, 9, points(stroke, 2, 1)), ErrForeign},
		{"B11: the same, on a stroke to come", forge(2, 2, 9, points(ID{8, 1}, 0, 1)), ErrForeign},

		{"more points than MaxPoints", forge(3, 1, 1, create(KindStroke), points(ID{3, 1}, 0, MaxPoints), points(ID{3, 1}, MaxPoints, 1)), ErrLimit},
		{"more samples than MaxPoints", forge(3, 1, 1, create(KindStroke), points(ID{3, 1}, 0, MaxPoints+1)), ErrMalformed},
		{"an update over MaxUpdate", forge(3, 1, 1, raw(strings.Repeat("\x01\x01", MaxUpdate/2))), ErrLimit},
		{"B31: a clock far ahead", forge(3, 1, 8+MaxLamportJump, create(1)), ErrLimit},
		{"B31: a clock far ahead at the end of an update", forge(1, 8, 8+MaxLamportJump-2, insert(other, ID{1, 7}, ID{}, "abc")), ErrLimit},
		{"B31: a clock far ahead by deleting", forge(1, 8, 8+MaxLamportJump-2, life(other, ID{1, 5}, 3, false, 2, "")), ErrLimit},
		{"B31: a clock far ahead, in an update to be parked", forge(3, 2, 8+MaxLamportJump, create(1)), ErrLimit},
		{"B31: a clock that no board has", forge(3, 1, MaxLamport, create(1)), ErrLimit},
		{"one element too many", elementOver, ErrFull},
	} {
		b := scene(t)
		if c.why == "one element too many" { // its first half is good
			first := split(t, c.update)
			mustApply(t, b, first[0])
			c.update = first[1]
		}
		snapshot, vector, clock := b.Snapshot(), b.Vector(), b.lamport
		told := 0
		b.Observe(func(Event) { told++ })
		if err := b.Accept(c.update); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.why, err, c.want)
		}
		if !bytes.Equal(b.Snapshot(), snapshot) || fmt.Sprint(vector) != fmt.Sprint(b.Vector()) || b.lamport != clock || b.Parked() != 0 || told != 0 {
			t.Errorf("%s: the document has changed", c.why)
		}
		if err := checkBoard(b); err != nil {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

// What is just within each limit is taken.
func TestB30AtTheLimits(t *testing.T) {
	for why, u := range map[string][]byte{
		"points":   forge(3, 1, 1, create(KindStroke), points(ID{3, 1}, 0, MaxPoints)),
		"string":   forge(3, 1, 1, create(1), set(ID{3, 1}, 1<<16-1, String(strings.Repeat("x", MaxValue)))),
		"payload":  forge(3, 1, 1, unknown(1<<32, 1, strings.Repeat("x", maxPayload))),
		"jump":     forge(3, 1, 8+MaxLamportJump-1, create(1<<16-1)),
		"replica":  forge(MaxReplica, 1, 1, create(1)),
		"text":     forge(3, 1, 1, insert(ID{1, 4}, ID{}, ID{}, strings.Repeat("x", MaxInsert))),
		"run":      forge(3, 1, 1, hidden(ID{1, 4}, ID{}, ID{}, text.MaxRun)),
		"life":     forge(3, 1, 1, life(ID{1, 4}, ID{1, 7}, 3, true, maxLife-1, "cba")),
		"seq":      forge(3, MaxSeq-1, MaxSeq-1, create(1)),
		"extremes": forge(3, 1, 1, create(KindStroke), samples(ID{3, 1}, 0, Point{X: -1 << 31, Y: 1<<31 - 1, Pressure: 255}, Point{X: 1<<31 - 1, Y: -1 << 31}), set(ID{3, 1}, KeyColor, Int(-1<<63)), set(ID{3, 1}, KeyWidth, Int(1<<63-1))),
	} {
		b := scene(t)
		if why == "seq" {
			mustApply(t, b, forge(3, 1, 1, skip(MaxSeq-2)))
		}
		if err := b.Accept(u); err != nil || b.Parked() > 0 {
			t.Errorf("%s: %v, %d parked", why, err, b.Parked())
		}
		if err := checkReload(b); err != nil {
			t.Errorf("%s: %v", why, err)
		}
	}
}

func TestB30TooMuchText(t *testing.T) {
	b := scene(t) // has three characters
	before := b.Snapshot()
	u := forge(3, 1, 1, slices.Repeat([]func(*encoder){hidden(ID{1, 4}, ID{}, ID{}, text.MaxRun)}, MaxText/text.MaxRun)...)
	if err := b.Apply(u); !errors.Is(err, ErrFull) || !bytes.Equal(b.Snapshot(), before) {
		t.Errorf("more than MaxText: %v, want %v", err, ErrFull)
	}
}

func TestB30TooManyReplicas(t *testing.T) {
	b := New(0)
	var u []byte
	for r := range Replica(MaxReplicas) {
		u = append(u, forge(r+1, 1, 1, skip(1))...)
	}
	if err := b.Apply(u); err != nil {
		t.Fatal(err)
	}
	if err := b.Apply(forge(MaxReplicas+1, 1, 1, skip(1))); !errors.Is(err, ErrFull) {
		t.Errorf("one replica too many: %v, want %v", err, ErrFull)
	}
	if err := b.Apply(forge(7, 2, 2, skip(1))); err != nil {
		t.Errorf("those who are here may go on writing: %v", err)
	}
	if err := b.Apply(forge(7, 3, 3, create(1), set(ID{7, 3}, KeyFrame, Ref(ID{MaxReplicas + 1, 1})))); !errors.Is(err, ErrFull) {
		t.Errorf("a reference to one replica too many: %v, want %v", err, ErrFull)
	}
}

func TestB15TheOnesBeforeStayTaken(t *testing.T) {
	b := New(0)
	good, later := forge(1, 1, 1, create(1)), forge(4, 1, 1, create(1))
	bad := forge(3, 1, 1, create(1), set(ID{3, 1}, 2, Int(1)), points(ID{3, 1}, 5, 1)) // good until its last operation
	if err := b.Apply(bytes.Join([][]byte{good, bad, later}, nil)); !errors.Is(err, ErrContradiction) {
		t.Errorf("%v, want %v", err, ErrContradiction)
	}
	if b.Seq(1) != 1 || b.Seq(3) != 0 || b.Seq(4) != 0 || b.Len() != 1 {
		t.Errorf("vector %v, %d elements; want only the update before the refused one", b.Vector(), b.Len())
	}
}

// A stroke, and things around it, drawn with one operation an update.
func stepByStep(t *testing.T) (whole *Board, steps [][]byte) {
	b := New(7)
	step := func(f func(e *Edit)) {
		e := b.Edit()
		f(e)
		if e.Err() != nil {
			t.Fatal(e.Err())
		}
		steps = append(steps, e.Commit())
	}
	var id ID
	step(func(e *Edit) { id = e.Create(KindStroke) })
	step(func(e *Edit) { e.Set(id, KeyColor, Int(5)) })
	for i := range 5 {
		step(func(e *Edit) { e.Append(id, Point{X: int32(i), Y: 3, Pressure: uint8(i)}) })
	}
	step(func(e *Edit) { e.Create(2) })
	step(func(e *Edit) { e.Append(id, Point{X: 9}) })
	step(func(e *Edit) { e.Append(id, Point{X: 10}) })
	return b, steps
}

// Half of an update may be known, also half a run of points.
func TestB16PartialOverlap(t *testing.T) {
	whole, steps := stepByStep(t)
	one := diff(t, whole, nil)
	if len(split(t, one)) != 1 {
		t.Fatalf("%d updates, want one", len(split(t, one)))
	}
	for k := range len(steps) + 1 {
		b := New(0)
		for _, u := range steps[:k] {
			mustApply(t, b, u)
		}
		lacking := diff(t, whole, b.Vector())
		again := New(0)
		mustApply(t, again, diff(t, b, nil))

		mustApply(t, b, one) // the first k operations are known
		mustEqual(t, whole, b)
		mustApply(t, again, lacking) // B27: the run is cut by the sender
		mustEqual(t, whole, again)
		mustApply(t, again, one)
		mustEqual(t, whole, again)
	}
}

// B21: whatever comes first waits, and one that arrives releases all.
func TestB21ReleaseChain(t *testing.T) {
	whole, steps := stepByStep(t)
	b := New(0)
	want := 0
	for i := len(steps) - 1; i > 0; i-- {
		mustApply(t, b, steps[i])
		one, _, _ := wire.Bytes(steps[i])
		if want += len(one); b.Parked() != want || b.Seq(7) != 0 {
			t.Fatalf("%d bytes parked, want %d; vector %v", b.Parked(), want, b.Vector())
		}
	}
	empty := New(0)
	if !bytes.Equal(b.Snapshot(), empty.Snapshot()) || b.Hash() != empty.Hash() {
		t.Error("what is parked must not show in a snapshot")
	}
	mustApply(t, b, steps[0])
	mustEqual(t, whole, b)
	if b.Parked() != 0 {
		t.Errorf("%d bytes still parked", b.Parked())
	}
}

// An update may wait for several replicas one after the other.
func TestB21WaitsForEveryElement(t *testing.T) {
	wait := forge(9, 1, 10, set(ID{1, 1}, 2, Int(1)), set(ID{2, 1}, 2, Int(1)), set(ID{3, 2}, 2, Int(1)))
	after := forge(9, 4, 13, create(2))
	b := New(0)
	mustApply(t, b, after)
	mustApply(t, b, wait)
	for _, u := range [][]byte{forge(3, 1, 1, create(1)), forge(2, 1, 1, create(1)), forge(1, 1, 1, create(1))} {
		mustApply(t, b, u)
		if b.Seq(9) != 0 || b.Parked() == 0 {
			t.Fatalf("taken before 3.2 was here: %v", b.Vector())
		}
	}
	mustApply(t, b, forge(3, 2, 2, create(1)))
	if b.Seq(9) != 4 || b.Parked() != 0 || b.Len() != 5 {
		t.Errorf("vector %v, %d parked, %d elements; want all", b.Vector(), b.Parked(), b.Len())
	}
}

func TestB22ParkingIsBounded(t *testing.T) {
	far := New(5)
	e := far.Edit()
	id := e.Create(1)
	var keys Key
	for range MaxParked/MaxValue + 20 {
		keys++
		e.Set(id, keys+100, String(strings.Repeat("x", MaxValue)))
	}
	updates := split(t, e.Commit())
	b := New(0)
	refused := 0
	for _, u := range updates[1:] {
		if err := b.Apply(u); errors.Is(err, ErrParked) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := checkBoard(b); err != nil || refused == 0 {
		t.Errorf("%d updates refused, %d bytes parked, %v", refused, b.Parked(), err)
	}
	mustApply(t, b, updates[0])
	if b.Parked() != 0 {
		t.Errorf("%d bytes parked after the first update has come", b.Parked())
	}
	mustApply(t, b, diff(t, far, b.Vector())) // what was refused is asked for again
	mustEqual(t, far, b)
}

// B23: 1.2 turns out not to be an element.
func TestB23ParkedContradictionIsDropped(t *testing.T) {
	b := New(0)
	mustApply(t, b, forge(3, 1, 5, set(ID{1, 2}, KeyColor, Int(1))))
	mustApply(t, b, forge(3, 2, 6, create(1)))
	mustApply(t, b, forge(1, 1, 1, create(1), set(ID{1, 1}, KeyColor, Int(2))))
	if b.Seq(3) != 0 || b.Seq(1) != 2 {
		t.Errorf("vector %v; want nothing of replica 3", b.Vector())
	}
	mustApply(t, b, forge(3, 1, 5, create(1))) // an honest one in its place
	if b.Seq(3) != 2 || b.Parked() != 0 {
		t.Errorf("vector %v, %d parked", b.Vector(), b.Parked())
	}
}

// B8, B9: whatever the order of delivery, the greatest stamp wins, and of equal
// ones the greater value.
func TestB8GreatestStampWins(t *testing.T) {
	id := ID{1, 1}
	values := []Value{{}, Int(-1), Int(0), Int(7), Float(0), Float(1), Float(2.5), String(""), String("a"), String("b"), Ref(ID{1, 1}), Ref(ID{1, 2}), Ref(ID{9, 1})}
	base := forge(1, 1, 1, create(1))
	for i, low := range values {
		for j, high := range values {
			for _, c := range []struct {
				why    string
				a, b   []byte
				second bool // b wins
			}{
				{"later time", forge(2, 1, 5, set(id, 2, low)), forge(3, 1, 6, set(id, 2, high)), true},
				{"earlier time of a greater replica", forge(2, 1, 6, set(id, 2, low)), forge(3, 1, 5, set(id, 2, high)), false},
				{"greater replica", forge(2, 1, 5, set(id, 2, low)), forge(3, 1, 5, set(id, 2, high)), true},
				{"equal stamps", forge(2, 1, 5, set(id, 2, low)), forge(2, 2, 5, set(id, 2, high)), j > i},
			} {
				x, y := New(0), New(0)
				mustApply(t, x, bytes.Join([][]byte{base, c.a, c.b}, nil))
				mustApply(t, y, bytes.Join([][]byte{c.b, c.a, base}, nil))
				mustEqual(t, x, y)
				want := low
				if c.second {
					want = high
				}
				if got := x.Element(id).Get(2); got != want {
					t.Errorf("%s: %v against %v is %v", c.why, low, high, got)
				}
			}
		}
	}
}

func TestB12DeletionIsAProperty(t *testing.T) {
	a := New(1)
	e := a.Edit()
	id := e.Create(KindStroke)
	e.Set(id, KeyDeleted, Int(1))
	e.Set(id, KeyColor, Int(4)) // a late write finds it
	e.Append(id, Point{X: 1})
	if a.Len() != 0 || !a.Element(id).Deleted() {
		t.Errorf("%d elements, want none", a.Len())
	}
	for el := range a.Elements() {
		t.Errorf("deleted element %v is listed", el.ID())
	}
	e.Set(id, KeyDeleted, Int(0))
	if a.Len() != 1 || a.Element(id).Int(KeyColor, 0) != 4 || a.Element(id).NumPoints() != 1 {
		t.Error("the element is not back as it was")
	}
	e.Set(id, KeyDeleted, String("yes"))
	if a.Len() != 1 {
		t.Error("a string is not a number other than 0")
	}
	b := New(0)
	mustApply(t, b, e.Commit())
	mustEqual(t, a, b)
	for range b.Elements() {
		break // a reader may leave at any element
	}
}

func TestB13LaterOnTop(t *testing.T) {
	b := New(0)
	mustApply(t, b, forge(3, 1, 5, create(1)))
	mustApply(t, b, forge(2, 1, 7, create(1)))
	mustApply(t, b, forge(1, 1, 5, create(1)))
	mustApply(t, b, forge(2, 2, 7, create(1))) // the time of 2.1 again: a faulty writer
	var got []ID
	for e := range b.Elements() {
		got = append(got, e.ID())
	}
	if want := "[{1 1} {3 1} {2 1} {2 2}]"; fmt.Sprint(got) != want {
		t.Errorf("bottom to top %v, want %s", got, want)
	}
}

// B17, B24: what was overwritten costs a few bytes, and the vectors are equal.
func TestB24DiffSkips(t *testing.T) {
	a := New(1)
	e := a.Edit()
	id := e.Create(KindStroke)
	first := e.Commit()
	b := New(2)
	mustApply(t, b, first)
	e = a.Edit()
	for i := range 1000 {
		e.Set(id, KeyColor, Int(int64(i)))
	}
	other := New(3)
	mustApply(t, other, diff(t, a, nil))
	e = other.Edit()
	e.Set(id, KeyColor, Int(-1)) // all thousand are overwritten by one of another replica
	mustApply(t, a, e.Commit())
	lacking := diff(t, a, b.Vector())
	if len(lacking) > 50 {
		t.Errorf("%d bytes for one colour: % x", len(lacking), lacking)
	}
	mustApply(t, b, lacking)
	mustEqual(t, a, b, func() *Board { mustApply(t, other, diff(t, a, other.Vector())); return other }())
	if got := diff(t, a, b.Vector()); len(got) != 0 {
		t.Errorf("B24: % x for one who has all", got)
	}
	ahead := b.Vector()
	ahead[1] += 5
	if got := diff(t, a, ahead); len(got) != 0 {
		t.Errorf("% x for one who has more", got)
	}
}

// B25: each of two replicas drew for a while by itself and then changed what the
// other had made. In one piece neither's operations can come first.
func TestB25DiffAlternates(t *testing.T) {
	a, b := New(1), New(2)
	e := a.Edit()
	x := e.Create(1)
	fromA := e.Commit()
	e = b.Edit()
	e.Create(1)
	e.Create(1)
	fromB := e.Commit()
	mustApply(t, b, fromA)
	e = b.Edit()
	e.Set(x, KeyColor, Int(1))
	y := e.Create(1)
	fromB = append(fromB, e.Commit()...)
	e = a.Edit()
	for range 20 {
		e.Create(1)
	}
	fromA = e.Commit()
	mustApply(t, a, fromB)
	e = a.Edit()
	e.Set(y, KeyColor, Int(2))
	fromA = append(fromA, e.Commit()...)
	mustApply(t, b, fromA)
	mustEqual(t, a, b)
	if n := len(split(t, diff(t, a, nil))); n != 3 {
		t.Errorf("%d updates, want three: 1 up to the change, 2, the rest of 1", n)
	}
}

// R8: an operation of a later version is kept and passed on.
func TestB18UnknownOperations(t *testing.T) {
	u := forge(7, 1, 1, create(1), unknown(16, 3, "wxyz"), set(ID{7, 1}, KeyColor, Int(1)), unknown(1000, 1, ""))
	a := New(0)
	mustApply(t, a, u)
	if a.Seq(7) != 6 || a.Len() != 1 {
		t.Fatalf("vector %v, want 6 operations of 7", a.Vector())
	}
	if got := diff(t, a, nil); !bytes.Equal(got, u) {
		t.Errorf("diff % x, want what came, % x", got, u)
	}
	// It waits like any other.
	b := New(0)
	mustApply(t, b, forge(7, 5, 5, set(ID{7, 1}, KeyColor, Int(1)), unknown(1000, 1, "")))
	mustApply(t, b, forge(7, 1, 1, create(1), unknown(16, 3, "wxyz")))
	mustEqual(t, a, b)
	for seq := range uint64(7) {
		lacking := diff(t, a, Vector{7: seq})
		if whole := bytes.Contains(lacking, []byte("wxyz")); whole != (seq < 4) {
			t.Errorf("B27: diff from %d: % x; the operation is 2 to 4 and not cut", seq, lacking)
		}
	}
	// A faulty writer has used its first numbers for something else.
	c := New(0)
	mustApply(t, c, forge(7, 1, 1, create(1), skip(1)))
	mustApply(t, c, diff(t, a, c.Vector()))
	if c.Seq(7) != 6 || len(c.unknown) != 1 {
		t.Errorf("vector %v, %d kept; want the one known in part left out", c.Vector(), len(c.unknown))
	}
	if err := checkReload(c); err != nil {
		t.Error(err)
	}
}

func TestB14BigEditsSplit(t *testing.T) {
	a := New(1)
	e := a.Edit()
	for i := range 40 {
		id := e.Create(KindStroke)
		e.Set(id, 400, String(strings.Repeat("é", MaxValue/2)))
		for range i {
			e.Append(id, make([]Point, 100)...)
		}
	}
	big := e.Create(KindStroke)
	rnd := rand.New(rand.NewPCG(1, 1))
	wild := make([]Point, MaxPoints)
	for i := range wild {
		wild[i] = Point{X: int32(rnd.Uint32()), Y: int32(rnd.Uint32()), Pressure: uint8(rnd.Uint32())}
	}
	e.Append(big, wild...) // one operation as large as they get
	e.Set(big, KeyColor, Int(1))
	if e.Err() != nil {
		t.Fatal(e.Err())
	}
	commit := e.Commit()
	b := New(0)
	for _, u := range [][]byte{commit, diff(t, a, nil)} {
		list := split(t, u)
		if len(list) < 10 {
			t.Errorf("%d updates in %d bytes", len(list), len(u))
		}
		for _, one := range list {
			if len(one) > MaxUpdate {
				t.Errorf("an update of %d bytes", len(one))
			}
			mustApply(t, b, one)
		}
	}
	mustEqual(t, a, b)
}

func TestB32EditErrors(t *testing.T) {
	mine, theirs := ID{1, 1}, ID{2, 1}
	for _, c := range []struct {
		why  string
		do   func(e *Edit)
		want error
	}{
		{"nothing", func(e *Edit) {}, nil},
		{"no points", func(e *Edit) { e.Append(theirs) }, nil},
		{"set on nothing", func(e *Edit) { e.Set(ID{9, 9}, 2, Int(1)) }, ErrContradiction},
		{"points on nothing", func(e *Edit) { e.Append(ID{9, 9}, Point{}) }, ErrContradiction},
		{"points on what is no stroke", func(e *Edit) { e.Append(ID{1, 2}, Point{}) }, ErrContradiction},
		{"points on another's stroke", func(e *Edit) { e.Append(theirs, Point{}) }, ErrForeign},
		{"a long string", func(e *Edit) { e.Set(mine, 2, String(strings.Repeat("x", MaxValue+1))) }, ErrLimit},
		{"B10: a string that is not UTF-8", func(e *Edit) { e.Set(mine, 2, String("\xff")) }, ErrMalformed},
		{"many points", func(e *Edit) { e.Append(mine, make([]Point, MaxPoints+1)...) }, ErrLimit},
		{"text of nothing", func(e *Edit) { e.Splice(ID{9, 9}, Chars, 0, 0, "a") }, ErrContradiction},
		{"B10: text that is not UTF-8", func(e *Edit) { e.Splice(mine, Chars, 0, 0, "\xff") }, ErrMalformed},
		{"text replaced by nothing", func(e *Edit) { e.Splice(mine, Chars, 0, 0, "") }, nil},
		{"a reference to none", func(e *Edit) { e.Set(mine, KeyFrame, Ref(ID{})) }, ErrMalformed},
		{"a reference beyond the numbers", func(e *Edit) { e.Set(mine, KeyFrame, Ref(ID{1, MaxSeq + 1})) }, ErrMalformed},
		{"a reference beyond the replicas", func(e *Edit) { e.Set(mine, KeyFrame, Ref(ID{MaxReplica + 1, 1})) }, ErrMalformed},
		{"the first error counts", func(e *Edit) { e.Append(theirs, Point{}); e.Set(ID{9, 9}, 2, Int(1)) }, ErrForeign},
	} {
		b := New(1)
		mustApply(t, b, forge(2, 1, 1, create(KindStroke)))
		e := b.Edit()
		e.Create(KindStroke)
		e.Create(2)
		e.Commit()
		before, whole := b.Snapshot(), diff(t, b, nil)
		e = b.Edit()
		c.do(e)
		if !errors.Is(e.Err(), c.want) {
			t.Errorf("%s: %v, want %v", c.why, e.Err(), c.want)
		}
		if u := e.Commit(); u != nil || !bytes.Equal(b.Snapshot(), before) {
			t.Errorf("%s: has happened: % x", c.why, u)
		}
		e.Set(mine, KeyColor, Int(1)) // the others take effect
		if u := e.Commit(); u == nil || New(0).Apply(append(whole, u...)) != nil {
			t.Errorf("%s: a good operation after it is lost", c.why)
		}
	}
}

func TestB32FullBoard(t *testing.T) {
	b := New(1)
	e := b.Edit()
	for range MaxElements {
		e.Create(1)
	}
	if e.Err() != nil || b.Len() != MaxElements {
		t.Fatalf("%d elements, %v", b.Len(), e.Err())
	}
	if id := e.Create(1); id != (ID{}) || !errors.Is(e.Err(), ErrFull) {
		t.Errorf("one more: %v, %v", id, e.Err())
	}
	if b.Replica() != 1 || b.Seq(1) != MaxElements {
		t.Errorf("%d operations of replica %d", b.Seq(1), b.Replica())
	}
}

// Programs that break these are wrong, and are told at once.
func TestPanics(t *testing.T) {
	for why, f := range map[string]func(){
		"a replica over MaxReplica":     func() { New(MaxReplica + 1) },
		"an edit on a board of replica": func() { New(0).Edit() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", why)
				}
			}()
			f()
		}()
	}
}

// Updates may come in while the pen is down. The clock moves with them, and the
// edit goes on in an update of its own.
func TestB14ApplyDuringEdit(t *testing.T) {
	a, b := New(1), New(2)
	e := a.Edit()
	id := e.Create(KindStroke)
	e.Append(id, Point{X: 1})
	mustApply(t, a, forge(3, 1, 50, create(1), set(ID{3, 1}, KeyColor, Int(1))))
	e.Append(id, Point{X: 2}, Point{X: 3})
	e.Set(ID{3, 1}, KeyColor, Int(2)) // later than what it has seen: it wins
	mustApply(t, a, forge(3, 3, 60, create(1)))
	mustApply(t, a, forge(4, 1, 2, create(1))) // an early one does not move the clock
	e.Set(id, KeyColor, Int(3))
	u := e.Commit()
	if n := len(split(t, u)); n != 3 {
		t.Errorf("%d updates, want one for each stretch without a leap of the clock", n)
	}
	mustApply(t, b, u)
	mustApply(t, b, diff(t, a, Vector{1: a.Seq(1)})) // what the others wrote
	mustEqual(t, a, b)
	if got := b.Element(ID{3, 1}).Int(KeyColor, 0); got != 2 {
		t.Errorf("color %d, want the later one, 2", got)
	}
}

// B31: a writer cannot make a board that nobody can load. Its clock is far
// ahead, and what it wrote has been overwritten in part.
func TestB31FarClockReloads(t *testing.T) {
	b := New(0)
	for _, u := range [][]byte{
		forge(2, 1, MaxLamport-3, create(1), set(ID{2, 1}, KeyColor, Int(1))),
		forge(1, 1, MaxLamport-2, set(ID{2, 1}, KeyColor, Int(2))),
		forge(2, 3, 3, skip(100)),
	} {
		mustApply(t, b, u)
	}
	if err := checkReload(b); err != nil {
		t.Error(err)
	}
	full := New(9)
	mustApply(t, full, diff(t, b, nil))
	mustApply(t, full, forge(2, 103, MaxLamport-1, create(1)))
	e := full.Edit()
	if id := e.Create(KindStroke); id != (ID{}) || !errors.Is(e.Err(), ErrFull) {
		t.Errorf("an edit beyond the last Lamport time: %v, %v; want ErrFull", id, e.Err())
	}
	if e.Commit() != nil {
		t.Error("the refused edit has an update")
	}
}
