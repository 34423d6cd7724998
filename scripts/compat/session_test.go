package compat

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/server"
	"edgeboard/relay/store/sqlite"
	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// message is a line of session.jsonl: a transport message of a client, or of its relay.
type message struct {
	From  string   `json:"from"` // client or relay
	Kinds []uint32 `json:"kinds"`
	Bytes string   `json:"bytes"` // base64
}

// replayed is the board of the session; writer is as whom its client writes.
const (
	replayed = "replayed"
	writer   = 2001
)

// party is a connection to a relay, message by message.
type party struct {
	t     *testing.T
	c     conn.Conn
	log   []message
	mu    sync.Mutex
	heard []wire.Frame // guarded by mu
	news  chan struct{}
	ended chan struct{}
}

func (r *relay) party() *party {
	r.t.Helper()
	c, err := r.dial(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	p := &party{t: r.t, c: c, news: make(chan struct{}, 1), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		for {
			msg, err := c.Receive(context.Background())
			if err != nil {
				return
			}
			p.note("relay", msg)
			select {
			case p.news <- struct{}{}:
			default:
			}
		}
	}()
	r.t.Cleanup(p.leave)
	return p
}

func (p *party) leave() {
	p.c.Close(uint32(wire.CodeNormal), "")
	<-p.ended
}

// note writes a message down.
func (p *party) note(from string, msg []byte) {
	msg = slices.Clone(msg)
	m := message{From: from, Bytes: base64.StdEncoding.EncodeToString(msg)}
	p.mu.Lock()
	defer p.mu.Unlock()
	for f, err := range wire.Frames(msg) {
		if err != nil {
			p.t.Errorf("the %s says %v", from, err)
			return
		}
		m.Kinds = append(m.Kinds, uint32(f.Kind))
		if from == "relay" {
			p.heard = append(p.heard, f)
		}
	}
	p.log = append(p.log, m)
}

func (p *party) send(msg []byte) {
	p.t.Helper()
	p.note("client", msg)
	if err := p.c.Send(p.t.Context(), msg); err != nil {
		p.t.Fatal(err)
	}
}

func (p *party) says(list ...wire.Message) {
	p.t.Helper()
	var msg []byte
	for _, m := range list {
		msg = wire.AppendFrame(msg, 0, m)
	}
	p.send(msg)
}

// hears waits for a frame of a kind, into which it is parsed, until fits likes it.
func hears[M wire.Message](p *party, m M, fits func() bool) {
	p.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for at := 0; ; {
		p.mu.Lock()
		list := p.heard[at:]
		at = len(p.heard)
		p.mu.Unlock()
		for _, f := range list {
			if f.Kind == wire.KindDenied {
				var no wire.Denied
				_ = no.Parse(f.Body)
				p.t.Fatalf("the relay denies: %d %s", no.Code, no.Reason)
			}
			if f.Kind == m.Kind() {
				if err := m.Parse(f.Body); err != nil {
					p.t.Fatal(err)
				}
				if fits() {
					return
				}
			}
		}
		select {
		case <-p.news:
		case <-late.C:
			p.t.Fatalf("a frame of kind %d is not heard", m.Kind())
		}
	}
}

func any1() bool { return true }

// openBoard serves the board of a document to everybody on this machine.
func openBoard(t *testing.T, snapshot []byte) *relay {
	t.Helper()
	data := t.TempDir()
	store, err := sqlite.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	store.Compact(replayed, nil, snapshot, func(err error) { done <- err })
	if err := errors.Join(<-done, store.Close()); err != nil {
		t.Fatal(err)
	}
	return serve(t, server.Config{Data: data, Drain: time.Second})
}

// said is the name of what the client of the session says.
var said = wire.TextID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// drawn is the client's update: what it has drawn on the document of snapshot.bin.
func drawn(t *testing.T, snapshot []byte) (update []byte, doc *board.Board) {
	doc, err := board.Load(writer, snapshot)
	if err != nil {
		t.Fatal(err)
	}
	e := doc.Edit()
	e.Splice(e.Create(board.KindNote), board.Chars, 0, 0, "of a client of this version")
	line := e.Create(board.KindStroke)
	e.Append(line, board.Point{X: 8, Y: 8, Pressure: 128}, board.Point{X: 80, Y: 16, Pressure: 128})
	return e.Commit(), doc
}

// saying are the kinds of frames of each side, but for those by which it is ended, or told
// that the store fails.
var saying = map[string][]wire.Kind{
	"client": {
		wire.KindHello, wire.KindUpdate, wire.KindCursors, wire.KindPreview, wire.KindSelection, wire.KindViewport, wire.KindSignal,
		wire.KindTyping, wire.KindProfile, wire.KindPing, wire.KindRefresh, wire.KindSay, wire.KindRecall, wire.KindMark, wire.KindBrowse,
		wire.KindSettle, wire.KindWishes, wire.KindSubscribe, wire.KindWatch, wire.KindPublish,
	},
	"relay": {
		wire.KindWelcome, wire.KindSnapshotPart, wire.KindUpdate, wire.KindAck, wire.KindCursors, wire.KindPreview, wire.KindSelection,
		wire.KindViewport, wire.KindSignal, wire.KindTyping, wire.KindJoined, wire.KindLeft, wire.KindPong, wire.KindSaid, wire.KindMark,
		wire.KindTalks, wire.KindInbox, wire.KindWishes, wire.KindPoints, wire.KindPublished, wire.KindMoved,
	},
}

// recordSession has a client say something of every kind that there is, and records what
// it and its relay send.
func recordSession(t *testing.T, r record) {
	snapshot := r.read(t, "snapshot.bin")
	update, doc := drawn(t, snapshot)
	relay := openBoard(t, snapshot)
	other := relay.party()
	other.says(&wire.Hello{Version: 1, Board: replayed, Replica: writer + 1, Name: "Bo", Secret: "Bo's secret is long enough", Device: 2})
	var met wire.Welcome
	hears(other, &met, any1)

	p := relay.party()
	p.says(&wire.Hello{Version: 1, Board: replayed, Replica: writer, Name: "Ann", Color: 0xe03131, Language: "en", Secret: "Ann's secret is long enough", Device: 1})
	var me wire.Welcome
	hears(p, &me, any1)
	var joined wire.Joined
	hears(p, &joined, func() bool { return joined.Member == met.Member })
	p.says(&wire.Cursors{List: []wire.Cursor{{X: 80, Y: -16, Seq: 1, Laser: true}}},
		&wire.Preview{Stroke: 1, Points: []wire.Point{{X: 8, Y: 8}, {X: 80, Y: 16}}, Color: 0xe03131, Thickness: 32},
		&wire.Selection{Seq: 1, Elements: []wire.ID{{Replica: 1001, Seq: 1}}, By: []float64{1, 0, 0, 1, 5, 5}, Replica: writer, Base: 0},
		&wire.Viewport{Seq: 1, View: []float64{0, 0, 1280, 720}, Following: met.Member},
		&wire.Signal{What: 2, View: []float64{1, 2, 0, 0}, Symbol: 3},
		&wire.Profile{Name: "Ann B.", Color: 0x2f9e44},
		&wire.Ping{Stamp: 17, Received: 0, Highest: 0})
	p.says(&wire.Update{Data: update})
	var ack wire.Ack
	hears(p, &ack, func() bool { return ack.Through == doc.Seq(writer) })
	p.says(&wire.Preview{Stroke: 1, Done: true}, &wire.Typing{},
		&wire.Say{ID: said, Text: "Hello, Bo", Mentions: []wire.Mention{{Person: met.Person, At: 7, Length: 2}}, Time: 1767225600000},
		&wire.Say{ID: wire.TextID{2}, What: 3, Text: "👍", About: said})
	var answer wire.Said
	hears(p, &answer, func() bool { return slices.Contains(answer.Stored, wire.TextID{2}) })
	other.says(&wire.Cursors{List: []wire.Cursor{{X: 1, Y: 2, Seq: 1}}}, &wire.Preview{Stroke: 9, Points: []wire.Point{{X: 1, Y: 1}}, Color: 1, Thickness: 8},
		&wire.Selection{Seq: 1, Elements: []wire.ID{{Replica: 1001, Seq: 2}}}, &wire.Viewport{Seq: 1, View: []float64{10, 20, 1280, 720}, Presents: true},
		&wire.Signal{What: 1, View: []float64{10, 20, 1280, 720}}, &wire.Typing{},
		&wire.Say{ID: wire.TextID{3}, Text: "Hello, Ann", About: said}, &wire.Say{ID: wire.TextID{4}, Text: "to you alone", With: me.Person})
	hears(p, &answer, func() bool { return len(answer.Texts) > 0 && answer.Texts[0].ID == wire.TextID{4} })
	stamp := answer.Texts[0].Stamp
	hears(p, &wire.Signal{}, any1)
	hears(p, &wire.Typing{}, any1)
	hears(p, &wire.Cursors{}, any1)
	hears(p, &wire.Selection{}, any1)
	var view wire.Viewport
	hears(p, &view, func() bool { return view.Presents })
	p.says(&wire.Mark{Stamp: stamp}, &wire.Recall{Ask: 1, What: 0, Stamp: ^wire.Stamp(0)}, &wire.Recall{Ask: 2, Stamp: ^wire.Stamp(0), Find: "hello", Limit: 5},
		&wire.Browse{Ask: 1}, &wire.Settle{Read: []wire.Span{{From: 1, To: 1}}}, &wire.Browse{Ask: 2, Wishes: true},
		&wire.Wishes{Off: 1 << 3, QuietFrom: 1320, QuietTo: 420, Zone: "Europe/Berlin"},
		&wire.Subscribe{Endpoint: "https://push.example/1", Key: make([]byte, 65), Auth: make([]byte, 16), Language: "en"},
		&wire.Watch{List: []wire.Want{{Feed: "cpu.*", Points: 10}}, IntervalMS: 50},
		&wire.Publish{Ask: 1, Feed: "cpu.load", Samples: []wire.Sample{{Number: 12.5}}},
		&wire.Refresh{Token: ""})
	wanted(p)
	var points wire.Points
	hears(p, &points, func() bool { return len(points.Feeds) > 0 })
	draws := board.New(writer + 1)
	if err := draws.Merge(snapshot); err != nil {
		t.Fatal(err)
	}
	f := draws.Edit()
	f.Splice(f.Create(board.KindText), board.Chars, 0, 0, "of somebody else")
	other.says(&wire.Update{Data: f.Commit()})
	var told wire.Update
	hears(p, &told, any1)
	other.leave()
	var left wire.Left
	hears(p, &left, func() bool { return left.Member == met.Member })
	go relay.stop()
	var moved wire.Moved
	hears(p, &moved, any1)
	p.leave()

	var lines []byte
	kinds := map[string][]uint32{}
	for _, m := range p.log {
		line, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
		kinds[m.From] = append(kinds[m.From], m.Kinds...)
	}
	for from, list := range saying {
		for _, kind := range list {
			if !slices.Contains(kinds[from], uint32(kind)) {
				t.Errorf("the %s says nothing of kind %d in the session, but %v", from, kind, kinds[from])
			}
		}
	}
	r.write(t, "session.jsonl", lines)
}

// wanted waits for the answers that a client of the session gets to what it asks.
func wanted(p *party) {
	p.t.Helper()
	hears(p, &wire.Pong{}, any1)
	var said1 wire.Said
	for _, ask := range []uint32{1, 2} {
		hears(p, &said1, func() bool { return said1.Answers == ask && len(said1.Texts) > 0 })
	}
	var box wire.Inbox
	hears(p, &box, func() bool { return box.Answers == 1 })
	var wishes wire.Wishes
	hears(p, &wishes, func() bool { return wishes.Zone == "Europe/Berlin" && wishes.Off == 1<<3 })
	var published wire.Published
	hears(p, &published, func() bool { return published.Ask == 1 })
	hears(p, &wire.Talks{}, any1)
}

func (r record) session(t *testing.T) (list []message) {
	t.Helper()
	for _, line := range r.readLines(t, "session.jsonl") {
		var m message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	return list
}

func (m message) bytes(t *testing.T) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(m.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A client of a release comes to this relay and says what it then said: it is let in, its
// changes are stored, all that it asks is answered, and others see it.
func TestOldClientNewRelay(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		relay := openBoard(t, r.read(t, "snapshot.bin"))
		other := relay.person("Bo", replayed, "", "Bo's secret is long enough", 7)
		other.wait("the board is there", func(s *client.Session) bool { return s.Status().Phase == client.Live && s.Doc().Len() > 0 })

		p := relay.party()
		welcomed, ops := false, uint64(0)
		for _, m := range r.session(t) {
			if m.From != "client" {
				continue
			}
			p.send(m.bytes(t))
			for f, err := range wire.Frames(m.bytes(t)) {
				if err != nil {
					t.Fatal(err)
				}
				if f.Kind == wire.KindUpdate {
					ops++
				}
			}
			if !welcomed {
				welcomed = true
				var me wire.Welcome
				hears(p, &me, any1)
				if me.Version != 1 || me.Member == 0 {
					t.Errorf("it is welcomed with %+v", me)
				}
			}
			if slices.Contains(m.Kinds, uint32(wire.KindSay)) {
				var answer wire.Said
				hears(p, &answer, func() bool { return slices.Contains(answer.Stored, said) })
			}
		}
		var ack wire.Ack
		hears(p, &ack, func() bool { return ack.Through > 0 })
		wanted(p)
		var points wire.Points
		hears(p, &points, func() bool { return len(points.Feeds) > 0 })
		if ops != 1 {
			t.Errorf("the session has %d updates, want 1", ops)
		}

		texts := map[string]bool{}
		other.wait("what the old client draws is seen", func(s *client.Session) bool {
			for e := range s.Doc().Elements() {
				texts[e.Text()] = true
			}
			return texts["of a client of this version"]
		})
		other.link.Do(func(s *client.Session) { s.OpenTalk(wire.Person{}) })
		other.wait("who the old client is, where it points, and what it has said are seen", func(s *client.Session) bool {
			m := s.Others()
			return len(m) == 1 && m[0].Name == "Ann B." && m[0].Cursor.X == 80 && len(m[0].Selection.Elements) == 1 &&
				s.Talk(wire.Person{}).Last() != nil && s.Talk(wire.Person{}).Last().Text == "Hello, Bo"
		})
		p.leave()
		other.leave()
	})
}

// What a relay of a release has told a client this client understands.
func TestOldRelayNewClient(t *testing.T) {
	each(t, func(t *testing.T, r record) {
		now := time.UnixMilli(1767225600000)
		doc := board.New(writer)
		var heard []string
		s := client.NewSession(client.Config{
			Board: replayed, Doc: doc, Name: "Ann",
			Signalled: func(client.Signal) { heard = append(heard, "signal") },
			Said:      func(_ wire.Person, m *wire.Text) { heard = append(heard, m.Text) },
			Noticed:   func(e *wire.Entry) { heard = append(heard, fmt.Sprint("notice ", e.What)) },
		})
		s.OpenTalk(wire.Person{})
		s.OpenInbox()
		s.Open(now)
		s.Outgoing()
		most := 0
		watched := false
		for _, m := range r.session(t) {
			if m.From != "relay" {
				continue
			}
			if !watched && slices.Contains(m.Kinds, uint32(wire.KindPoints)) {
				watched = true
				s.Watch(&wire.Watch{List: []wire.Want{{Feed: "cpu.*", Points: 10}}})
				s.Outgoing()
			}
			if err := s.Step(now, m.bytes(t)); err != nil {
				t.Fatalf("a message of kinds %v: %v", m.Kinds, err)
			}
			s.Outgoing()
			most = max(most, len(s.Others()))
		}
		if st := s.Status(); st.Phase != client.Live || st.Stopped != nil {
			t.Errorf("in the end it is %v, %v", st.Phase, st.Stopped)
		}
		if most != 1 || len(s.Others()) != 0 {
			t.Errorf("it has seen %d others, and sees %d at the end, want 1 and none", most, len(s.Others()))
		}
		for _, want := range []string{"signal", "Hello, Ann", "to you alone"} {
			if !slices.Contains(heard, want) {
				t.Errorf("it has not heard %q, but %q", want, heard)
			}
		}
		var was shown
		if err := json.Unmarshal(r.read(t, "document.json"), &was); err != nil {
			t.Fatal(err)
		}
		texts := map[string]bool{}
		for e := range doc.Elements() {
			texts[e.Text()] = true
		}
		if !texts["of somebody else"] || doc.Len() < 10 {
			t.Errorf("of the board it has %d elements, that say %q", doc.Len(), slices.Sorted(maps.Keys(texts)))
		}
	})
}
