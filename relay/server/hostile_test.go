package server

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// Ann owns a board and Bob edits it, while somebody else behaves as no client does.
// Whatever that is, each of the two sees what the other draws, before, meanwhile and
// after, and nothing else comes to their board.
type pair struct {
	*operator
	ann, bob *witness
	drawn    int          // elements of the board
	own      board.Vector // what the board is made of
}

// witness is a member that remembers what it is told of others.
type witness struct {
	*guest
	me      uint32
	pointed map[uint32][]int32 // the x of cursors, by member
	showed  map[uint32]int     // previews
	names   map[uint32][]string
}

const (
	annsReplica, bobsReplica, evesReplica = 1, 2, 3

	honestBoard = "plans"
)

// withPair starts a relay behind a proxy on this machine, lets the two in by two
// transports, and goes on with somebody who is hostile.
func withPair(t *testing.T, attack func(p *pair)) {
	t.Helper()
	p := &pair{operator: keyed(t, func(cfg *Config) { cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} }), own: board.Vector{}}
	enter := func(dial func(board.Replica) *guest, replica board.Replica, name string, role auth.Role) *witness {
		w := &witness{dial(replica), 0, map[uint32][]int32{}, map[uint32]int{}, map[uint32][]string{}}
		w.me = w.show(honestBoard, p.named(name, role)).welcome().Member
		return w
	}
	ways := p.everyWay()
	p.ann = enter(ways["websocket"], annsReplica, "Ann", auth.Owner)
	p.bob = enter(ways["webtransport"], bobsReplica, "Bob", auth.Editor)
	p.goOn("before")
	attack(p)
	p.goOn("after")
	p.check()
}

// each tries one attack after the other on the same two.
func each(t *testing.T, attacks map[string]func(p *pair)) {
	withPair(t, func(p *pair) {
		for name, attack := range attacks {
			t.Run(name, func(t *testing.T) {
				defer p.in(p.in(t))
				p.goOn("before")
				attack(p)
				p.goOn("after")
				p.check()
			})
		}
	})
}

// in says which test it is that the two are in, and returns which it was.
func (p *pair) in(t *testing.T) (before *testing.T) {
	before = p.t
	p.t, p.ann.t, p.bob.t = t, t, t
	return before
}

// check expects all to have the same board, which is what the two have drawn, and
// what an attack says was to be expected.
func (p *pair) check() {
	p.t.Helper()
	want := maps.Clone(p.own)
	want[annsReplica], want[bobsReplica] = p.ann.doc.Seq(annsReplica), p.bob.doc.Seq(bobsReplica)
	reader := p.dial(99).show(honestBoard, p.named("Reader", auth.Viewer))
	reader.until("the board as it is stored", func(wire.Frame) bool { return reader.doc.Len() >= p.drawn })
	for who, doc := range map[string]*board.Board{"Ann": p.ann.doc, "Bob": p.bob.doc, "who comes afterwards": reader.doc} {
		if doc.Len() != p.drawn || doc.Hash() != p.ann.doc.Hash() || !maps.Equal(doc.Vector(), want) {
			p.t.Errorf("the board of %s has %d elements of %v, want %d of %v", who, doc.Len(), doc.Vector(), p.drawn, want)
		}
	}
	for who, w := range map[string]*witness{"Ann": p.ann, "Bob": p.bob} {
		if slices.Contains(w.pointed[w.me], forgedX) || w.showed[w.me] > 0 {
			p.t.Errorf("%s is told of what it has not done", who)
		}
	}
	reader.conn.Close(uint32(wire.CodeNormal), "")
}

// named is a token of the operator's for somebody whose name the relay knows.
func (o *operator) named(name string, role auth.Role) string {
	o.t.Helper()
	return o.sign(&auth.Grant{
		Subject: strings.ToLower(name), Name: name, Boards: map[string]auth.Role{"*": role}, Issued: time.Now(), Until: time.Now().Add(time.Hour),
	})
}

// goOn lets each of the two draw, and the other see it.
func (p *pair) goOn(when string) {
	p.t.Helper()
	for _, two := range [][2]*witness{{p.ann, p.bob}, {p.bob, p.ann}} {
		writer, other := two[0], two[1]
		p.drawn++
		e := writer.doc.Edit()
		e.Append(e.Create(board.KindStroke), board.Point{X: int32(p.drawn)})
		writer.say(wire.AppendFrame(nil, 0, &wire.Update{Data: e.Commit()}))
		own := writer.doc.Seq(writer.doc.Replica())
		stored := false
		writer.until("the Ack of a stroke "+when, func(f wire.Frame) bool {
			var a wire.Ack
			writer.note(f)
			stored = stored || f.Kind == wire.KindAck && a.Parse(f.Body) == nil && a.Through >= own
			return stored && writer.doc.Len() >= p.drawn
		})
		other.until("the other's stroke "+when, func(f wire.Frame) bool {
			other.note(f)
			return other.doc.Len() >= p.drawn
		})
	}
}

// note remembers what a frame says of others.
func (w *witness) note(f wire.Frame) {
	var cursors wire.Cursors
	var preview wire.Preview
	var joined wire.Joined
	var err error
	switch f.Kind {
	case wire.KindCursors:
		err = cursors.Parse(f.Body)
		for _, c := range cursors.List {
			w.pointed[c.Member] = append(w.pointed[c.Member], c.X)
		}
	case wire.KindPreview:
		err = preview.Parse(f.Body)
		w.showed[preview.Member]++
	case wire.KindJoined:
		err = joined.Parse(f.Body)
		w.names[joined.Member] = append(w.names[joined.Member], joined.Name)
	}
	if err != nil {
		w.t.Error(err)
	}
}

// sees waits until the witness has been told of something.
func (w *witness) sees(what string, cond func() bool) {
	w.t.Helper()
	w.until(what, func(f wire.Frame) bool { w.note(f); return cond() })
}

// eve is a member of the honest board who may edit it, and means no good.
func (p *pair) eve(way string) (g *guest, me uint32) {
	p.t.Helper()
	g = p.everyWay()[way](evesReplica)
	return g, g.show(honestBoard, p.named("Eve", auth.Editor)).welcome().Member
}

// pong waits until the relay has read all that a guest has sent in order.
func (g *guest) pong() {
	g.t.Helper()
	g.say(wire.AppendFrame(nil, 0, &wire.Ping{Stamp: 77}))
	g.until("Pong", func(f wire.Frame) bool {
		var p wire.Pong
		return f.Kind == wire.KindPong && p.Parse(f.Body) == nil && p.Stamp == 77
	})
}

// bring sends an update, and returns what Ack says of it.
func (g *guest) bring(updates ...[]byte) (through uint64, others board.Vector) {
	g.t.Helper()
	g.say(wire.AppendFrame(nil, 0, &wire.Update{Data: slices.Concat(updates...)}))
	g.until("Ack", func(f wire.Frame) bool {
		var a wire.Ack
		if f.Kind != wire.KindAck || a.Parse(f.Body) != nil {
			return false
		}
		var err error
		if others, err = board.ParseVector(a.Others); err != nil {
			g.t.Fatal(err)
		}
		through = a.Through
		return true
	})
	return through, others
}

// inNameOf makes an update as if the writer of a board had drawn one more stroke.
func inNameOf(t *testing.T, doc *board.Board) []byte {
	t.Helper()
	forger := board.New(doc.Replica())
	all, err := doc.Diff(nil)
	if err == nil {
		err = forger.Apply(all)
	}
	if err != nil {
		t.Fatal(err)
	}
	e := forger.Edit()
	e.Append(e.Create(board.KindStroke), board.Point{X: 4711})
	return e.Commit()
}

// forgedX is where cursors and previews point that are not whose they say.
const forgedX = 4711

// Who says to be somebody else on a board is not believed.
func TestForgedAuthors(t *testing.T) {
	each(t, map[string]func(p *pair){
		// A replica that is here has a connection that speaks for it (W19): what
		// another brings in its name is ignored, beside what is its own.
		"an update of a replica that is here": func(p *pair) {
			eve, _ := p.eve("websocket")
			forged := inNameOf(p.t, p.ann.doc)
			e := eve.doc.Edit()
			e.Create(board.KindNote)
			through, others := eve.bring(forged, e.Commit())
			if own := eve.doc.Seq(evesReplica); through != own || len(others) > 0 {
				p.t.Errorf("Eve's own %d operations are stored up to %d, and of others %v", own, through, others)
			}
			p.drawn, p.own[evesReplica] = p.drawn+1, through
			p.goOn("meanwhile")
			if eve.bring(forged); p.ann.doc.Seq(annsReplica) <= 1 {
				p.t.Error("Ann has drawn nothing")
			}
		},
		// Whoever edits brings what others have written (W17): the relay may have
		// lost it. So the operations of one who is away are taken as they come, and
		// who wrote an operation is what editors of the board say.
		"an update of a replica that is away": func(p *pair) {
			const away = 7
			cem := p.dial(away).show("sketches", p.named("Cem", auth.Editor))
			cem.welcome()
			cem.draw(board.Point{X: 1})
			eve := p.dial(evesReplica).show("sketches", p.named("Eve", auth.Editor))
			eve.welcome()
			eve.until("what Cem drew", func(wire.Frame) bool { return eve.doc.Seq(away) == cem.doc.Seq(away) })
			forged := inNameOf(p.t, cem.doc)
			if _, others := eve.bring(forged); len(others) > 0 {
				p.t.Errorf("while Cem is here %v is taken in his name", others)
			}
			cem.conn.Close(uint32(wire.CodeNormal), "")
			eve.until("that Cem has left", func(f wire.Frame) bool { return f.Kind == wire.KindLeft })
			p.goOn("meanwhile")
			if _, others := eve.bring(forged); others[away] <= cem.doc.Seq(away) {
				p.t.Errorf("when Cem is away of him %v is stored", others)
			}
			// Who may not edit does not bring it either.
			for role, want := range map[auth.Role]wire.Code{auth.Viewer: wire.CodeForbidden, auth.Commenter: wire.CodeForbidden} {
				g := p.dial(board.Replica(20+role)).show("sketches", p.named("Mallory", role))
				g.welcome()
				g.say(wire.AppendFrame(nil, 0, &wire.Update{Data: forged}))
				g.wantDenied(fmt.Sprintf("a %v who brings what Cem has written", role), want)
			}
		},
		"cursors and previews of another member": func(p *pair) {
			for _, way := range []string{"websocket", "webtransport"} {
				eve, me := p.eve(way)
				say := func(seq uint64, m wire.Message) {
					if d, ok := eve.conn.(conn.Datagrams); ok {
						_ = d.SendDatagram(wire.AppendTimedFrame(nil, seq, 1, m))
					}
					eve.say(wire.AppendFrame(nil, 0, m))
				}
				// A datagram may be lost: Eve says it until Ann has seen something.
				shown := func() bool { return slices.Contains(p.ann.pointed[me], forgedX) && p.ann.showed[me] > 0 }
				for tries := uint32(0); !shown() && tries < 100; tries++ {
					for _, of := range []uint32{p.ann.me, p.bob.me, 0, 1 << 31} {
						say(1+2*uint64(tries), &wire.Cursors{List: []wire.Cursor{{Member: of, X: forgedX, Seq: 1 + of + tries}}})
						say(2+2*uint64(tries), &wire.Preview{Member: of, Stroke: 1, Points: []wire.Point{{X: forgedX}}})
					}
					p.goOn("meanwhile")
				}
				if !shown() {
					p.t.Errorf("over %s Ann does not see Eve point and draw", way)
				}
				if slices.Contains(p.ann.pointed[p.bob.me], forgedX) || p.ann.showed[p.bob.me] > 0 {
					p.t.Errorf("over %s Ann sees Bob where Eve says that he is", way)
				}
				eve.conn.Close(uint32(wire.CodeNormal), "")
			}
		},
		"a profile with another's name": func(p *pair) {
			eve := p.dial(evesReplica)
			eve.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: honestBoard, Replica: evesReplica, Name: "Ann", Token: p.named("Eve", auth.Editor)}))
			w := eve.welcome()
			for _, name := range []string{"Ann", "", "Bob"} {
				eve.say(wire.AppendFrame(nil, 0, &wire.Profile{Name: name}))
			}
			eve.pong()
			p.goOn("meanwhile")
			if names := slices.Compact(p.bob.names[w.Member]); w.Name != "Eve" || !slices.Equal(names, []string{"Eve"}) {
				p.t.Errorf("Eve is welcomed as %q and shown as %q", w.Name, names)
			}
		},
		// W70. It is the one that comes that ends, whatever it may do on the board.
		"a hello with another person's replica": func(p *pair) {
			for way, dial := range p.everyWay() {
				for _, role := range []auth.Role{auth.Viewer, auth.Commenter, auth.Editor, auth.Owner} {
					for _, of := range []board.Replica{annsReplica, bobsReplica} {
						dial(of).show(honestBoard, p.named("Eve", role)).wantDenied(fmt.Sprintf("a %v as replica %d over %s", role, of, way), wire.CodeReplica)
					}
				}
				p.goOn("meanwhile")
			}
		},
		"a refresh with another person's token": func(p *pair) {
			eve, _ := p.eve("webtransport")
			eve.say(wire.AppendFrame(nil, 0, &wire.Refresh{Token: p.named("Ann", auth.Owner)}))
			eve.wantDenied("Eve with Ann's token", wire.CodeTokenExpired)
			p.goOn("meanwhile")
		},
	})
}

// flood says the same thing again and again until it is over, or the relay takes no
// more.
type flood struct {
	said atomic.Int64
	wg   sync.WaitGroup
	over atomic.Bool
}

func pour(say func(i int64) error) *flood {
	f := new(flood)
	f.wg.Go(func() {
		for !f.over.Load() && say(f.said.Load()) == nil {
			f.said.Add(1)
		}
	})
	return f
}

// stop ends it once so much was said.
func (f *flood) stop(t *testing.T, least int64) {
	t.Helper()
	for deadline := time.Now().Add(limit); f.said.Load() < least; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d messages were taken of %d", f.said.Load(), least)
			break
		}
	}
	f.over.Store(true)
	f.wg.Wait()
}

// A member says far more than anybody has to say. It is read as it comes, more
// slowly beyond its rate, and stays; the others do not notice.
func TestFloodingMembers(t *testing.T) {
	const enough = 3000
	frame := func(m wire.Message) []byte { return wire.AppendFrame(nil, 0, m) }
	attacks := map[string]func(p *pair){}
	for name, c := range map[string]struct {
		way  string
		make func(p *pair, i int64) []byte
		loss bool // by datagram
	}{
		"cursors":             {"websocket", func(_ *pair, i int64) []byte { return frame(cursorAt(i)) }, false},
		"cursors by datagram": {"webtransport", func(_ *pair, i int64) []byte { return wire.AppendTimedFrame(nil, uint64(i+1), 1, cursorAt(i)) }, true},
		"previews": {"websocket", func(_ *pair, i int64) []byte {
			return frame(&wire.Preview{Stroke: uint32(i + 1), Points: make([]wire.Point, wire.MaxPreviewPoints)})
		}, false},
		"previews by datagram": {"webtransport", func(_ *pair, i int64) []byte {
			return wire.AppendTimedFrame(nil, uint64(i+1), 1, &wire.Preview{Stroke: uint32(i + 1), Points: make([]wire.Point, 64)})
		}, true},
		"rubbish by datagram": {"webtransport", func(_ *pair, i int64) []byte {
			return wire.AppendTimedFrame(nil, ^uint64(0)-uint64(i), 1, &wire.Cursors{})
		}, true},
		"pings": {"websocket", func(_ *pair, i int64) []byte { return frame(&wire.Ping{Stamp: uint64(i)}) }, false},
		"pings by WebTransport": {"webtransport", func(_ *pair, i int64) []byte {
			return frame(&wire.Ping{Stamp: uint64(i), Received: 1 << 31, Highest: uint32(i)})
		}, false},
		"profiles":  {"websocket", func(_ *pair, i int64) []byte { return frame(&wire.Profile{Color: uint32(i)}) }, false},
		"refreshes": {"websocket", nil, false},
	} {
		attacks[name] = func(p *pair) {
			eve, me := p.eve(c.way)
			if c.make == nil {
				refresh := frame(&wire.Refresh{Token: p.named("Eve", auth.Editor)})
				c.make = func(*pair, int64) []byte { return refresh }
			}
			f := pour(func(i int64) error {
				if d, ok := eve.conn.(conn.Datagrams); ok && c.loss {
					return d.SendDatagram(c.make(p, i))
				}
				ctx, cancel := context.WithTimeout(p.t.Context(), limit)
				defer cancel()
				return eve.conn.Send(ctx, c.make(p, i))
			})
			p.goOn("meanwhile")
			f.stop(p.t, enough)
			p.goOn("when it is over")
			eve.pong() // it is here still, and hears
			if len(p.ann.names[me]) == 0 {
				p.t.Error("Ann was never told of Eve")
			}
			eve.conn.Close(uint32(wire.CodeNormal), "")
		}
	}
	each(t, attacks)
}

func cursorAt(i int64) *wire.Cursors {
	return &wire.Cursors{List: []wire.Cursor{{X: int32(i), Seq: uint32(i + 1)}}}
}

// A thousand say Hello as one replica, or one does a thousand times: the newest is
// here, and those before it are told so (W15); on one connection a second one is
// fatal (W12).
func TestThousandHellos(t *testing.T) {
	const hellos = 1000
	each(t, map[string]func(p *pair){
		"each on a connection of its own": func(p *pair) {
			token := p.named("Eve", auth.Editor)
			var before *guest
			for i := range hellos {
				eve := p.dial(evesReplica).show(honestBoard, token)
				eve.welcome() // which of two is the newest, the relay says, not who said Hello first
				if before != nil {
					before.wantDenied("the one before", wire.CodeReplaced)
				}
				if before = eve; i%250 == 100 {
					p.goOn("meanwhile")
				}
			}
			before.pong()
		},
		"at once": func(p *pair) {
			hello := wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: honestBoard, Replica: evesReplica, Token: p.named("Eve", auth.Editor)})
			eves := make([]*guest, 100)
			for i := range eves {
				eves[i] = p.dial(evesReplica)
			}
			var wg sync.WaitGroup
			for _, eve := range eves {
				wg.Go(func() {
					if err := eve.conn.Send(p.t.Context(), hello); err != nil {
						p.t.Error(err)
					}
				})
			}
			p.goOn("meanwhile")
			wg.Wait()
			ended := make(chan wire.Code, len(eves))
			for _, eve := range eves {
				wg.Go(func() {
					denied, _ := eve.end()
					ended <- denied
				})
			}
			for range len(eves) - 1 {
				if code := <-ended; code != wire.CodeReplaced {
					p.t.Errorf("one of those is told %d", code)
				}
			}
			p.goOn("with the last one")
			for _, eve := range eves {
				eve.conn.Close(uint32(wire.CodeNormal), "")
			}
			wg.Wait()
		},
		"on one connection": func(p *pair) {
			for way, dial := range p.everyWay() {
				eve := dial(evesReplica)
				hello := wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: honestBoard, Replica: evesReplica, Token: p.named("Eve", auth.Editor)})
				if way != "grpc" { // where each frame is a message of its own
					hello = slices.Repeat(hello, 100)
				}
				ctx, cancel := context.WithTimeout(p.t.Context(), limit)
				for range hellos / 100 {
					if eve.conn.Send(ctx, hello) != nil || way == "sse" { // whose next POST would wait
						break
					}
				}
				cancel()
				if denied, _ := eve.end(); denied != wire.CodeOrder {
					p.t.Errorf("over %s the second Hello is told %d", way, denied)
				}
				p.goOn("meanwhile")
				p.goOn("meanwhile")
			}
		},
	})
}

// What people call themselves goes through the relay as text, byte for byte: to show
// it as text is the page's part. What is not UTF-8, or over 160 bytes, is no name
// (W7). What operators' tokens say has no control characters in it.
func TestHostileNamesOfPeople(t *testing.T) {
	marks := "e" + strings.Repeat("\u0301", (wire.MaxName-1)/2)
	names := []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "<b>Ann</b>", "&lt;b&gt;", "javascript:alert(1)", "{{7*7}}", "%s%n%x",
		"Ann\u202e\u2066nnA", "\u200b\u200d\ufeff", "A\x00nn", "\x1b[31mAnn\x1b[0m", "Ann\r\nlevel=ERROR msg=forged", "\u0085\u2028\u2029", "../../etc/passwd", marks,
		strings.Repeat("\U0001f469", wire.MaxName/4), strings.Repeat("\ufdfd", wire.MaxName/3), "Ann",
	}
	each(t, map[string]func(p *pair){
		"of their own": func(p *pair) {
			token := p.sign(&auth.Grant{Subject: "eve", Boards: map[string]auth.Role{"*": auth.Editor}, Issued: time.Now(), Until: time.Now().Add(time.Hour)})
			for i, name := range names {
				eve := p.dial(board.Replica(10 + i))
				eve.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: honestBoard, Replica: uint64(10 + i), Name: name, Token: token}))
				w := eve.welcome()
				eve.say(wire.AppendFrame(nil, 0, &wire.Profile{Name: name, Color: 1}))
				for who, witness := range map[string]*witness{"Ann": p.ann, "Bob": p.bob} {
					witness.sees(fmt.Sprintf("%q", name), func() bool { return len(witness.names[w.Member]) == 2 })
					if got := witness.names[w.Member]; got[0] != name || got[1] != name {
						p.t.Errorf("%s is told of %q, want %q twice", who, got, name)
					}
				}
				eve.conn.Close(uint32(wire.CodeNormal), "")
			}
			p.goOn("meanwhile")
			for _, name := range []string{marks + "xx", strings.Repeat("x", wire.MaxName+1), "\xff\xfe", "\xed\xa0\x80", "\xc0\xae"} {
				eve := p.dial(evesReplica)
				eve.say(wire.AppendFrame(nil, 0, &wire.Hello{Version: wire.Version, Board: honestBoard, Replica: evesReplica, Name: name, Token: token}))
				eve.wantDenied(fmt.Sprintf("Hello of %q", name), wire.CodeBadFrame)
				eve, _ = p.eve("webtransport")
				eve.say(wire.AppendFrame(nil, 0, &wire.Profile{Name: name}))
				eve.wantDenied(fmt.Sprintf("the profile of %q", name), wire.CodeBadFrame)
			}
		},
		"of a token": func(p *pair) {
			for i, name := range names {
				eve := p.dial(board.Replica(10+i)).show(honestBoard, p.claims(map[string]any{"sub": name, "name": name, "boards": map[string]string{"*": "editor"}, "exp": soon()}))
				if strings.ContainsFunc(name, isControl) {
					eve.wantDenied(fmt.Sprintf("%q", name), wire.CodeForbidden)
					continue
				}
				w := eve.welcome()
				p.ann.sees(fmt.Sprintf("%q", name), func() bool { return slices.Equal(p.ann.names[w.Member], []string{name}) })
				if w.Name != name {
					p.t.Errorf("%q is welcomed as %q", name, w.Name)
				}
			}
			p.goOn("meanwhile")
			wholeLog(p.t, p.log.String())
		},
	})
}

// isControl is what unicode calls so (Cc).
func isControl(c rune) bool { return c < 0x20 || 0x7f <= c && c < 0xa0 }

// wholeLog expects each entry of a log to be one line, which nobody else has
// written.
func wholeLog(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "time=") || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\r\x00\x1b") {
			t.Errorf("the log has the line %q", line)
		}
	}
}
