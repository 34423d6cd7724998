package server

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// crowd is what a member hears of others.
type crowd struct {
	mu              sync.Mutex
	pointed, showed map[uint32]bool
	types           map[uint32]wire.Person
	names           map[string]bool
	wrote           *board.Board
}

// listen collects all that a guest hears until its connection ends.
func (g *guest) listen() *crowd {
	c := &crowd{pointed: map[uint32]bool{}, showed: map[uint32]bool{}, types: map[uint32]wire.Person{}, names: map[string]bool{}, wrote: g.doc}
	go func() {
		for {
			msg, err := g.conn.Receive(context.Background())
			if err != nil {
				return
			}
			c.mu.Lock()
			for f := range wire.Frames(msg) {
				var cursors wire.Cursors
				var preview wire.Preview
				var selection wire.Selection
				var viewport wire.Viewport
				var signal wire.Signal
				var joined wire.Joined
				var update wire.Update
				var typing wire.Typing
				switch f.Kind {
				case wire.KindCursors:
					_ = cursors.Parse(f.Body)
					for _, cursor := range cursors.List {
						if !cursor.Hidden {
							c.pointed[cursor.Member] = true
						}
					}
				case wire.KindPreview:
					_ = preview.Parse(f.Body)
					c.showed[preview.Member] = true
				case wire.KindSelection:
					_ = selection.Parse(f.Body)
					c.showed[selection.Member] = true
				case wire.KindViewport:
					_ = viewport.Parse(f.Body)
					if viewport.Presents {
						c.showed[viewport.Member] = true
					}
				case wire.KindSignal:
					_ = signal.Parse(f.Body)
					c.showed[signal.Member] = true
				case wire.KindTyping:
					_ = typing.Parse(f.Body)
					c.types[typing.Member] = typing.Person
				case wire.KindJoined:
					_ = joined.Parse(f.Body)
					c.names[joined.Name] = true
				case wire.KindUpdate:
					_ = update.Parse(f.Body)
					_ = c.wrote.Apply(update.Data)
				}
			}
			c.mu.Unlock()
		}
	}()
	return c
}

// holds waits until a condition holds.
func (c *crowd) holds(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		c.mu.Lock()
		ok := cond()
		c.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s: never", what)
			return
		}
	}
}

// TestEveryKindInEveryRoleOverEveryTransport is the table of W65: what each role may
// send, by hand-made clients that do not care what they may.
func TestEveryKindInEveryRoleOverEveryTransport(t *testing.T) {
	thing := func(k board.Kind) func(*board.Board) wire.Message {
		return func(b *board.Board) wire.Message {
			e := b.Edit()
			e.Create(k)
			return &wire.Update{Data: e.Commit()}
		}
	}
	same := func(m wire.Message) func(*board.Board) wire.Message {
		return func(*board.Board) wire.Message { return m }
	}
	const ok, no, order, bad, malformed = wire.Code(0), wire.CodeForbidden, wire.CodeOrder, wire.CodeBadUpdate, wire.CodeBadFrame
	type answers [auth.Owner + 1]wire.Code // None: before any Hello
	all := func(c wire.Code) answers { return answers{order, c, c, c, c} }
	kinds := []struct {
		what     string
		datagram bool // sent so, where there are datagrams
		make     func(*board.Board) wire.Message
		want     answers
	}{
		{"a note", false, thing(board.KindNote), answers{order, no, no, ok, ok}},
		{"a comment", false, thing(board.KindThread), answers{order, no, ok, ok, ok}},
		{"an update that is rubbish", false, same(&wire.Update{Data: []byte{3, 1, 2, 3}}), answers{order, no, no, bad, bad}},
		{"cursors", false, same(&wire.Cursors{List: []wire.Cursor{{X: 1, Y: 1, Seq: 1}}}), all(ok)},
		{"cursors by datagram", true, same(&wire.Cursors{List: []wire.Cursor{{X: 1, Y: 1, Seq: 1}}}), all(ok)},
		{"a preview", false, same(&wire.Preview{Stroke: 1, Points: []wire.Point{{X: 1}}}), all(ok)},
		{"a preview by datagram", true, same(&wire.Preview{Stroke: 1, Points: []wire.Point{{X: 1}}}), all(ok)},
		{"a selection", false, same(&wire.Selection{Seq: 1, Elements: []wire.ID{{Replica: 1, Seq: 1}}}), all(ok)},
		{"a selection by datagram", true, same(&wire.Selection{Seq: 1, Elements: []wire.ID{{Replica: 1, Seq: 1}}}), all(ok)},
		{"a view that is presented", false, same(&wire.Viewport{Seq: 1, View: []float64{1, 2, 3, 4}, Presents: true}), all(ok)},
		{"a view by datagram", true, same(&wire.Viewport{Seq: 1, View: []float64{1, 2, 3, 4}, Presents: true}), all(ok)},
		{"a summons", false, same(&wire.Signal{What: wire.SignalSummon, View: []float64{1, 2, 3, 4}}), all(ok)},
		{"a profile", false, same(&wire.Profile{Name: "me"}), all(ok)},
		{"a word", false, same(&wire.Say{ID: wire.TextID{1}, Text: "me"}), all(ok)},
		{"a word without a name", false, same(&wire.Say{Text: "me"}), answers{order, malformed, malformed, malformed, malformed}},
		{"a question", false, same(&wire.Recall{Ask: 7}), all(ok)},
		{"a mark", false, same(&wire.Mark{Stamp: 7, Person: wire.Person{1}}), all(ok)},
		{"typing", false, same(&wire.Typing{Member: 1, Person: wire.Person{1}}), all(ok)},
		{"a page of the inbox", false, same(&wire.Browse{Ask: 7}), all(ok)},
		{"a question for no page", false, same(&wire.Browse{}), answers{order, malformed, malformed, malformed, malformed}},
		{"what was read of the inbox", false, same(&wire.Settle{Read: []wire.Span{{From: 1, To: 1 << 60}}}), all(ok)},
		{"wishes", false, same(&wire.Wishes{Off: 1, PushKey: []byte("forged"), Devices: 7}), all(ok)},
		{"a device", false, same(&wire.Subscribe{Endpoint: "https://push.example/1", Key: []byte("key"), Auth: []byte("auth")}), all(ok)},
		{"a ping", false, same(&wire.Ping{Stamp: 7}), all(ok)},
		{"another hello", false, same(&wire.Hello{Version: 1, Board: "b", Replica: 1}), answers{wire.CodeTokenExpired, order, order, order, order}},
		{"a refresh to rubbish", false, same(&wire.Refresh{Token: "rubbish"}), answers{order, no, no, no, no}},
		{"a welcome", false, same(&wire.Welcome{Member: 1, Role: wire.RoleOwner}), all(order)},
		{"an ack", false, same(&wire.Ack{Through: 1}), all(order)},
		{"joined", false, same(&wire.Joined{Member: 1, Name: "forged"}), all(order)},
		{"left", false, same(&wire.Left{Member: 1}), all(order)},
		{"a pong", false, same(&wire.Pong{Stamp: 1}), all(order)},
		{"a piece of a snapshot", false, same(&wire.SnapshotPart{Total: 1, Data: []byte{1}}), all(order)},
		{"moved", false, same(&wire.Moved{}), all(order)},
		{"a notice", false, same(&wire.Notice{Text: "forged"}), all(order)},
		{"said", false, same(&wire.Said{Texts: []wire.Text{{Text: "forged"}}}), all(order)},
		{"conversations", false, same(&wire.Talks{}), all(order)},
		{"an inbox", false, same(&wire.Inbox{Entries: []wire.Entry{{Title: "forged"}}}), all(order)},
		{"denied", false, same(&wire.Denied{Code: 1000}), all(order)},
	}
	for name := range new(relay).everyWay() {
		t.Run(name, func(t *testing.T) {
			o := keyed(t, func(cfg *Config) { cfg.Limits.AddressRate = -1 })
			o.t = t
			way := o.everyWay()[name]
			replica := board.Replica(1000)
			witness := o.dial(1).show("b", o.token("witness", auth.Owner))
			witness.welcome()
			heard := witness.listen()
			points, shows, types, elements := map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}, 0
			names := 0
			for role := auth.None; role <= auth.Owner; role++ {
				for _, k := range kinds {
					replica++
					g := way(replica)
					what := fmt.Sprintf("%s of a %v", k.what, role)
					var member uint32
					if role > auth.None {
						member = g.show("b", o.token(fmt.Sprint("person ", replica), role)).welcome().Member
					}
					m := k.make(g.doc)
					d, datagrams := g.conn.(conn.Datagrams)
					if k.datagram && !datagrams || k.datagram && role == auth.None {
						continue // nowhere to send it
					}
					want := k.want[role]
					if m.Kind() == wire.KindDenied && name == "grpc" && role > auth.None {
						continue // a client's farewell there (W59)
					}
					if k.datagram {
						_ = d.SendDatagram(wire.AppendTimedFrame(nil, 1, 1, m))
					} else {
						g.say(wire.AppendFrame(nil, 0, m))
					}
					if want != ok {
						if m.Kind() == wire.KindDenied && name == "grpc" {
							continue
						}
						g.wantDenied(what, want)
						continue
					}
					g.say(wire.AppendFrame(nil, 0, &wire.Ping{Stamp: 99}))
					stored := m.Kind() != wire.KindUpdate
					pong := false
					g.until("an answer to "+what, func(f wire.Frame) bool {
						var p wire.Pong
						stored = stored || f.Kind == wire.KindAck
						pong = pong || f.Kind == wire.KindPong && p.Parse(f.Body) == nil && p.Stamp == 99
						return stored && pong
					})
					switch m.Kind() {
					case wire.KindUpdate:
						elements++
					case wire.KindCursors:
						points[member] = role > auth.Viewer
					case wire.KindPreview, wire.KindSelection, wire.KindViewport, wire.KindSignal:
						shows[member] = role > auth.Commenter
					case wire.KindTyping:
						types[member] = role > auth.Viewer
					case wire.KindProfile:
						names++
					}
					if may := points[member] || shows[member]; may {
						// A member that leaves is pointed at no more.
						heard.holds(t, "the others hear of "+what, func() bool { return heard.pointed[member] || heard.showed[member] })
					}
				}
			}
			heard.holds(t, "all that may be written is seen", func() bool { return heard.wrote.Len() == elements })
			heard.holds(t, "a new name is told", func() bool { return heard.names["me"] })
			heard.holds(t, "all who may type are seen to", func() bool { return len(heard.types) == int(auth.Owner-auth.Viewer) })
			heard.mu.Lock()
			defer heard.mu.Unlock()
			for member := range heard.pointed {
				if !points[member] {
					t.Errorf("member %d points, and may not", member)
				}
			}
			for member := range heard.showed {
				if !shows[member] {
					t.Errorf("member %d shows what it draws, and may not", member)
				}
			}
			for member, person := range heard.types {
				if !types[member] || person == (wire.Person{1}) {
					t.Errorf("member %d types as %v, and may: %v", member, person, types[member])
				}
			}
			if heard.names["forged"] {
				t.Error("a client tells who has joined")
			}
			if elements == 0 || names == 0 {
				t.Error("nothing was allowed: the table is not tried")
			}
		})
	}
}
