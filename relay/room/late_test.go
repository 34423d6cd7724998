package room_test

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"edgeboard/relay/room"
	"edgeboard/shared/wire"
)

// wantNotices expects a guest to be told whether a store takes what it sends: codes,
// one for each Notice.
func (g *guest) wantNotices(when string, list []frame, codes ...wire.Code) {
	g.t.Helper()
	notices := parsed[wire.Notice](g.t, list)
	for i, n := range notices {
		if (n.Code != 0) != (n.Text != "") {
			g.t.Errorf("%s: Notice is %+v", when, n)
		}
		if i < len(codes) && n.Code != codes[i] {
			g.t.Errorf("%s: guest %d is told %d, want %d", when, g.doc.Replica(), n.Code, codes[i])
		}
	}
	if len(notices) != len(codes) {
		g.t.Errorf("%s: guest %d is told %d times, want %d", when, g.doc.Replica(), len(notices), len(codes))
	}
}

// waits says so many things to a Talk that cannot store them.
func (g *guest) waits(talk *gossip, ids ...byte) {
	talk.do(func() { talk.late = true })
	for _, id := range ids {
		g.say(&wire.Say{ID: textID(id), Text: "x"})
	}
}

// ends lets the first of what waits be stored.
func (g *gossip) ends() {
	var first func()
	g.do(func() { first, g.waiting = g.waiting[0], g.waiting[1:] })
	first()
}

// What somebody says cannot be stored: who has said it is told so once, and when all of
// it is stored; nobody else is.
func TestW63NotSaid(t *testing.T) { talking(t, testW63NotSaid) }
func testW63NotSaid(h *house, talk *gossip) {
	ada, _ := h.enterOn("b", 1, "ada")
	bob, _ := h.enterOn("b", 2, "bob")
	ada.got()
	ada.waits(talk, 1, 2)
	ada.wantNotices("two wait", ada.got(), wire.CodeNotStored)
	talk.ends()
	list := ada.got()
	ada.wantNotices("one waits", list)
	if said := parsed[wire.Said](h.t, list); len(said) != 1 || len(said[0].Stored) != 1 || said[0].Stored[0] != textID(1) {
		h.t.Errorf("one is stored, and %+v is told", said)
	}
	talk.ends()
	ada.wantNotices("none waits", ada.got(), 0)
	bob.wantNotices("who has said nothing", bob.got())
	talk.do(func() { talk.late = false })
	ada.say(&wire.Say{ID: textID(3), Text: "y"})
	ada.wantNotices("afterwards", ada.got())
	ada.waits(talk, 4)
	ada.wantNotices("once more", ada.got(), wire.CodeNotStored)
	ada.leave()
	talk.ends() // for nobody
	bob.wantStays("then")
}

// The board cannot be stored either. It is over when both are.
func TestW63NeitherSaidNorDrawn(t *testing.T) { talking(t, testW63NeitherSaidNorDrawn) }
func testW63NeitherSaidNorDrawn(h *house, talk *gossip) {
	ada, _ := h.enterOn("b", 1, "ada")
	bob, _ := h.enterOn("b", 2, "bob")
	ada.got()
	for _, boardFirst := range []bool{true, false} {
		h.store.Fail(errors.New("disk full"))
		ada.draw()
		ada.waits(talk, 1)
		ada.wantNotices("both fail", ada.got(), wire.CodeNotStored)
		bob.wantNotices("both fail", bob.got(), wire.CodeNotStored)
		first, last := talk.ends, func() { h.store.Fail(nil); time.Sleep(2 * time.Second) }
		if boardFirst {
			first, last = last, first
		}
		first()
		ada.wantNotices("one works again", ada.got())
		last()
		ada.wantNotices("both work again", ada.got(), 0)
		bob.wantNotices("both work again", bob.got(), 0)
	}
}

// What was to be told is dropped, or waits for somebody who does not read: who is
// welcomed once more is told how it stands.
func TestW63AfterADrop(t *testing.T) { talking(t, testW63AfterADrop) }
func testW63AfterADrop(h *house, talk *gossip) {
	store := &stalling{Store: h.ledger, stall: make(chan struct{})}
	h.hub = room.NewHub(room.Config{Store: store, Talk: talk, Metrics: h.metrics, Log: slog.New(slog.NewTextHandler(h.log, nil))})
	talk.hub = h.hub
	ada, _ := h.enterOn("b", 1, "ada")
	bob, _ := h.enterOn("b", 2, "bob")
	ada.got()
	ada.waits(talk, 1)
	ada.wantNotices("it waits", ada.got(), wire.CodeNotStored)
	bob.draw()
	h.settle() // the room gets no further
	talk.ends()
	large := message(&wire.Said{Texts: slices.Repeat([]wire.Text{{Text: strings.Repeat("x", wire.MaxText)}}, 30)})
	for range 20 {
		h.hub.TellBoard("b", large)
	}
	close(store.stall)
	h.settle()
	list := ada.got()
	if welcomes, said := len(of(wire.KindWelcome, list)), len(of(wire.KindSaid, list)); welcomes != 1 || said != 0 {
		h.t.Errorf("Ada is welcomed %d times and told %d times of what was said", welcomes, said)
	}
	ada.wantNotices("the word that it is over was dropped", list, 0)
	bob.wantNotices("who was told nothing", bob.got())

	// Ada does not read while it is over.
	slow := h.visit(3)
	slow.say(slow.hello())
	slow.read()
	slow.waits(talk, 2)
	h.settle()
	bob.drawMuch(1 << 22)
	talk.ends()
	h.settle()
	slow.listen()
	told := parsed[wire.Notice](h.t, slow.got())
	if n := len(told); n == 0 || told[n-1].Code != 0 {
		h.t.Errorf("when it reads again it is told %+v", told)
	}
}
