package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/client/keeptest"
	"edgeboard/shared/wire"
)

// home is a device on which programs come and go, in a bubble.
type home struct {
	*keeptest.Device
	t       *testing.T
	replica board.Replica // of the program that started last
}

func newHome(t *testing.T) *home { return &home{new(keeptest.Device), t, 100} }

// program is a stage whose board is kept.
type program struct {
	*stage
	kept    *client.Kept
	restore error   // what Restore said
	failed  []error // read after finish
}

// start is what a program does when it starts: it does not run yet.
func (h *home) start() *program {
	h.t.Helper()
	h.replica++
	p := &program{}
	p.stage = newStage(h.t, func(cfg *client.Config, link *client.LinkConfig) {
		cfg.Doc = board.New(h.replica)
		p.kept, p.restore = client.Restore(h.t.Context(), h.Shelf("b"), cfg.Doc)
		cfg.Kept = p.kept
		link.Failed = func(err error) { p.failed = append(p.failed, err) }
	})
	return p
}

// offline starts a program that reaches no relay, and runs it.
func (h *home) offline() *program {
	h.t.Helper()
	p := h.start()
	p.setDial(unreachable)
	p.run()
	return p
}

// online starts a program, and runs it until it has come to a relay.
func (h *home) online() (*program, *visit) {
	h.t.Helper()
	p := h.start()
	p.run()
	return p, <-p.visits
}

// draw draws n strokes and returns when all that is to be done is done.
func (p *program) draw(n int) {
	p.t.Helper()
	for range n {
		p.link.Do(draw)
	}
	synctest.Wait()
}

func (p *program) wantStatus(when string, unsent, sent int, kept bool) {
	p.t.Helper()
	st := p.status()
	if st.Unsent != unsent || st.Sent != sent || st.Kept != kept {
		p.t.Errorf("%s: %d unsent, %d sent, kept %v (%v); want %d, %d, %v", when, st.Unsent, st.Sent, st.Kept, st.NotKept, unsent, sent, kept)
	}
}

func (p *program) hash() (hash [32]byte) {
	p.link.Do(func(s *client.Session) { hash = s.Doc().Hash() })
	return hash
}

// kill ends the program as a crash does: what it does afterwards counts for
// nothing.
func (h *home) kill(programs ...*program) {
	h.Crash()
	for _, p := range programs {
		p.finish()
	}
}

// store lets the relay take the updates of a message, all but those of replicas
// that it takes for connected, and answers.
func (v *visit) store(relay *board.Board, own board.Replica, here ...board.Replica) {
	v.t.Helper()
	msg, err := v.Receive(v.t.Context())
	if err != nil {
		v.t.Fatalf("the client sent nothing: %v", err)
	}
	for _, f := range frames(v.t, msg) {
		switch f.kind {
		case wire.KindUpdate:
			var u wire.Update
			if err := u.Parse(f.body); err != nil {
				v.t.Fatal(err)
			}
			others := board.Vector{}
			for r, one := range board.Split(u.Data) {
				if slices.Contains(here, r) {
					continue
				}
				if err := relay.Apply(one); err != nil {
					v.t.Fatalf("the relay refuses an update: %v", err)
				}
				if r != own {
					others[r] = relay.Seq(r)
				}
			}
			v.say(&wire.Ack{Through: relay.Seq(own), Others: others.Append(nil)})
		case wire.KindPing:
			var p wire.Ping
			if err := p.Parse(f.body); err != nil {
				v.t.Fatal(err)
			}
			v.say(&wire.Pong{Stamp: p.Stamp})
		}
	}
	synctest.Wait()
}

// enter answers the Hello of a client with what the relay has.
func (v *visit) enter(relay *board.Board) (hello wire.Hello) {
	v.t.Helper()
	if err := hello.Parse(v.hear(wire.KindHello)[0].body); err != nil {
		v.t.Fatal(err)
	}
	v.say(&wire.Welcome{Version: wire.Version, Member: 1, Vector: relay.Vector().Append(nil)})
	synctest.Wait()
	return hello
}

// What was drawn without a relay survives the program, whether it ends or is
// killed, and arrives when there is a relay again.
func TestKeptAcrossRestarts(t *testing.T) {
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprintf("killed %v", killed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testKeptAcrossRestarts(t, killed) })
		})
	}
}
func testKeptAcrossRestarts(t *testing.T, killed bool) {
	h := newHome(t)
	first := h.offline()
	first.draw(3)
	first.wantStatus("drawn offline", 3, 0, true)
	if !h.Unsent("b", 0) {
		t.Error("the slot does not say that it has unsent changes")
	}
	drawn := first.hash()
	if killed {
		h.kill(first)
	} else {
		first.finish()
	}

	second := h.start()
	if second.restore != nil {
		t.Errorf("Restore: %v", second.restore)
	}
	second.run()
	v := <-second.visits
	second.wantStatus("before the relay answers", 3, 0, true)
	if second.hash() != drawn {
		t.Error("the board does not open as it was")
	}
	second.draw(1)
	relay := board.New(0)
	hello := v.enter(relay)
	if vector, err := board.ParseVector(hello.Vector); err != nil || vector[101] == 0 || hello.Replica == 101 {
		t.Errorf("Hello comes from replica %d and has %v, %v; want a new replica, and what was kept", hello.Replica, vector, err)
	}
	second.wantStatus("while it is under way", 0, 4, true)
	v.store(relay, 102)
	second.wantStatus("when it is stored", 0, 0, true)
	if relay.Len() != 4 || relay.Hash() != second.hash() {
		t.Errorf("the relay has %d elements, want 4", relay.Len())
	}
	time.Sleep(2 * time.Second)
	if h.Unsent("b", 0) {
		t.Error("the slot still says that it has unsent changes")
	}
	second.finish()

	third := h.offline()
	third.wantStatus("when all was stored", 0, 0, true)
	if third.hash() != relay.Hash() {
		t.Error("the board does not open offline as it was")
	}
	third.finish()
}

// A second visit downloads what is new, and nothing else: Hello says what there
// is. What came from the relay is kept as well.
func TestKeptWhatOthersDrew(t *testing.T) { synctest.Test(t, testKeptWhatOthersDrew) }
func testKeptWhatOthersDrew(t *testing.T) {
	h := newHome(t)
	first, v := h.online()
	relay := board.New(0)
	v.enter(relay)
	other := board.New(otherReplica)
	before := h.Writes()
	for range 50 {
		u := stroke(other, 20)
		if err := relay.Apply(u); err != nil {
			t.Fatal(err)
		}
		v.say(&wire.Update{Data: u})
	}
	synctest.Wait()
	if n := h.Writes() - before; n != 0 {
		t.Errorf("%d records were written at once for what can be had again", n)
	}
	time.Sleep(2 * time.Second)
	if n := h.Writes() - before; n != 1 {
		t.Errorf("50 changes of others made %d records, want one", n)
	}
	h.kill(first)
	second, v := h.online()
	hello := v.enter(relay)
	if vector, err := board.ParseVector(hello.Vector); err != nil || !vector.Covers(relay.Vector()) {
		t.Errorf("the second visit has %v, want %v", vector, relay.Vector())
	}
	second.finish()
}

// A relay that has lost everything gets it back from what was kept (R2).
func TestKeptGivesBack(t *testing.T) { synctest.Test(t, testKeptGivesBack) }
func testKeptGivesBack(t *testing.T) {
	h := newHome(t)
	first, v := h.online()
	other := board.New(otherReplica)
	u := stroke(other, 20)
	v.enter(other)
	v.say(&wire.Update{Data: u})
	first.draw(2)
	v.store(other, 101)
	want := first.hash()
	// Written anew as a whole: that also has a diff for those who have nothing.
	first.finish()
	for range 3 {
		p, v := h.online()
		empty := board.New(0)
		v.enter(empty)
		v.store(empty, h.replica)
		if empty.Hash() != want {
			t.Error("the relay that had lost everything does not have it again")
		}
		p.finish()
	}
}

// Two programs keep the same board at once, each in a slot of its own. When one
// ends with changes unsent, the other finds them and sends them.
func TestKeptByTwo(t *testing.T) { synctest.Test(t, testKeptByTwo) }
func testKeptByTwo(t *testing.T) {
	h := newHome(t)
	first, v := h.online() // replica 101
	relay := board.New(0)
	v.enter(relay)
	first.draw(1)
	v.store(relay, 101)

	second := h.offline() // 102: its network is down
	if second.hash() != first.hash() {
		t.Error("the second program does not open with what the first one has kept")
	}
	second.draw(2)
	second.wantStatus("the second one offline", 2, 0, true)
	want := second.hash()
	first.wantStatus("the first one, of its own", 0, 0, true)
	h.Crash(1)
	second.finish()

	// The first one's connection is asked for a Pong now and then.
	for relay.Seq(102) == 0 {
		v.store(relay, 101)
	}
	if took := time.Since(first.begin); took > 31*time.Second {
		t.Errorf("what was left was sent after %v, want 30 s", took)
	}
	if relay.Hash() != want || first.hash() != want {
		t.Error("not all that the second one drew is there")
	}
	first.wantStatus("when it is stored", 0, 0, true)
	if slots, _ := h.Shelf("b").Slots(t.Context()); !slices.Equal(slots, []int{0}) {
		t.Errorf("slots %v have something, want the first one's alone", slots)
	}
	first.finish()
}

// The same, when the slot is given back in good order; nothing stays in it.
func TestKeptIsTakenOver(t *testing.T) { synctest.Test(t, testKeptIsTakenOver) }
func testKeptIsTakenOver(t *testing.T) {
	h := newHome(t)
	first := h.offline()
	second := h.offline()
	first.draw(1)
	second.draw(2)
	want, err := merged(first, second)
	if err != nil {
		t.Fatal(err)
	}
	second.finish()
	time.Sleep(31 * time.Second)
	first.wantStatus("after it has looked", 3, 0, true)
	if slots, _ := h.Shelf("b").Slots(t.Context()); !slices.Equal(slots, []int{0}) {
		t.Errorf("slots %v have something, want the first one's alone", slots)
	}
	if first.hash() != want {
		t.Error("the first program does not show what the second one has left")
	}
	first.finish()
	third := h.offline()
	third.wantStatus("the next program", 3, 0, true)
	if third.hash() != want {
		t.Error("the next program does not have all")
	}
	third.finish()
}

// Who starts takes over whatever was left, in all slots.
func TestKeptTakesAllAtStart(t *testing.T) { synctest.Test(t, testKeptTakesAllAtStart) }
func testKeptTakesAllAtStart(t *testing.T) {
	h := newHome(t)
	var all []*program
	for range client.MaxSlots {
		p := h.offline()
		p.draw(1)
		all = append(all, p)
	}
	// One more is not kept, and says so; it shows what the others have.
	over := h.offline()
	if !errors.Is(over.restore, client.ErrNoSlot) {
		t.Errorf("Restore: %v, want ErrNoSlot", over.restore)
	}
	over.draw(1)
	over.wantStatus("one too many", 1, 0, false)
	if st := over.status(); !errors.Is(st.NotKept, client.ErrNoSlot) {
		t.Errorf("the status says %v, want ErrNoSlot", st.NotKept)
	}
	over.finish()
	h.kill(all...)
	last := h.start()
	if slots, _ := h.Shelf("b").Slots(t.Context()); len(slots) != client.MaxSlots {
		t.Errorf("slots %v are empty before their content is kept elsewhere", slots)
	}
	last.setDial(unreachable)
	last.run()
	synctest.Wait()
	last.wantStatus("with all that was left", client.MaxSlots, 0, true)
	if slots, _ := h.Shelf("b").Slots(t.Context()); !slices.Equal(slots, []int{0}) {
		t.Errorf("slots %v have something, want one", slots)
	}
	if n := h.Writes(); n == 0 {
		t.Error("nothing was written")
	}
	last.finish()
}

// merged is the hash of what two programs have together.
func merged(a, b *program) ([32]byte, error) {
	doc := board.New(0)
	var err error
	for _, p := range []*program{a, b} {
		p.link.Do(func(s *client.Session) {
			all, e := s.Doc().Diff(nil)
			err = errors.Join(err, e, doc.Apply(all))
		})
	}
	return doc.Hash(), err
}

// A relay that takes a connection which is lost for one that lasts ignores what
// comes of its replica (W19). It is sent again until it is stored.
func TestW19InheritedIsSentAgain(t *testing.T) { synctest.Test(t, testW19InheritedIsSentAgain) }
func testW19InheritedIsSentAgain(t *testing.T) {
	h := newHome(t)
	first := h.offline()
	first.draw(3)
	first.finish()
	second, v := h.online()
	relay := board.New(0)
	v.enter(relay)
	var at []time.Duration
	live := time.Now()
	for range 20 {
		msg, err := v.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range frames(t, msg) {
			switch f.kind {
			case wire.KindUpdate:
				at = append(at, time.Since(live).Round(time.Second))
				v.say(&wire.Ack{})
			case wire.KindPing:
				var p wire.Ping
				if err := p.Parse(f.body); err != nil {
					t.Fatal(err)
				}
				v.say(&wire.Pong{Stamp: p.Stamp})
			}
		}
	}
	want := []time.Duration{0, 5 * time.Second, 15 * time.Second, 35 * time.Second, 75 * time.Second, 135 * time.Second}
	if len(at) < len(want) || !slices.Equal(at[:len(want)], want) {
		t.Errorf("it was sent at %v, want %v …", at, want)
	}
	second.wantStatus("while it is ignored", 0, 3, true)
	for relay.Seq(101) == 0 {
		v.store(relay, 102)
	}
	second.wantStatus("when it is stored", 0, 0, true)
	sent := len(second.dialTimes())
	quiet := time.Now()
	for time.Since(quiet) < 5*time.Minute {
		v.hear(wire.KindPing)
		v.say(&wire.Pong{})
	}
	if n := len(second.dialTimes()); n != sent {
		t.Errorf("%d connections", n)
	}
	second.finish()
}

// A Welcome may say that a relay has it.
func TestInheritedIsWelcomed(t *testing.T) { synctest.Test(t, testInheritedIsWelcomed) }
func testInheritedIsWelcomed(t *testing.T) {
	h := newHome(t)
	first := h.offline()
	first.draw(3)
	relay := board.New(0)
	first.link.Do(func(s *client.Session) {
		all, err := s.Doc().Diff(nil)
		if err != nil || relay.Apply(all) != nil {
			t.Error("the relay does not take it")
		}
	})
	first.finish()
	second, v := h.online()
	v.enter(relay)
	second.wantStatus("when the relay has it", 0, 0, true)
	if v.hear(wire.KindPing); true { // and no Update before
		second.finish()
	}
}

// An error of keeping is told, and all goes on; when the disk works again, what
// there is is kept.
func TestKeepingFails(t *testing.T) { synctest.Test(t, testKeepingFails) }
func testKeepingFails(t *testing.T) {
	h := newHome(t)
	p := h.offline()
	p.draw(1)
	full := errors.New("disk full")
	h.Fail(full)
	p.draw(1)
	p.wantStatus("while the disk is full", 2, 0, false)
	if st := p.status(); !errors.Is(st.NotKept, full) {
		t.Errorf("the status says %v, want the disk's error", st.NotKept)
	}
	writes := h.Writes()
	p.draw(10)
	h.Fail(nil)
	p.draw(1)
	if n := h.Writes() - writes; n != 0 {
		t.Errorf("%d records were written before it was time to try again", n)
	}
	time.Sleep(31 * time.Second)
	p.wantStatus("when the disk works again", 13, 0, true)
	if st := p.status(); st.NotKept != nil {
		t.Errorf("the status says %v", st.NotKept)
	}
	drawn := p.hash()
	h.kill(p)
	again := h.offline()
	if again.hash() != drawn {
		t.Error("what was drawn while the disk was full is not kept")
	}
	again.finish()

	h.Fail(full)
	blind := h.offline()
	if !errors.Is(blind.restore, full) {
		t.Errorf("Restore: %v", blind.restore)
	}
	blind.draw(1)
	blind.wantStatus("with a disk that never worked", 1, 0, false)
	blind.finish()
}

// A disk that is slow delays nobody, and what waits for it is bounded.
func TestKeepingIsSlow(t *testing.T) { synctest.Test(t, testKeepingIsSlow) }
func testKeepingIsSlow(t *testing.T) {
	h := newHome(t)
	p := h.offline()
	h.Hold()
	p.draw(1)
	for range 200 {
		p.link.Do(draw)
	}
	p.wantStatus("while it is written", 201, 0, false)
	h.Release()
	synctest.Wait()
	p.wantStatus("when it is written", 201, 0, true)
	if n := h.Writes(); n != 2 {
		t.Errorf("201 changes made %d records, want one, and one for what came meanwhile", n)
	}

	h.Hold()
	for range 12 { // some 0.5 MB each
		p.link.Do(func(s *client.Session) {
			e := s.Doc().Edit()
			id := e.Create(board.KindText)
			e.Splice(id, board.Chars, 0, 0, strings.Repeat("x", 500<<10))
			s.Commit(e.Commit())
		})
	}
	p.link.Do(func(*client.Session) {
		if n := p.kept.Conflated(); n != 1 {
			t.Errorf("what waited was conflated %d times, want once", n)
		}
	})
	drawn := p.hash()
	h.Release()
	synctest.Wait()
	p.wantStatus("when all is written", 213, 0, true)
	h.kill(p)
	again := h.offline()
	if again.hash() != drawn {
		t.Error("what was conflated is not the board")
	}
	again.wantStatus("of the next program", 213, 0, true)
	again.finish()
}

// A disk that hangs does not keep a program from ending.
func TestKeepingHangs(t *testing.T) { synctest.Test(t, testKeepingHangs) }
func testKeepingHangs(t *testing.T) {
	h := newHome(t)
	p := h.offline()
	h.Hold()
	p.draw(2)
	at := time.Now()
	p.finish()
	if took := time.Since(at); took > 5*time.Second {
		t.Errorf("Run took %v to return", took)
	}
	h.Release()
}

// What is written does not grow with what is drawn over and over.
func TestKeptIsCompacted(t *testing.T) { synctest.Test(t, testKeptIsCompacted) }
func testKeptIsCompacted(t *testing.T) {
	h := newHome(t)
	p := h.offline()
	p.draw(1)
	for i := range 3000 {
		p.link.Do(func(s *client.Session) {
			for el := range s.Doc().Elements() {
				e := s.Doc().Edit()
				e.Set(el.ID(), board.KeyLink, board.String(strings.Repeat("x", 400)+fmt.Sprint(i)))
				s.Commit(e.Commit())
			}
		})
		synctest.Wait()
	}
	records, err := h.Shelf("b").Read(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, r := range records {
		total += len(r)
	}
	if total > 300<<10 {
		t.Errorf("a board of one element takes %d bytes in %d records, of 1.2 MB that were written", total, len(records))
	}
	drawn := p.hash()
	h.kill(p)
	again := h.offline()
	if again.hash() != drawn {
		t.Error("the board is not as it was")
	}
	again.finish()
}

// What cannot be read is set aside, not deleted; what can is used, and the program
// begins anew.
func TestKeptIsDamaged(t *testing.T) {
	for _, test := range []struct {
		why    string
		record []byte
		want   error
	}{
		{"no record", []byte{}, client.ErrDamaged},
		{"of a later version", []byte{4, 0}, client.ErrNewer},
		{"a snapshot that ends too early", []byte{2, 0, 1, 9, 1}, client.ErrDamaged},
		{"a snapshot that is none", []byte("\x02\x00\x01\x03xyz"), client.ErrDamaged},
		{"more snapshots than there may be", []byte{2, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0}, client.ErrDamaged},
		{"more drafts than there may be", []byte{3, 0, 0, 0xc1, 0x3e, 0}, client.ErrDamaged},
		{"a draft that is none", []byte("\x03\x00\x00\x01\x00\x00\x00\x03xyz\x00"), client.ErrDamaged},
		{"a draft without a name", []byte{3, 0, 0, 1, 0, 0, 0, 0, 0}, client.ErrDamaged},
		{"a draft that ends too early", []byte{3, 0, 0, 1, 1, 4}, client.ErrDamaged},
		{"more names than there is room for", []byte{3, 0, 0, 0, 2, 1, 2, 3}, client.ErrDamaged},
		{"ends too early", []byte{1, 3, 1}, client.ErrDamaged},
		{"of no replica", []byte{1, 1, 0, 1, 1}, client.ErrDamaged},
		{"more than there is room for", []byte{1, 0xff, 0xff, 0xff, 0xff, 0x7f}, client.ErrDamaged},
		{"updates that are none", []byte("\x01\x00nonsense"), client.ErrDamaged},
	} {
		for slot := range 2 {
			t.Run(fmt.Sprintf("%s, slot %d", test.why, slot), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := newHome(t)
					first := h.offline()
					first.draw(2)
					drawn := first.hash()
					first.finish()
					records, _ := h.Shelf("b").Read(t.Context(), 0)
					h.Put("b", 0)
					h.Put("b", slot, append(records, test.record)...)

					p := h.offline()
					synctest.Wait()
					if !errors.Is(p.restore, test.want) {
						t.Errorf("Restore: %v, want %v", p.restore, test.want)
					}
					if p.hash() != drawn {
						t.Error("what could be read is not there")
					}
					p.draw(1)
					p.wantStatus("afterwards", 3, 0, true)
					if n := h.Aside("b", slot); n != 1 {
						t.Errorf("the slot was set aside %d times, want once", n)
					}
					drawn = p.hash()
					h.kill(p)
					again := h.offline()
					if again.restore != nil || again.hash() != drawn {
						t.Errorf("the program after that: %v", again.restore)
					}
					again.finish()
				})
			})
		}
	}
}

// The same, if another program leaves it while this one runs.
func TestDamagedIsTakenOver(t *testing.T) { synctest.Test(t, testDamagedIsTakenOver) }
func testDamagedIsTakenOver(t *testing.T) {
	h := newHome(t)
	p := h.offline()
	p.draw(1)
	h.Put("b", 5, []byte{9})
	time.Sleep(31 * time.Second)
	p.wantStatus("afterwards", 1, 0, true)
	if n := h.Aside("b", 5); n != 1 {
		t.Errorf("the slot was set aside %d times, want once", n)
	}
	p.finish()
	if !slices.ContainsFunc(p.failed, func(err error) bool { return errors.Is(err, client.ErrNewer) }) {
		t.Errorf("told %v, want that a slot could not be read", p.failed)
	}
}

// A board that was compacted is in no updates: it is not kept, and that is said.
func TestCompactedIsNotKept(t *testing.T) { synctest.Test(t, testCompactedIsNotKept) }
func testCompactedIsNotKept(t *testing.T) {
	h := newHome(t)
	p := h.offline()
	p.draw(1)
	p.link.Do(func(s *client.Session) { s.Doc().Compact() })
	h.Fail(errors.New("for a moment"))
	p.draw(1)
	h.Fail(nil)
	time.Sleep(31 * time.Second) // now the whole board is due
	if st := p.status(); st.Kept || !errors.Is(st.NotKept, board.ErrCompacted) {
		t.Errorf("the status says kept %v, %v; want ErrCompacted", st.Kept, st.NotKept)
	}
	p.finish()
}

// What the relay refuses, or what contradicts what the relay has, would fail again
// whenever a program starts. It is set aside; the next program begins anew.
func TestKeptDoesNotFit(t *testing.T) {
	for _, test := range []struct {
		why string
		end func(t *testing.T, p *program, v *visit)
	}{
		{"the relay refuses it", func(t *testing.T, p *program, v *visit) {
			v.Close(uint32(wire.CodeBadUpdate), "no")
			if _, stopped := errors.AsType[*client.StoppedError](<-p.ended); !stopped {
				t.Error("Run did not stop")
			}
		}},
		{"the relay is full", func(t *testing.T, p *program, v *visit) {
			v.Close(uint32(wire.CodeBoardFull), "no")
			<-p.ended
		}},
		{"the relay's board is another one", func(t *testing.T, p *program, v *visit) {
			for range 5 {
				v.say(&wire.Update{Data: []byte("contradiction")})
				v = <-p.visits
				if st := p.status(); st.Kept || !errors.Is(st.NotKept, client.ErrUnfit) {
					t.Errorf("the status says kept %v, %v; want ErrUnfit", st.Kept, st.NotKept)
				}
				v.enter(board.New(0))
			}
			p.finish()
		}},
	} {
		t.Run(test.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHome(t)
				first := h.offline()
				first.draw(2)
				first.finish()
				p, v := h.online()
				v.enter(board.New(0))
				p.draw(1)
				test.end(t, p, v)
				if n := h.Aside("b", 0); n != 1 {
					t.Errorf("the slot was set aside %d times, want once", n)
				}
				next := h.offline()
				next.wantStatus("the next program", 0, 0, true)
				if next.restore != nil || next.doc.Len() != 0 {
					t.Errorf("the next program has %d elements, %v; want a new board", next.doc.Len(), next.restore)
				}
				next.finish()
			})
		})
	}
}

// A relay that talked nonsense for once is no reason to keep nothing for ever.
func TestKeptAgainWhenItFits(t *testing.T) { synctest.Test(t, testKeptAgainWhenItFits) }
func testKeptAgainWhenItFits(t *testing.T) {
	h := newHome(t)
	p, v := h.online()
	relay := board.New(0)
	v.enter(relay)
	p.draw(2)
	v.store(relay, 101)
	v.say(&wire.Update{Data: []byte("nonsense")})
	v = <-p.visits
	v.enter(relay)
	p.draw(1)
	v.store(relay, 101)
	if st := p.status(); st.Kept || st.Phase != client.Live {
		t.Errorf("at once the status is %+v", st)
	}
	for range 31 {
		time.Sleep(time.Second)
		p.link.Do(func(s *client.Session) { s.Ask() })
		v.store(relay, 101)
	}
	p.wantStatus("half a minute later", 0, 0, true)
	want := p.hash()
	h.kill(p)
	next := h.offline()
	if next.hash() != want {
		t.Error("the board is not kept")
	}
	next.finish()
}

// Who cannot wait for a slow disk begins without, and has what was kept later.
func TestKeepLater(t *testing.T) { synctest.Test(t, testKeepLater) }
func testKeepLater(t *testing.T) {
	h := newHome(t)
	first := h.offline()
	first.draw(3)
	first.finish()

	late := newStage(t)
	relay := board.New(0)
	late.run()
	v := <-late.visits
	v.enter(relay)
	late.link.Do(draw)
	v.store(relay, ownReplica)
	found := board.New(0)
	kept, err := client.Restore(t.Context(), h.Shelf("b"), found)
	if err != nil {
		t.Fatal(err)
	}
	late.link.Do(func(s *client.Session) {
		if err := s.Keep(time.Now(), kept, found); err != nil {
			t.Errorf("Keep: %v", err)
		}
	})
	v.store(relay, ownReplica)
	p := &program{stage: late}
	p.wantStatus("when both are stored", 0, 0, true)
	if relay.Len() != 4 || p.hash() != relay.Hash() {
		t.Errorf("the relay has %d elements, want 4", relay.Len())
	}
	want := p.hash()
	p.draw(1)
	v.store(relay, ownReplica)
	h.Crash()
	late.finish()
	again := h.offline()
	if again.hash() == want || again.hash() != relay.Hash() {
		t.Error("the board is not kept from then on")
	}
	again.finish()

	// The same offline; and with a board that does not fit.
	late = newStage(t)
	late.setDial(unreachable)
	late.run()
	found = board.New(0)
	if kept, err = client.Restore(t.Context(), h.Shelf("b"), found); err != nil {
		t.Fatal(err)
	}
	found.Compact()
	late.link.Do(func(s *client.Session) {
		if err := s.Keep(time.Now(), kept, found); !errors.Is(err, board.ErrCompacted) {
			t.Errorf("Keep: %v, want ErrCompacted", err)
		}
	})
	late.finish()
	again = h.offline()
	if again.restore != nil || again.hash() != relay.Hash() {
		t.Error("what did not fit is not there any more")
	}
	again.finish()
}

// Who has no Link gives its slot back by itself.
func TestKeptClose(t *testing.T) {
	h := newHome(t)
	shelf := h.Shelf("b")
	k, err := client.Restore(t.Context(), shelf, board.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if slot, _ := shelf.Take(t.Context(), 0); slot != nil {
		t.Error("the slot is free")
	}
	k.Close()
	k.Close()
	if slot, _ := shelf.Take(t.Context(), 0); slot == nil {
		t.Error("the slot is not free")
	}
}

// Whatever stands in a slot, a program starts, and keeps on.
func FuzzRestore(f *testing.F) {
	b := board.New(5)
	u := stroke(b, 10)
	f.Add([]byte("\x01\x00"), u)
	f.Add(append([]byte{1, 1, 5, 3, 1}, u...), []byte{})
	f.Add([]byte{}, []byte{4})
	say := (&wire.Say{ID: wire.TextID{1}, Text: "said"}).Append(nil)
	draft := append([]byte{3, 0, 0, 1, 1, 4, 2, 'n', 'o', byte(len(say))}, say...)
	f.Add(append(draft, 0), append([]byte{3, 0, 0, 0, 1, 1}, make([]byte, 15)...))
	snapshot := b.Snapshot()
	f.Add(append([]byte{2, 0, 1, byte(len(snapshot))}, snapshot...), append([]byte{1, 0}, u...))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		d := new(keeptest.Device)
		d.Put("b", 0, one, two)
		d.Put("b", 1, two)
		doc := board.New(7)
		k, err := client.Restore(context.Background(), d.Shelf("b"), doc)
		if err != nil && !errors.Is(err, client.ErrDamaged) && !errors.Is(err, client.ErrNewer) {
			t.Fatalf("Restore: %v", err)
		}
		s := client.NewSession(client.Config{Board: "b", Doc: doc, Kept: k})
		if st := s.Status(); st.Unsent < 0 || st.Sent != 0 || st.NotKept != nil {
			t.Fatalf("the status is %+v", st)
		}
		k.Close()
	})
}
