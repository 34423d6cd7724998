package wire

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

func ExampleFrames() {
	// A writer puts together what waits.
	var msg []byte
	msg = AppendFrame(msg, 0, &Joined{Member: 2, Name: "Zoë", Color: 0xe03131})
	msg = AppendFrame(msg, 0, &Cursors{List: []Cursor{{Member: 2, X: 80, Y: -8}}})
	msg = AppendFrame(msg, 150, &Update{Data: []byte("opaque")})

	// A reader decodes the bodies it cares for.
	var cursors Cursors
	for frame, err := range Frames(msg) {
		if err != nil {
			fmt.Println(err)
			return
		}
		switch frame.Kind {
		case KindCursors:
			if err := cursors.Parse(frame.Body); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(cursors.List)
		default:
			fmt.Println("kind", frame.Kind, "seq", frame.Seq, "bytes", len(frame.Body))
		}
	}
	// Output:
	// kind 7 seq 0 bytes 13
	// [{2 80 -8 false 0 false}]
	// kind 4 seq 150 bytes 8
}

// Computed by hand from the encoding of protobuf, to have one witness that is
// neither the encoder nor a file.
func TestW9FrameBytes(t *testing.T) {
	for _, c := range []struct {
		seq  uint64
		m    Message
		want string
	}{
		{0, &Ack{Through: 7}, "" +
			"\x04" + // length of the frame
			"\x2a\x02" + // field 5, length-delimited, 2 bytes: Ack
			"\x08\x07"}, // field 1, varint 7
		{150, &Update{[]byte("abc")}, "" +
			"\x0a" +
			"\x08\x96\x01" + // field 1, varint 150: 0x16 + 1<<7
			"\x22\x05" + // field 4, 5 bytes: Update
			"\x0a\x03abc"}, // field 1, 3 bytes
		{0, &Cursors{[]Cursor{{X: 1, Y: -1}}}, "" +
			"\x08" +
			"\x32\x06" + // field 6, 6 bytes: Cursors
			"\x0a\x04" + // field 1, 4 bytes: Cursor; member 0 is left out
			"\x10\x02" + // field 2, zigzag of 1
			"\x18\x01"}, // field 3, zigzag of -1
		{0, &Profile{}, "" +
			"\x02" +
			"\x62\x00"}, // field 12, empty: a body must stand there all the same
	} {
		if got := AppendFrame(nil, c.seq, c.m); string(got) != c.want {
			t.Errorf("%T: % x, want % x", c.m, got, c.want)
		}
	}
}

// The length of a frame or message is written into one byte that was kept for
// it, or pushes the body on when it takes more. Both happen at each size here,
// for the frame and for the message in it, on either side of every step.
func TestW1LongFrames(t *testing.T) {
	for _, n := range []int{0, 1, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 200,
		16370, 16375, 16378, 16379, 16380, 16381, 16383, 16384, 16390, 70000, MaxMessage - 12} {
		data := bytes.Repeat([]byte{0xa5}, n)
		msg := AppendFrame([]byte{4, 0x2a, 2, 8, 7}, 0, &Update{data}) // after an Ack
		msg = AppendFrame(msg, 0, &Left{3})                            // and before a Left
		if len(msg) > MaxMessage {
			msg = msg[5 : len(msg)-5]
		}
		var seen bool
		for fr, err := range Frames(msg) {
			if err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			var u Update
			if fr.Kind == KindUpdate {
				seen = true
				if err := u.Parse(fr.Body); err != nil || !bytes.Equal(u.Data, data) {
					t.Errorf("%d bytes came back as %d, %v", n, len(u.Data), err)
				}
			}
		}
		if !seen {
			t.Errorf("%d bytes: the update is lost", n)
		}
	}
}

// Two levels may both be longer than 127 bytes.
func TestW1LongNestedMessages(t *testing.T) {
	in := &Cursors{}
	for i := range MaxCursors {
		in.List = append(in.List, Cursor{uint32(i), int32(i * 1000), int32(-i), i%3 == 0, uint32(i * i), false})
		if i > 40 && i < MaxCursors-2 {
			continue
		}
		var out Cursors
		for fr, err := range Frames(AppendFrame(nil, 1, in)) {
			if err == nil {
				err = out.Parse(fr.Body)
			}
			if err != nil || !equal(in, &out) {
				t.Fatalf("%d cursors: %v", i+1, err)
			}
		}
	}
	body := patchLength(append([]byte{0x0a, 0}, make([]byte, 300)...), 2)
	if want := append([]byte{0x0a, 0xac, 0x02}, make([]byte, 300)...); !bytes.Equal(body, want) {
		t.Errorf("300 bytes in a message begin % x, want 0a ac 02", body[:5])
	}
}

func TestW1EmptyMessageHasNoFrames(t *testing.T) {
	for fr, err := range Frames(nil) {
		t.Errorf("an empty message yields %+v, %v", fr, err)
	}
}

func TestW3MessageOverTheLimit(t *testing.T) {
	frame := AppendFrame(nil, 0, &Left{3})
	msg := bytes.Repeat(frame, MaxMessage/len(frame)+1)
	n := 0
	for _, err := range Frames(msg) {
		n++
		if !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%v for %d bytes, want %v before any frame is read", err, len(msg), ErrTooLarge)
		}
	}
	if n != 1 {
		t.Errorf("%d results, want one error", n)
	}
}

// The frames before a malformed one are good; after it nothing can be found.
func TestFramesStopAtTheFirstError(t *testing.T) {
	msg := AppendFrame(nil, 0, &Left{3})
	msg = append(msg, 1, 0x0f) // a frame with field 1 of wire type 7
	msg = AppendFrame(msg, 0, &Left{4})
	var errs []error
	for _, err := range Frames(msg) {
		errs = append(errs, err)
	}
	if len(errs) != 2 || errs[0] != nil || !errors.Is(errs[1], ErrField) {
		t.Errorf("results %v, want a frame, then %v, then no more", errs, ErrField)
	}
	for range Frames(msg) {
		break // a reader may leave at any frame
	}
}

func TestW9LastBodyCounts(t *testing.T) {
	fr, err := ParseFrame([]byte{
		0x42, 0x02, 0x08, 0x03, // Left of 3
		0x08, 0x05, // seq 5, after the body
		0x2a, 0x02, 0x08, 0x07, // Ack through 7
	})
	if err != nil || fr.Kind != KindAck || fr.Seq != 5 || string(fr.Body) != "\x08\x07" {
		t.Errorf("%+v, %v", fr, err)
	}
}

// Whoever appends to a body must not write into the frame that follows.
func TestBodyHasNoRoomToGrow(t *testing.T) {
	msg := AppendFrame(AppendFrame(nil, 0, &Left{3}), 0, &Left{4})
	for fr := range Frames(msg) {
		_ = append(fr.Body, 0xff, 0xff, 0xff)
	}
	n := 0
	for _, err := range Frames(msg) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Errorf("%d frames, want 2", n)
	}
}

// These run for every cursor of every member.
func TestCursorsAllocateNothing(t *testing.T) {
	out := &Cursors{List: []Cursor{{1, 100000, -7, false, 1 << 20, false}, {2, -5, 70000, true, 1, false}, {}}}
	buf := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { buf = AppendFrame(buf[:0], 5, out) }); n != 0 {
		t.Errorf("AppendFrame: %v allocations, want none", n)
	}
	var in Cursors
	if n := testing.AllocsPerRun(100, func() {
		for fr, err := range Frames(buf) {
			if err == nil {
				err = in.Parse(fr.Body)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("Frames and Parse: %v allocations, want none", n)
	}
	if !equal(&in, out) {
		t.Errorf("%+v, want %+v", in, out)
	}
	hostile := []byte{4, 0x32, 2, 0x0a, 9}
	if n := testing.AllocsPerRun(100, func() {
		for fr, err := range Frames(hostile) {
			if err == nil && in.Parse(fr.Body) == nil {
				t.Fatal("accepted")
			}
		}
	}); n != 0 {
		t.Errorf("refusing: %v allocations, want none", n)
	}
}

// W11, W38: number and time stand around the body, and a body that was encoded
// before makes the same frame.
func TestW38TimedFrame(t *testing.T) {
	m := &Cursors{List: []Cursor{{X: 1, Y: -1, Seq: 7}}}
	b := AppendTimedFrame(nil, 150, 1<<32-1, m)
	const want = "" +
		"\x14" +
		"\x08\x96\x01" + // field 1, varint 150
		"\x32\x08" + // field 6, 8 bytes: Cursors
		"\x0a\x06\x10\x02\x18\x01\x28\x07" +
		"\x80\x01\xff\xff\xff\xff\x0f" // field 16, varint 2^32-1
	if string(b) != want {
		t.Errorf("% x, want % x", b, want)
	}
	if again := AppendBody(nil, 150, 1<<32-1, m.Kind(), m.Append(nil)); !bytes.Equal(again, b) {
		t.Errorf("with an encoded body % x, want % x", again, b)
	}
	for fr, err := range Frames(b) {
		if err != nil || fr.Seq != 150 || fr.Time != 1<<32-1 || fr.Kind != KindCursors {
			t.Errorf("%+v, %v", fr, err)
		}
	}
	full, _ := everyMessage()
	for _, m := range full {
		if a, b := AppendFrame(nil, 9, m), AppendBody(nil, 9, 0, m.Kind(), m.Append(nil)); !bytes.Equal(a, b) {
			t.Errorf("%T: % x with an encoded body, want % x", m, b, a)
		}
	}
}

// wantNoAllocations expects a message to be written, and read into another of its
// type again and again, without memory.
func wantNoAllocations(t *testing.T, out, in Message) {
	t.Helper()
	buf := AppendTimedFrame(nil, 9, 1000, out)
	if n := testing.AllocsPerRun(100, func() { buf = AppendTimedFrame(buf[:0], 9, 1000, out) }); n != 0 {
		t.Errorf("AppendTimedFrame: %v allocations, want none", n)
	}
	parse := func() {
		for fr, err := range Frames(buf) {
			if err == nil {
				err = in.Parse(fr.Body)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := testing.AllocsPerRun(100, parse); n != 0 {
		t.Errorf("Frames and Parse: %v allocations, want none", n)
	}
	if !equal(in, out) {
		t.Errorf("%+v, want %+v", in, out)
	}
}
