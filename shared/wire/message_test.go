package wire

import (
	"bytes"
	"crypto/ecdh"
	"math"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"edgeboard/shared/hextest"
)

// everyMessage has one of each kind with every field set, and its twin of zeros.
func everyMessage() (full, zero []Message) {
	full = []Message{
		&Hello{1, "plan", 1<<53 - 1, []byte{1, 7, 2}, "Zoë 界 🙂", 0xffffff, "a.b-c", "zh-Hans", "0123456789abcdef", DeviceProgram},
		&Welcome{1, 1<<32 - 1, []byte{1, 7, 2}, MaxMessage, 1<<64 - 1, RoleOwner, "Zoë", Person{1, 2, 15: 3}},
		&Update{[]byte{0, 1, 255}},
		&Ack{1 << 48, []byte{1, 9, 3}},
		&Cursors{[]Cursor{{1, -1 << 31, 1<<31 - 1, true, 1<<32 - 1, true}, {}, {1<<32 - 1, 1, -1, false, 1, false}}},
		&Joined{2, "Zoë", 0xe03131, Person{255, 15: 1}, DevicePhone, true},
		&Left{3},
		&Ping{300, 1<<32 - 1, 1},
		&Pong{1<<64 - 1, 1 << 41, 1, 1<<32 - 1},
		&Denied{CodeVersion, "too old", 1500},
		&Profile{"Zoë", 1, true},
		&Preview{2, 1<<32 - 1, 128, []Point{{-1 << 31, 1<<31 - 1}, {1<<31 - 1, -1 << 31}, {7, 7}, {7, 7}, {8, 71}}, 0xe03131, 16, true},
		&Refresh{"a.b-c"},
		&SnapshotPart{1 << 27, MaxSnapshot, []byte{2, 0, 255}},
		&Moved{1<<32 - 1, "https://b.example:8443"},
		&Notice{CodeNotStored, "full"},
		&Selection{2, 1<<32 - 1, []ID{{1<<53 - 1, 1 << 40}, {1<<53 - 1, 1<<40 + 5}, {7, 3}, {1<<64 - 1, 1<<64 - 1}, {}},
			[]float64{0.5, -0.25, 1e-9, 1, 1 << 28, math.Inf(-1)}, []float64{0, 1, 2, 3, 4, 5}, []ID{{7, 3}, {9, 1}, {}}, 1<<53 - 1, 1 << 40},
		&Viewport{2, 1<<32 - 1, []float64{-0.5, 1e9, 1280, math.Inf(1)}, []ID{{1<<53 - 1, 1 << 40}}, 1<<32 - 1, true},
		&Signal{2, SignalReaction, []float64{1, -1, 0, 0}, []ID{{7, 3}}, 1<<32 - 1},
		&Say{TextID{1, 15: 255}, Person{2, 15: 1}, SayUnact, "Zoë, see 界 🙂", TextID{3, 15: 4}, []Mention{{Person{5, 15: 6}, 0, 4}, {Person{7}, 1<<32 - 1, 1}}, 1<<64 - 1},
		&Said{Person{2}, []Text{
			{TextID{1}, Person{2}, "Zoë", 1<<64 - 1, 1 << 63, "see", TextID{3}, []Mention{{Person{5}, 1, 2}}, true, false, []Reaction{{"👍", []Person{{1}, {2}}}, {"🎉", []Person{{3}}}}, 1 << 41},
			{ID: TextID{4}, Deleted: true},
		}, 7, true, []TextID{{8}, {9}}, []Refusal{{TextID{9}, RefusedText, "nothing"}}},
		&Recall{1<<32 - 1, Person{2}, RecallChanged, 1<<64 - 1, "界", MaxRecall, TextID{1}},
		&Typing{Person{2}, true, 3, Person{4}},
		&Mark{Person{2}, 1<<64 - 1, Person{4}},
		&Talks{[]Talk{{Person{}, "", 1, 2, 3, MaxUnread, 0}, {Person{2}, "Zoë", 1<<64 - 1, 1, 2, 3, 1 << 60}}},
		&Inbox{[]Entry{
			{1<<64 - 1, EntryMention, 1 << 41, "plan", Person{1}, "Zoë", "Oven", "see 界 🙂", Person{2}, TextID{3, 15: 4}, 1<<64 - 1, "300-7", true},
			{}, {Seq: 1, What: 1<<32 - 1},
		}, 1<<32 - 1, true, 1<<32 - 1, 1<<64 - 1, []Span{{1, 1<<64 - 1}, {}}, []Span{{7, 7}}, true},
		&Browse{1<<32 - 1, 1<<64 - 1, true, MaxEntries, true},
		&Settle{[]Span{{1, 3}, {}, {1<<64 - 1, 1}}},
		&Wishes{1<<32 - 1, 1 << 3, []string{"plan", "", "sketch"}, 1439, 1<<32 - 1, "Europe/Vienna", []byte{4, 0, 255}, 16, "no such time zone"},
		&Subscribe{"https://push.example/1", []byte{4, 0, 255}, []byte{0}, "zh-Hans", true},
		&Watch{[]Want{{"cpu.*", 300, 1<<64 - 1}, {}, {"温度", 1<<32 - 1, 1}}, 1<<32 - 1, MaxDigits},
		&Points{1<<64 - 1, []Feed{{1<<32 - 1, "cpu.0", FeedNumbers}, {1, "log", FeedTexts}}, []byte{0, 1, 255}, []string{"see 界 🙂", "x"}, []Feed{{Number: 3}}, true},
		&Publish{1<<32 - 1, "plan", "cpu", []Sample{{1<<64 - 1, math.Copysign(0, -1), ""}, {}, {0, math.MaxFloat64, "x"}}},
		&Published{1<<32 - 1, PublishedMost, "samples", "as many as there may be", 1<<32 - 1},
	}
	for _, m := range full {
		zero = append(zero, fresh(m))
	}
	return full, zero
}

// One message may be written by several goroutines at once: the race detector sees it.
func TestMessagesAreWrittenTogether(t *testing.T) {
	full, _ := everyMessage()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for _, m := range full {
				m.Append(nil)
			}
		})
	}
	wg.Wait()
}

func fresh(m Message) Message { return reflect.New(reflect.TypeOf(m).Elem()).Interface().(Message) }

func TestMessagesRoundTrip(t *testing.T) {
	full, zero := everyMessage()
	for i, m := range full {
		for _, in := range []Message{m, zero[i]} {
			out := fresh(m)
			b := in.Append(nil)
			if err := out.Parse(b); err != nil {
				t.Fatalf("%T %x: %v", in, b, err)
			}
			if !reflect.DeepEqual(in, out) {
				t.Errorf("%T came back as %+v, want %+v", in, out, in)
			}
			if in == zero[i] && len(b) != 0 {
				t.Errorf("W9: %T of zeros is %x, want nothing: zero values are left out", in, b)
			}
		}
	}
}

// A receiver is used again for message after message. What the last one held
// must not shine through.
func TestParseReplaces(t *testing.T) {
	full, _ := everyMessage()
	for _, m := range full {
		if err := m.Parse(nil); err != nil {
			t.Fatalf("%T: %v", m, err)
		}
		if b := m.Append(nil); len(b) != 0 {
			t.Errorf("%T still holds %x after it has parsed an empty message", m, b)
		}
	}
}

func TestAppendExtends(t *testing.T) {
	full, _ := everyMessage()
	for _, m := range full {
		alone := AppendFrame(nil, 9, m)
		after := AppendFrame([]byte("before"), 9, m)
		if string(after) != "before"+string(alone) {
			t.Errorf("%T: %x after other bytes, %x alone", m, after, alone)
		}
	}
}

// Every kind has its number once, and the number in the frame is Kind's.
func TestW2KindStandsInFrame(t *testing.T) {
	full, _ := everyMessage()
	seen := map[Kind]bool{}
	for _, m := range full {
		if seen[m.Kind()] {
			t.Errorf("kind %d is two messages", m.Kind())
		}
		seen[m.Kind()] = true
		for fr, err := range Frames(AppendFrame(nil, 1<<64-1, m)) {
			if err != nil || fr.Kind != m.Kind() || fr.Seq != 1<<64-1 || !bytes.Equal(fr.Body, m.Append(nil)) {
				t.Errorf("%T: frame %+v, %v", m, fr, err)
			}
		}
	}
}

// frozen are the messages that the files in testdata/v1 hold.
var frozen = []struct {
	file   string
	exact  bool // the messages encode to these bytes
	frames []frozenFrame
}{
	{"hello", true, []frozenFrame{{0, &Hello{Version: 1, Board: "plan", Replica: 300, Vector: []byte{1, 7, 2}, Name: "Zoë", Color: 0xe03131}}}},
	{"welcome", true, []frozenFrame{{0, &Welcome{1, 2, []byte{1, 7, 2}, 1 << 20, 1700000000000, 0, "", Person{}}}}},
	{"role", true, []frozenFrame{{0, &Welcome{1, 2, []byte{1, 7, 2}, 1 << 20, 1700000000000, RoleViewer, "Zoë", Person{}}}}},
	{"update", true, []frozenFrame{{150, &Update{[]byte{1, 2, 3}}}}},
	{"ack", true, []frozenFrame{{0, &Ack{Through: 7}}}},
	{"others", true, []frozenFrame{{0, &Ack{Through: 7, Others: []byte{1, 9, 3}}}}},
	{"cursors", true, []frozenFrame{{0, &Cursors{[]Cursor{{Member: 3, X: -8, Y: 13, Hidden: true}, {}}}}}},
	{"joined", true, []frozenFrame{{0, &Joined{Member: 2, Name: "Zoë", Color: 0xe03131}}}},
	{"left", true, []frozenFrame{{0, &Left{3}}}},
	{"ping", true, []frozenFrame{{0, &Ping{Stamp: 300}}}},
	{"pong", true, []frozenFrame{{0, &Pong{Stamp: 1<<64 - 1}}}},
	{"denied", true, []frozenFrame{{0, &Denied{CodeGoingAway, "update", 1500}}}},
	{"profile", true, []frozenFrame{{0, &Profile{Name: "Zoë", Color: 0xe03131}}}},
	{"batch", true, []frozenFrame{{0, &Left{3}}, {150, &Update{[]byte{1, 2, 3}}}, {0, &Ack{Through: 7}}}},
	{"zero", true, []frozenFrame{{0, &Hello{}}, {0, &Welcome{}}, {0, &Update{}}, {0, &Ack{}}, {0, &Cursors{}},
		{0, &Joined{}}, {0, &Left{}}, {0, &Ping{}}, {0, &Pong{}}, {0, &Denied{}}, {0, &Profile{}}}},
	{"preview", true, []frozenFrame{{5, &Preview{
		Member: 2, Stroke: 3, Offset: 128, Points: []Point{{2000, -100}, {2000, -99}, {1936, -35}, {1636, -35}, {1636, -35}},
		Color: 0xe03131, Thickness: 16, Done: true,
	}}}},
	{"points", false, []frozenFrame{{0, &Preview{Points: []Point{{1, 2}, {65, 1}, {64, 1}}}}}},
	{"refresh", true, []frozenFrame{{0, &Refresh{"a.b-c"}}}},
	{"snapshot", true, []frozenFrame{{0, &SnapshotPart{997, 1000, []byte{1, 2, 3}}}}},
	{"notice", true, []frozenFrame{{0, &Notice{CodeNotStored, "full"}}, {0, &Notice{}}}},
	{"selection", true, []frozenFrame{{6, &Selection{
		Member: 2, Seq: 300, Elements: []ID{{300, 7}, {300, 9}, {1, 4}}, By: []float64{1, 0, 0, 1, -0.5, 2.5}, Caret: []ID{{300, 7}, {300, 20}, {}},
	}}, {0, &Selection{Seq: 301, Elements: []ID{{300, 7}}, Place: []float64{0, 0, 200, 100, 0, 20}, Replica: 300, Base: 20}}}},
	{"viewport", true, []frozenFrame{{6, &Viewport{
		Member: 2, Seq: 300, View: []float64{0.5, -20, 1280, 720}, Page: []ID{{300, 7}}, Following: 3, Presents: true,
	}}, {0, &Viewport{Seq: 301}}}},
	{"signal", true, []frozenFrame{{0, &Signal{Member: 2, What: SignalSummon, View: []float64{0.5, -20, 1280, 720}, Page: []ID{{300, 7}}}},
		{0, &Signal{What: SignalReaction, View: []float64{0.5, -20, 0, 0}, Symbol: 300}}}},
	{"laser", true, []frozenFrame{{0, &Cursors{[]Cursor{{X: 1, Seq: 9, Laser: true}}}}}},
	{"moved", true, []frozenFrame{{0, &Moved{AfterMS: 1500}}}},
	{"elsewhere", true, []frozenFrame{{0, &Moved{1500, "https://b.example"}}}},
	{"counted", true, []frozenFrame{{150, &Cursors{[]Cursor{{X: 1000, Y: -1000, Seq: 1<<32 - 1}}}}}},
	{"loss", true, []frozenFrame{{0, &Ping{300, 7, 150}}, {0, &Pong{300, 1700000000000, 5, 256}}}},
	{"token", true, []frozenFrame{{0, &Hello{Version: 1, Board: "plan", Replica: 300, Name: "Zoë", Token: "a.b-c", Language: "de-AT"}}}},
	{"person", true, []frozenFrame{
		{0, &Hello{Version: 1, Board: "plan", Replica: 300, Secret: "0123456789abcdef", Device: DevicePhone}},
		{0, &Welcome{Version: 1, Member: 2, Person: Person{7, 15: 9}}},
		{0, &Joined{Member: 2, Name: "Zoë", Person: Person{7, 15: 9}, Device: DevicePhone, Away: true}},
		{0, &Profile{Name: "Zoë", Away: true}},
	}},
	{"say", true, []frozenFrame{
		{0, &Say{ID: TextID{1, 15: 2}, With: Person{3, 15: 4}, Text: "Zoë, see", About: TextID{5, 15: 6}, Mentions: []Mention{{Person{7, 15: 9}, 0, 4}}, Time: 1700000000000}},
		{0, &Say{ID: TextID{1, 15: 3}, What: SayReact, Text: "👍", About: TextID{1, 15: 2}}},
	}},
	{"said", true, []frozenFrame{
		{0, &Said{Texts: []Text{
			{
				ID: TextID{1, 15: 2}, Author: Person{3, 15: 4}, Name: "Zoë", Stamp: 1700000000000 << 16, Changed: 1700000000000<<16 + 1, Text: "see",
				About: TextID{5, 15: 6}, Mentions: []Mention{{Person{7, 15: 9}, 1, 2}}, Edited: true,
				Reactions: []Reaction{{"👍", []Person{{7, 15: 9}, {7, 15: 10}}}}, Written: 1700000000000,
			},
			{ID: TextID{1, 15: 3}, Author: Person{3, 15: 4}, Stamp: 300, Changed: 301, Deleted: true},
		}}},
		{0, &Said{With: Person{3, 15: 4}, Texts: []Text{{ID: TextID{1, 15: 2}}}, Answers: 7, More: true}},
		{0, &Said{Stored: []TextID{{1, 15: 2}, {1, 15: 3}}, Refused: []Refusal{{TextID{1, 15: 4}, RefusedText, "nothing"}}}},
	}},
	{"recall", true, []frozenFrame{{0, &Recall{7, Person{3, 15: 4}, RecallAfter, 1700000000000 << 16, "界", 50, TextID{}}}}},
	{"one", true, []frozenFrame{{0, &Recall{Ask: 7, With: Person{3, 15: 4}, What: RecallOne, Message: TextID{1, 15: 2}}}}},
	{"typing", true, []frozenFrame{{0, &Typing{Member: 2, Person: Person{7, 15: 9}}}, {0, &Typing{With: Person{3, 15: 4}, Stopped: true}}}},
	{"mark", true, []frozenFrame{{0, &Mark{Person{3, 15: 4}, 1700000000000 << 16, Person{3, 15: 4}}}}},
	{"talks", true, []frozenFrame{{0, &Talks{[]Talk{
		{Last: 300, Changed: 301, Read: 299, Unread: 1},
		{With: Person{3, 15: 4}, Name: "Zoë", Last: 1700000000000 << 16, Changed: 1700000000000 << 16, Seen: 1700000000000 << 16},
	}}}}},
	{"inbox", true, []frozenFrame{
		{0, &Inbox{Unread: 3, Last: 300, Anew: true}},
		{0, &Inbox{
			Entries: []Entry{{
				Seq: 301, What: EntryMention, Time: 1700000000000, Board: "plan", From: Person{3, 15: 4}, Name: "Zoë", Text: "see",
				Message: TextID{1, 15: 2}, Stamp: 1700000000000 << 16,
			}},
			Unread: 1, Last: 301, Read: []Span{{1, 3}}, Gone: []Span{{5, 5}},
		}},
		{0, &Inbox{
			Entries: []Entry{
				{Seq: 300, What: EntryAlert, Time: 1700000000000, Board: "plan", Title: "Oven", Text: "260 °C", Element: "300-7"},
				{
					Seq: 299, What: EntryPrivate, Time: 1700000000000, From: Person{3, 15: 4}, Name: "Zoë", Text: "see",
					With: Person{3, 15: 4}, Message: TextID{1, 15: 3}, Stamp: 1700000000000 << 16, Read: true,
				},
			},
			Answers: 7, More: true, Unread: 1, Last: 301,
		}},
	}},
	{"browse", true, []frozenFrame{{0, &Browse{Ask: 7, Before: 300, Unread: true, Limit: 50}}, {0, &Browse{Ask: 8, Wishes: true}}}},
	{"settle", true, []frozenFrame{{0, &Settle{[]Span{{1, 3}, {300, 300}}}}}},
	{"wishes", true, []frozenFrame{
		{0, &Wishes{Off: 1 << EntryAlert, Unpushed: 1 << EntryReply, Muted: []string{"plan", "sketch"}, QuietFrom: 22 * 60, QuietTo: 7 * 60, Zone: "Europe/Vienna"}},
		{0, &Wishes{Off: 1 << EntryAlert, PushKey: point, Devices: 2, Refused: "no such time zone"}},
	}},
	{"subscribe", true, []frozenFrame{
		{0, &Subscribe{"https://push.example/1", point, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, "zh-CN", false}},
		{0, &Subscribe{Endpoint: "https://push.example/1", Ended: true}},
	}},
	{"watch", true, []frozenFrame{
		{0, &Watch{[]Want{{"cpu.*", 300, 300_000}, {Feed: "log"}}, 1000, 4}},
		{0, &Watch{}},
	}},
	{"live", true, []frozenFrame{
		{0, &Points{
			Time: 1700000000000, Feeds: []Feed{{7, "oven", FeedNumbers}, {9, "log", FeedTexts}},
			Runs: []byte("\x3b\x01\x02\xd0\x0f\xae\x03\xd0\x0f\x0a\x17\x01\x00"), Texts: []string{"hot"}, More: true,
		}},
		{0, &Points{Time: 1700000001000, Runs: []byte("\x38\x00\x09"), Gone: []Feed{{Number: 9}}}},
	}},
	{"publish", true, []frozenFrame{
		{0, &Publish{Ask: 7, Feed: "oven", Samples: []Sample{{1700000000000, 21.5, ""}, {1700000001000, math.Copysign(0, -1), ""}, {}}}},
		{0, &Publish{Board: "plan", Feed: "log", Samples: []Sample{{Text: "hot"}}}},
	}},
	{"published", true, []frozenFrame{
		{0, &Published{Ask: 7}},
		{0, &Published{8, PublishedMost, "samples", "too many points", 1500}},
	}},
	{"later", false, []frozenFrame{{0, nil}, {0, &Ping{Stamp: 300}}}},
}

// point is a public key of P-256 as it is written: that of the private key 1, which is
// the curve's generator.
var point = func() []byte {
	key, err := ecdh.P256().NewPrivateKey([]byte{31: 1})
	if err != nil {
		panic(err)
	}
	return key.PublicKey().Bytes()
}()

// frozenTimes are the times that stand in frames, by file.
var frozenTimes = map[string]uint32{"preview": 1000, "counted": 1<<32 - 1, "selection": 1000, "viewport": 1000}

type frozenFrame struct {
	seq uint64
	m   Message // nil: of a kind that is not known
}

func TestW37FrozenFramesDecode(t *testing.T) {
	files, err := filepath.Glob("testdata/v1/*.hex")
	if err != nil || len(files) != len(frozen) {
		t.Errorf("%d files (%v) for %d entries of the table", len(files), err, len(frozen))
	}
	for _, c := range frozen {
		msg := hextest.Read(t, "testdata/v1/"+c.file+".hex")
		n := 0
		for fr, err := range Frames(msg) {
			if err != nil {
				t.Errorf("%s, frame %d: %v", c.file, n, err)
				break
			}
			if n == len(c.frames) {
				t.Errorf("%s: more than %d frames", c.file, n)
				break
			}
			want := c.frames[n]
			n++
			if want.m == nil {
				if fr.Kind.Known() {
					t.Errorf("%s: kind %d is known, want one of a later version", c.file, fr.Kind)
				}
				continue
			}
			got := fresh(want.m)
			if err := got.Parse(fr.Body); err != nil {
				t.Errorf("%s: %v", c.file, err)
			}
			if fr.Kind != want.m.Kind() || fr.Seq != want.seq || fr.Time != frozenTimes[c.file] || !equal(got, want.m) {
				t.Errorf("%s: seq %d %+v, want seq %d %+v", c.file, fr.Seq, got, want.seq, want.m)
			}
		}
		if n != len(c.frames) {
			t.Errorf("%s: %d frames, want %d", c.file, n, len(c.frames))
		}
		if !c.exact {
			continue
		}
		// The files were written by hand from the rules of protobuf.
		var out []byte
		for _, f := range c.frames {
			out = AppendTimedFrame(out, f.seq, frozenTimes[c.file], f.m)
		}
		if !bytes.Equal(out, msg) {
			t.Errorf("W9: %s is written as\n% x, want\n% x", c.file, out, msg)
		}
	}
}

// equal compares what messages say: no bytes and an empty list are the same.
func equal(a, b Message) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && bytes.Equal(a.Append(nil), b.Append(nil))
}
