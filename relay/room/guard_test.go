package room_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// desk is a Guard whose tokens are the roles that they stand for, or words of the
// test's.
type desk struct {
	mu     sync.Mutex
	grants map[string]*auth.Grant
	over   map[*auth.Grant]bool // as if revoked
	asked  []string
	lines  []string
	hold   chan struct{} // Admit waits for it to close; nil: it does not
}

// refusal is what the desk says of a token.
type refusal struct {
	text  string
	again bool
}

func (r refusal) Error() string { return r.text }
func (r refusal) Again() bool   { return r.again }

func (d *desk) Admit(ctx context.Context, v room.Visitor, board, token string) (*auth.Grant, error) {
	d.mu.Lock()
	hold := d.hold
	d.asked = append(d.asked, fmt.Sprintf("%s from %q: %s", board, v.From, token))
	g := d.grants[token]
	d.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	switch {
	case v.Grant != nil:
		return v.Grant, nil
	case g != nil:
		return g, nil
	case token == "broken":
		return nil, errors.New("the store of secrets is away")
	case token == "forged":
		return nil, refusal{"nobody has signed this" + strings.Repeat("!", 2*wire.MaxReason), false}
	}
	return nil, refusal{"a token is needed", true}
}

func (d *desk) Check(_ string, g *auth.Grant) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over[g] {
		return refusal{"the token was revoked", true}
	}
	return nil
}

func (d *desk) say(line string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(line, args...))
}

func (d *desk) Came(_ room.Visitor, board string, g *auth.Grant) {
	d.say("%s came to %s as %v", g.Subject, board, g.Role(board))
}

func (d *desk) Left(_ room.Visitor, board string, g *auth.Grant, why error) {
	d.say("%s left %s", g.Subject, board)
}

// guarded is a house with a desk at which there are tokens for each role.
func guarded(t *testing.T, test func(h *house, d *desk)) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{grants: map[string]*auth.Grant{}, over: map[*auth.Grant]bool{}}
		for r := auth.Viewer; r <= auth.Owner; r++ {
			d.grants[r.String()] = &auth.Grant{Subject: "the " + r.String(), Name: strings.ToUpper(r.String()), Boards: map[string]auth.Role{"b": r}}
		}
		h := newHouse(t)
		h.hub = room.NewHub(room.Config{Store: h.ledger, Guard: d, Metrics: h.metrics, Log: slog.New(slog.NewTextHandler(h.log, nil))})
		defer h.close()
		test(h, d)
	})
}

// show says Hello with a token.
func (g *guest) show(token string) *guest {
	hello := g.hello()
	hello.Token = token
	g.say(hello)
	g.listen()
	synctest.Wait()
	return g
}

func (g *guest) welcomed(list []frame) (w wire.Welcome) {
	g.t.Helper()
	if all := of(wire.KindWelcome, list); len(all) != 1 || w.Parse(all[0]) != nil {
		g.t.Errorf("guest %d got %d Welcomes, want one", g.doc.Replica(), len(all))
	}
	return w
}

func TestW45WhoMayComeIn(t *testing.T) { guarded(t, testW45WhoMayComeIn) }
func testW45WhoMayComeIn(h *house, d *desk) {
	d.grants["elsewhere"] = &auth.Grant{Subject: "x", Boards: map[string]auth.Role{"other": auth.Owner}}
	for _, test := range []struct {
		token  string
		code   wire.Code
		reason string
	}{
		{"", wire.CodeTokenExpired, "a token is needed"},
		{"old", wire.CodeTokenExpired, "a token is needed"},
		{"forged", wire.CodeForbidden, "nobody has signed this"},
		{"elsewhere", wire.CodeForbidden, "not for this board"},
		{"broken", wire.CodeInternal, "cannot tell now"},
	} {
		denied := h.visit(5).show(test.token).wantEnd(test.token, test.code)
		if !strings.Contains(denied.Reason, test.reason) {
			h.t.Errorf("with token %q the relay said %q, want something about %q", test.token, denied.Reason, test.reason)
		}
	}
	if h.log.Count("forged") > 0 || h.log.Count("elsewhere") > 0 {
		h.t.Error("a token stands in the log")
	}
	if len(d.lines) > 0 {
		h.t.Errorf("somebody came in: %v", d.lines)
	}
	for r := auth.Viewer; r <= auth.Owner; r++ {
		g := h.visit(board.Replica(r)).show(r.String())
		if w := g.welcomed(g.got()); w.Role != wire.Role(r) || w.Name != strings.ToUpper(r.String()) {
			h.t.Errorf("%v is welcomed as role %d with name %q", r, w.Role, w.Name)
		}
		g.leave()
	}
	if got, want := strings.Join(d.lines[:2], ", "), "the viewer came to b as viewer, the viewer left b"; got != want {
		h.t.Errorf("the audit has %q, want %q", got, want)
	}
}

// Everybody may edit where there is no Guard.
func TestNoGuard(t *testing.T) { inHouse(t, testNoGuard) }
func testNoGuard(h *house) {
	g := h.visit(1).show("whatever this is")
	if w := g.welcomed(g.got()); w.Role != wire.RoleEditor || w.Name != "" {
		h.t.Errorf("an open board welcomes as role %d with name %q", w.Role, w.Name)
	}
	g.say(&wire.Refresh{Token: "another"})
	g.draw()
	g.wantAck("of an open board", g.got(), 4)
}

// thing makes an update of an element.
func thing(b *board.Board, k board.Kind) *wire.Update {
	e := b.Edit()
	e.Create(k)
	return &wire.Update{Data: e.Commit()}
}

// Each kind of frame that a client may send is tried in each role (W65).
func TestW65RolesByKind(t *testing.T) {
	cursor := &wire.Cursors{List: []wire.Cursor{{X: 8, Y: 8, Seq: 1}}}
	const (
		taken   = wire.Code(0)
		ignored = wire.Code(1)
		no      = wire.CodeForbidden
		order   = wire.CodeOrder
	)
	for _, test := range []struct {
		what string
		say  func(*board.Board) wire.Message
		told wire.Kind // what the others are told
		want [auth.Owner + 1]wire.Code
	}{
		{"Update", func(b *board.Board) wire.Message { return thing(b, board.KindNote) }, wire.KindUpdate, [...]wire.Code{auth.Viewer: no, auth.Commenter: no, auth.Editor: taken, auth.Owner: taken}},
		{"Update of a comment", func(b *board.Board) wire.Message { return thing(b, board.KindThread) }, wire.KindUpdate, [...]wire.Code{auth.Viewer: no, auth.Commenter: taken, auth.Editor: taken, auth.Owner: taken}},
		{"Update that is rubbish", func(*board.Board) wire.Message { return &wire.Update{Data: []byte{9}} }, 0, [...]wire.Code{auth.Viewer: no, auth.Commenter: no, auth.Editor: wire.CodeBadUpdate, auth.Owner: wire.CodeBadUpdate}},
		{"Cursors", func(*board.Board) wire.Message { return cursor }, wire.KindCursors, [...]wire.Code{auth.Viewer: ignored, auth.Commenter: taken, auth.Editor: taken, auth.Owner: taken}},
		{"Preview", func(*board.Board) wire.Message { return &wire.Preview{Stroke: 1, Points: []wire.Point{{X: 1}}} }, wire.KindPreview, [...]wire.Code{auth.Viewer: ignored, auth.Commenter: ignored, auth.Editor: taken, auth.Owner: taken}},
		{"Selection", func(*board.Board) wire.Message { return &wire.Selection{Elements: []wire.ID{{Replica: 1, Seq: 1}}} }, wire.KindSelection, [...]wire.Code{auth.Viewer: ignored, auth.Commenter: ignored, auth.Editor: taken, auth.Owner: taken}},
		{"Viewport", func(*board.Board) wire.Message { return &wire.Viewport{Seq: 1} }, wire.KindViewport, [...]wire.Code{auth.Viewer: taken, auth.Commenter: taken, auth.Editor: taken, auth.Owner: taken}},
		{"Signal that is a summons", func(*board.Board) wire.Message { return &wire.Signal{What: wire.SignalSummon} }, wire.KindSignal, [...]wire.Code{auth.Viewer: ignored, auth.Commenter: ignored, auth.Editor: taken, auth.Owner: taken}},
		{"Signal that is a reaction", func(*board.Board) wire.Message { return reaction(1) }, wire.KindSignal, [...]wire.Code{auth.Viewer: taken, auth.Commenter: taken, auth.Editor: taken, auth.Owner: taken}},
		{"Signal of a later version", func(*board.Board) wire.Message { return &wire.Signal{What: 9} }, wire.KindSignal, [...]wire.Code{auth.Viewer: ignored, auth.Commenter: ignored, auth.Editor: taken, auth.Owner: taken}},
		{"Profile", func(*board.Board) wire.Message { return &wire.Profile{Name: "the pope", Color: 7} }, wire.KindJoined, [...]wire.Code{auth.Viewer: taken, auth.Commenter: taken, auth.Editor: taken, auth.Owner: taken}},
		{"Ping", func(*board.Board) wire.Message { return &wire.Ping{Stamp: 1} }, 0, [...]wire.Code{auth.Viewer: ignored, auth.Commenter: ignored, auth.Editor: ignored, auth.Owner: ignored}},
		{"Hello again", func(*board.Board) wire.Message { return &wire.Hello{} }, 0, [...]wire.Code{auth.Viewer: order, auth.Commenter: order, auth.Editor: order, auth.Owner: order}},
		{"Denied", func(*board.Board) wire.Message { return &wire.Denied{Code: 1000} }, 0, [...]wire.Code{auth.Viewer: order, auth.Commenter: order, auth.Editor: order, auth.Owner: order}},
		{"Notice", func(*board.Board) wire.Message { return &wire.Notice{} }, 0, [...]wire.Code{auth.Viewer: order, auth.Commenter: order, auth.Editor: order, auth.Owner: order}},
	} {
		t.Run(test.what, func(t *testing.T) {
			guarded(t, func(h *house, d *desk) {
				witness := h.visit(99).show("owner")
				for r := auth.Viewer; r <= auth.Owner; r++ {
					g := h.visit(board.Replica(r)).show(r.String())
					witness.got()
					g.got()
					g.say(test.say(g.doc))
					h.settle()
					told := of(test.told, witness.got())
					switch want := test.want[r]; want {
					case taken:
						g.wantStays(r.String())
						if len(told) == 0 {
							t.Errorf("%v: the others hear nothing of it", r)
						}
					case ignored:
						g.wantStays(r.String())
						if len(told) > 0 {
							t.Errorf("%v: the others are told", r)
						}
					default:
						g.wantEnd(r.String(), want)
						if len(told) > 0 {
							t.Errorf("%v: the others are told", r)
						}
						continue
					}
					g.leave()
				}
				witness.wantStays("whatever the others send")
				witness.draw()
				witness.wantAck("afterwards", witness.got(), witness.doc.Seq(99))
			})
		})
	}
}

// The relay knows who it is: nobody can take another's name (W68).
func TestW68NamesAreTheRelays(t *testing.T) { guarded(t, testW68NamesAreTheRelays) }
func testW68NamesAreTheRelays(h *house, d *desk) {
	witness := h.visit(1).show("owner")
	witness.got()
	g := h.visit(2).show("editor")
	g.say(&wire.Profile{Name: "OWNER", Color: 7})
	h.settle()
	for _, j := range parsed[wire.Joined](h.t, witness.got()) {
		if j.Name != "EDITOR" {
			h.t.Errorf("the editor is shown as %q", j.Name)
		}
	}
}

func TestW69TokenEnds(t *testing.T) { guarded(t, testW69TokenEnds) }
func testW69TokenEnds(h *house, d *desk) {
	until := func(name string, in time.Duration) {
		g := *d.grants["editor"]
		g.Until = time.Now().Add(in)
		d.grants[name] = &g
	}
	until("a minute", 50*time.Second)
	until("two", 100*time.Second)
	g, r := h.visit(1).show("a minute"), h.visit(2).show("a minute")
	time.Sleep(40 * time.Second)
	r.say(&wire.Refresh{Token: "two"})
	g.say(&wire.Ping{})
	time.Sleep(9 * time.Second)
	g.wantStays("before the end")
	time.Sleep(time.Second)
	g.wantEnd("at the end", wire.CodeTokenExpired)
	r.wantStays("with another token")
	r.draw()
	r.wantAck("with another token", r.got(), 4)
	r.say(&wire.Refresh{Token: "nonsense"})
	r.wantEnd("a Refresh that is not good", wire.CodeTokenExpired)

	g = h.visit(1).show("editor")
	g.say(&wire.Refresh{Token: "viewer"})
	g.wantEnd("a Refresh to what is somebody else's", wire.CodeTokenExpired)
	lower := *d.grants["editor"]
	lower.Boards = map[string]auth.Role{"b": auth.Viewer}
	d.grants["lower"] = &lower
	g = h.visit(1).show("editor")
	g.say(&wire.Refresh{Token: "lower"})
	g.wantEnd("a Refresh that allows less", wire.CodeTokenExpired)
	wider := *d.grants["editor"]
	wider.Boards = map[string]auth.Role{"b": auth.Editor, "c": auth.Owner}
	d.grants["wider"] = &wider
	g = h.visit(1).show("editor")
	g.say(&wire.Refresh{Token: "wider"})
	g.wantStays("with a token for other boards besides")
}

func TestRevoke(t *testing.T) { guarded(t, testRevoke) }
func testRevoke(h *house, d *desk) {
	owner, editor, viewer := h.visit(1).show("owner"), h.visit(2).show("editor"), h.visit(3).show("viewer")
	n := h.hub.Revoke(func(board string, g *auth.Grant) bool { return board == "b" && g.Subject == "the editor" })
	if n != 1 {
		h.t.Errorf("%d were sent away, want one", n)
	}
	editor.wantEnd("revoked", wire.CodeTokenExpired)
	owner.wantStays("of others")
	viewer.wantStays("of others")

	// One that is revoked between the Guard's word and the room.
	d.hold = make(chan struct{})
	late := h.visit(4)
	hello := late.hello()
	hello.Token = "editor"
	late.say(hello)
	late.listen()
	synctest.Wait()
	d.mu.Lock()
	d.over[d.grants["editor"]] = true
	d.mu.Unlock()
	if n := h.hub.Revoke(func(string, *auth.Grant) bool { return true }); n != 2 {
		h.t.Errorf("%d were sent away, want the two that are in", n)
	}
	close(d.hold)
	late.wantEnd("revoked meanwhile", wire.CodeTokenExpired)
}

// A Guard that does not answer holds up nobody else, and not for ever.
func TestGuardThatHangs(t *testing.T) { guarded(t, testGuardThatHangs) }
func testGuardThatHangs(h *house, d *desk) {
	in := h.visit(1).show("owner")
	d.mu.Lock()
	d.hold = make(chan struct{})
	d.mu.Unlock()
	waiting := h.visit(2)
	hello := waiting.hello()
	hello.Token = "editor"
	waiting.say(hello)
	waiting.listen()
	in.draw()
	in.wantAck("meanwhile", in.got(), 4)
	time.Sleep(11 * time.Second)
	waiting.wantEnd("without an answer", wire.CodeInternal)
}

// What began the connection may have said who it is.
func TestVisitorIsKnown(t *testing.T) { guarded(t, testVisitorIsKnown) }
func testVisitorIsKnown(h *house, d *desk) {
	come := func(v room.Visitor) *guest {
		a, b := conn.Pipe()
		g := &guest{t: h.t, conn: a, doc: board.New(7), served: make(chan error, 1)}
		go func() { g.served <- h.hub.Serve(b, v) }()
		return g
	}
	g := come(room.Visitor{From: "192.0.2.1", Token: "editor"}).show("")
	if w := g.welcomed(g.got()); w.Role != wire.RoleEditor {
		h.t.Errorf("with the token of its request it is welcomed as role %d", w.Role)
	}
	g.leave()
	g = come(room.Visitor{Token: "editor"}).show("viewer")
	if w := g.welcomed(g.got()); w.Role != wire.RoleViewer {
		h.t.Errorf("Hello's token does not count before that of the request: role %d", w.Role)
	}
	g.leave()
	g = come(room.Visitor{Grant: d.grants["owner"]}).show("")
	if w := g.welcomed(g.got()); w.Role != wire.RoleOwner {
		h.t.Errorf("who is known already is welcomed as role %d", w.Role)
	}
	g.leave()
	if d.asked[0] != `b from "192.0.2.1": editor` {
		h.t.Errorf("the Guard was asked for %s", d.asked[0])
	}
}

// A replica is its person's as long as that is here, unless all it does is look
// (W70, W19).
func TestW70Replicas(t *testing.T) { guarded(t, testW70Replicas) }
func testW70Replicas(h *house, d *desk) {
	victim := h.visit(7).show("editor")
	h.visit(7).show("owner").wantEnd("as another's replica", wire.CodeReplica)
	h.visit(7).show("viewer").wantEnd("as another's replica", wire.CodeReplica)
	victim.wantStays("whoever comes as its replica")
	again := h.visit(7).show("editor")
	victim.wantEnd("come back itself", wire.CodeReplaced)
	again.leave()

	squatter := h.visit(7).show("viewer")
	// What another brings of that replica counts all the same.
	bringer := h.visit(8).show("owner")
	bringer.say(&wire.Update{Data: stroke(victim.doc, 3)})
	bringer.got()
	if got := h.stored("b").Seq(7); got != 4 {
		h.t.Errorf("a viewer keeps others from bringing what a replica has written: %d operations are stored", got)
	}
	back := h.visit(7).show("editor")
	back.welcomed(back.got())
	squatter.wantEnd("when who writes comes back", wire.CodeReplaced)
}

// Many may watch: each sees what is drawn.
func TestManyViewers(t *testing.T) { guarded(t, testManyViewers) }
func testManyViewers(h *house, d *desk) {
	owner := h.visit(1).show("owner")
	var viewers []*guest
	for i := range 200 {
		viewers = append(viewers, h.visit(board.Replica(100+i)).show("viewer"))
	}
	owner.draw()
	h.settle()
	for _, v := range viewers {
		if v.has(1) != 4 {
			h.t.Fatalf("viewer %d has %d operations of the owner, want 4", v.doc.Replica(), v.has(1))
		}
	}
}
