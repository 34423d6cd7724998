package wirejson_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"edgeboard/shared/wire"
	"edgeboard/shared/wire/wirejson"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// frame is a message of one frame, without its length.
func frame(seq uint64, m wire.Message) []byte {
	raw, _, _ := wire.Bytes(wire.AppendFrame(nil, seq, m))
	return raw
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		frame []byte
		text  string
	}{
		{frame(0, &wire.Hello{Version: 1, Board: "plans", Replica: 1<<53 - 1, Vector: []byte{1, 0xff}, Name: `Än "n"`}),
			`{"hello":{"version":1,"board":"plans","replica":"9007199254740991","vector":"Af8=","name":"Än \"n\""}}`},
		{frame(7, &wire.Update{Data: []byte("update")}), `{"seq":"7","update":{"data":"dXBkYXRl"}}`},
		{frame(0, &wire.Cursors{List: []wire.Cursor{{Member: 3, X: -8, Y: 16}, {Member: 4, Hidden: true}}}),
			`{"cursors":{"list":[{"member":3,"x":-8,"y":16},{"member":4,"hidden":true}]}}`},
		{frame(0, &wire.Selection{Member: 3, Elements: []wire.ID{{Replica: 1<<53 - 1, Seq: 7}, {Replica: 1<<53 - 1, Seq: 5}}, By: []float64{1, 0, 0, 1, -0.5, 20}}),
			`{"selection":{"member":3,"elements":["9007199254740991","7","0","-2"],"by":[1,0,0,1,-0.5,20]}}`},
		{frame(0, &wire.Viewport{Member: 3, View: []float64{0, -0.5, 1280, 720}, Page: []wire.ID{{Replica: 7, Seq: 9}}, Presents: true}),
			`{"viewport":{"member":3,"view":[0,-0.5,1280,720],"page":["7","9"],"presents":true}}`},
		{frame(0, &wire.Signal{What: wire.SignalReaction, Symbol: 4}), `{"signal":{"what":2,"symbol":4}}`},
		{frame(0, &wire.Say{ID: wire.TextID{0xff, 15: 1}, Text: "see", Mentions: []wire.Mention{{Length: 3}}, Time: 1_700_000_000_000}),
			`{"say":{"id":"/wAAAAAAAAAAAAAAAAAAAQ==","text":"see","mentions":[{"length":3}],"time":"1700000000000"}}`},
		{frame(0, &wire.Said{Texts: []wire.Text{{Stamp: 1 << 60, Reactions: []wire.Reaction{{Sign: "👍", Persons: []wire.Person{{15: 1}}}}}}, Answers: 7, More: true}),
			`{"said":{"texts":[{"stamp":"1152921504606846976","reactions":[{"sign":"👍","persons":["AAAAAAAAAAAAAAAAAAAAAQ=="]}]}],"answers":7,"more":true}}`},
		{frame(0, &wire.Inbox{Entries: []wire.Entry{{Seq: 7, What: wire.EntryAlert, Title: "Oven", Message: wire.TextID{15: 1}}}, Unread: 1, Last: 1 << 60, Read: []wire.Span{{From: 1, To: 3}}, Anew: true}),
			`{"inbox":{"entries":[{"seq":"7","what":5,"title":"Oven","message":"AAAAAAAAAAAAAAAAAAAAAQ=="}],"unread":1,"last":"1152921504606846976","read":[{"from":"1","to":"3"}],"anew":true}}`},
		{frame(0, &wire.Wishes{Off: 32, Muted: []string{"plan", "sketch"}, QuietFrom: 1320, QuietTo: 420, Zone: "Europe/Vienna", PushKey: []byte{4, 0xff}}),
			`{"wishes":{"off":32,"muted":["plan","sketch"],"quietFrom":1320,"quietTo":420,"zone":"Europe/Vienna","pushKey":"BP8="}}`},
		{frame(0, &wire.Subscribe{Endpoint: "https://push.example/1", Key: []byte{4}, Auth: []byte{0xff}, Language: "de"}),
			`{"subscribe":{"endpoint":"https://push.example/1","key":"BA==","auth":"/w==","language":"de"}}`},
		{frame(0, &wire.Watch{List: []wire.Want{{Feed: "cpu.*", Points: 300, SpanMS: 300_000}, {Feed: "log"}}, IntervalMS: 1000, Digits: 4}),
			`{"watch":{"list":[{"feed":"cpu.*","points":300,"spanMs":"300000"},{"feed":"log"}],"intervalMs":1000,"digits":4}}`},
		{frame(0, &wire.Points{Time: 1_700_000_000_000, Feeds: []wire.Feed{{Number: 7, Name: "oven", Type: wire.FeedNumbers}}, Runs: []byte{0x3b, 0, 0}, Texts: []string{"hot"}, Gone: []wire.Feed{{Number: 9}}, More: true}),
			`{"points":{"time":"1700000000000","feeds":[{"number":7,"name":"oven","type":1}],"runs":"OwAA","texts":["hot"],"gone":[{"number":9}],"more":true}}`},
		{frame(0, &wire.Publish{Ask: 7, Board: "plan", Feed: "oven", Samples: []wire.Sample{{Time: 1_700_000_000_000, Number: 21.5}, {Text: "hot"}, {}}}),
			`{"publish":{"ask":7,"board":"plan","feed":"oven","samples":[{"time":"1700000000000","number":21.5},{"text":"hot"},{}]}}`},
		{frame(0, &wire.Published{Ask: 7, Why: wire.PublishedMost, Field: "samples", Reason: "too many points", RetryMS: 1500}),
			`{"published":{"ask":7,"why":4,"field":"samples","reason":"too many points","retryMs":1500}}`},
		{frame(0, &wire.Denied{Code: 4007, Reason: "silent", RetryMS: 5}), `{"denied":{"code":4007,"reason":"silent","retryMs":5}}`},
		{frame(0, &wire.Ping{}), `{"ping":{}}`},
	} {
		got, err := wirejson.AppendFrame([]byte("data: "), c.frame)
		if err != nil || string(got) != "data: "+c.text {
			t.Errorf("as JSON: %s, %v\nwant       %s", got, err, c.text)
		}
		msg, err := wirejson.Parse([]byte(c.text))
		if raw, rest, _ := wire.Bytes(msg); err != nil || len(rest) != 0 || !slices.Equal(raw, c.frame) {
			t.Errorf("%s\nwas read as %x, %v\nwant        %x", c.text, msg, err, c.frame)
		}
	}
}

// What is not known says nothing here (W8).
func TestUnknown(t *testing.T) {
	later := wire.AppendBody(nil, 0, 0, 99, []byte("news"))
	raw, _, _ := wire.Bytes(later)
	if got, err := wirejson.AppendFrame(nil, raw); err != nil || len(got) != 0 {
		t.Errorf("a frame of a later version was written as %q, %v", got, err)
	}
	msg, err := wirejson.Parse([]byte(` [ {"news":{"a":[1,{}]}}, {"ping":{"stamp":"5","news":null}}, {"seq":1,"left":{}} ] `))
	want := wire.AppendFrame(wire.AppendFrame(nil, 0, &wire.Ping{Stamp: 5}), 1, &wire.Left{})
	if err != nil || !bytes.Equal(msg, want) {
		t.Errorf("read %x, %v, want %x", msg, err, want)
	}
	if msg, err := wirejson.Parse([]byte("[]")); err != nil || len(msg) != 0 {
		t.Errorf("no frames are %x, %v", msg, err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ why, text, says string }{
		{"nothing", "", "frame 1"},
		{"no JSON", "hello", "frame 1"},
		{"half a frame", `{"ping":{`, "frame 1"},
		{"half a list", `[{"ping":{}}`, "list"},
		{"two frames without a list", `{"ping":{}}{"ping":{}}`, "follows"},
		{"a list in a list", `[[{"ping":{}}]]`, "frame 1"},
		{"a comma too many", `[{"ping":{}},]`, "frame 2"},
		{"a number", "17", "frame 1"},
		{"a frame without a body", `[{"ping":{}},{"seq":"1"}]`, "frame 2: wire: frame has no body"},
		{"two bodies", `{"ping":{},"pong":{}}`, "frame 1"},
		{"a field of another type", `{"ping":{"stamp":true}}`, "frame 1"},
		{"bytes that are no base64", `{"update":{"data":"!"}}`, "frame 1"},
		{"text that is not UTF-8", "{\"profile\":{\"name\":\"\xff\"}}", "frame 1"},
		{"half a surrogate pair", `{"profile":{"name":"\ud800"}}`, "frame 1"},
		{"brackets without end", strings.Repeat("[", 1<<20), "frame 1"},
		{"what is not known, without end", `{"news":` + strings.Repeat("[", 1<<20), "frame 1"},
	} {
		if msg, err := wirejson.Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %x, %v; want an error that says %q", c.why, msg, err, c.says)
		}
	}
}

func TestLimits(t *testing.T) {
	many := `{"cursors":{"list":[` + strings.Repeat("{},", wirejson.MaxObjects) + `{}]}}`
	if _, err := wirejson.Parse([]byte(many)); !errors.Is(err, wirejson.ErrTooMany) {
		t.Errorf("too many objects: %v", err)
	}
	huge := `{"update":{"data":"` + strings.Repeat("AAAA", wire.MaxMessage/3) + `"}}`
	if _, err := wirejson.Parse([]byte(huge)); !errors.Is(err, wire.ErrTooLarge) {
		t.Errorf("a message over the limit: %v", err)
	}
	large := `{"update":{"data":"` + strings.Repeat("A", wire.MaxMessage) + `"}}`
	if msg, err := wirejson.Parse([]byte(large)); err != nil || len(msg) < wire.MaxMessage*3/4 {
		t.Errorf("a large message: %d bytes, %v", len(msg), err)
	}
	if _, err := wirejson.AppendFrame(nil, []byte("\x12\x05")); err == nil {
		t.Error("half a frame was written as JSON")
	}
	if _, err := wirejson.Parse([]byte(`{"update":{"data":"` + strings.Repeat("A", wire.MaxMessage+1) + `"}}`)); err == nil || len(err.Error()) > 500 {
		t.Error("an error repeats all that it was given")
	}
}

// What is read is a message of frames, and written it is read as the same again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`[{"ping":{"stamp":"5"}},{"hello":{"vector":"Af8="}}]`))
	f.Add([]byte(`{"preview":{"points":[0,-1,7,8],"color":16777215}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		msg, err := wirejson.Parse(text)
		if err != nil {
			return
		}
		again := []byte("[")
		for rest := msg; len(rest) > 0; {
			raw, next, err := wire.Bytes(rest)
			if err != nil {
				t.Fatalf("%x: %v", msg, err)
			}
			if again, err = wirejson.AppendFrame(again, raw); err != nil {
				t.Fatalf("%x: %v", raw, err)
			}
			if rest = next; len(rest) > 0 {
				again = append(again, ',')
			}
		}
		back, err := wirejson.Parse(append(again, ']'))
		if err != nil || !bytes.Equal(back, msg) {
			t.Errorf("%s was read as %x, and written and read again as %x, %v", text, msg, back, err)
		}
	})
}
