package wirepb_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

// fuzz compares both packages in both directions: bytes that the fuzzer finds
// are read by both, and a message that it picks by a number is written by both.
func fuzz(f *testing.F, p pair) {
	rng := rand.New(rand.NewPCG(4, 5))
	f.Add([]byte{}, uint64(0))
	f.Add([]byte("\x80\x7d\x05"), uint64(1))                                     // a field of a later version
	f.Add([]byte("\x0b\x08\x01\x0c"), uint64(2))                                 // a group
	f.Add([]byte("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), uint64(3))     // 64 bits
	f.Add([]byte("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), uint64(4))     // 65 bits
	f.Add([]byte("\x0a\x01\xff\x12\x01\xff\x2a\x01\xff\x3a\x01\xff"), uint64(5)) // not UTF-8
	for seed := range uint64(8) {
		f.Add(mangled(f, rng, p), seed)
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		sameFromBytes(t, p, b)
		sameFromValues(t, p, seed)
	})
}

func FuzzHello(f *testing.F)        { fuzz(f, bodies[wire.KindHello]) }
func FuzzWelcome(f *testing.F)      { fuzz(f, bodies[wire.KindWelcome]) }
func FuzzUpdate(f *testing.F)       { fuzz(f, bodies[wire.KindUpdate]) }
func FuzzAck(f *testing.F)          { fuzz(f, bodies[wire.KindAck]) }
func FuzzCursors(f *testing.F)      { fuzz(f, bodies[wire.KindCursors]) }
func FuzzJoined(f *testing.F)       { fuzz(f, bodies[wire.KindJoined]) }
func FuzzLeft(f *testing.F)         { fuzz(f, bodies[wire.KindLeft]) }
func FuzzPing(f *testing.F)         { fuzz(f, bodies[wire.KindPing]) }
func FuzzPong(f *testing.F)         { fuzz(f, bodies[wire.KindPong]) }
func FuzzDenied(f *testing.F)       { fuzz(f, bodies[wire.KindDenied]) }
func FuzzProfile(f *testing.F)      { fuzz(f, bodies[wire.KindProfile]) }
func FuzzPreview(f *testing.F)      { fuzz(f, bodies[wire.KindPreview]) }
func FuzzRefresh(f *testing.F)      { fuzz(f, bodies[wire.KindRefresh]) }
func FuzzSnapshotPart(f *testing.F) { fuzz(f, bodies[wire.KindSnapshotPart]) }
func FuzzNotice(f *testing.F)       { fuzz(f, bodies[wire.KindNotice]) }
func FuzzMoved(f *testing.F)        { fuzz(f, bodies[wire.KindMoved]) }
func FuzzSelection(f *testing.F)    { fuzz(f, bodies[wire.KindSelection]) }
func FuzzViewport(f *testing.F)     { fuzz(f, bodies[wire.KindViewport]) }
func FuzzSignal(f *testing.F)       { fuzz(f, bodies[wire.KindSignal]) }
func FuzzSay(f *testing.F)          { fuzz(f, bodies[wire.KindSay]) }
func FuzzSaid(f *testing.F)         { fuzz(f, bodies[wire.KindSaid]) }
func FuzzRecall(f *testing.F)       { fuzz(f, bodies[wire.KindRecall]) }
func FuzzTyping(f *testing.F)       { fuzz(f, bodies[wire.KindTyping]) }
func FuzzMark(f *testing.F)         { fuzz(f, bodies[wire.KindMark]) }
func FuzzTalks(f *testing.F)        { fuzz(f, bodies[wire.KindTalks]) }
func FuzzInbox(f *testing.F)        { fuzz(f, bodies[wire.KindInbox]) }
func FuzzBrowse(f *testing.F)       { fuzz(f, bodies[wire.KindBrowse]) }
func FuzzSettle(f *testing.F)       { fuzz(f, bodies[wire.KindSettle]) }
func FuzzWishes(f *testing.F)       { fuzz(f, bodies[wire.KindWishes]) }
func FuzzSubscribe(f *testing.F)    { fuzz(f, bodies[wire.KindSubscribe]) }
func FuzzWatch(f *testing.F)        { fuzz(f, bodies[wire.KindWatch]) }
func FuzzPoints(f *testing.F)       { fuzz(f, bodies[wire.KindPoints]) }
func FuzzPublish(f *testing.F)      { fuzz(f, bodies[wire.KindPublish]) }
func FuzzPublished(f *testing.F)    { fuzz(f, bodies[wire.KindPublished]) }
func FuzzCursor(f *testing.F)       { fuzz(f, cursor) }

func FuzzFrame(f *testing.F) {
	rng := rand.New(rand.NewPCG(6, 7))
	for kind, p := range bodies {
		b := wire.AppendBody(nil, 9, 300, kind, mangled(f, rng, p))
		_, rest, err := wire.Uvarint(b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(rest)
	}
	f.Add([]byte("\x42\x02\x08\x03\x42\x00"))             // two bodies
	f.Add([]byte("\x68\x01\x42\x02\x08\x03"))             // a kind as a number
	f.Add([]byte("\x43\x44\x42\x02\x08\x03"))             // a kind as a group
	f.Add([]byte("\x9a\x06\x02\xff\xff"))                 // a kind of a later version
	f.Add([]byte("\x82\x01\x00\x42\x02\x08\x03"))         // a time that is bytes
	f.Add([]byte("\x42\x02\x08\x03\x80\x81\x00\x80\x00")) // overlong tag and time
	f.Fuzz(sameFrame)
}

// Every message has its fuzz test, and the seeds are good for something.
func TestFuzzSeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/fuzz/Fuzz*/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no seeds: %v", err)
	}
	for _, p := range bodies {
		found := false
		for _, name := range files {
			found = found || strings.Contains(name, "Fuzz"+p.name()+string(filepath.Separator))
		}
		if !found {
			t.Errorf("no seeds for %s", p.name())
		}
	}
}
