package room_test

import (
	"testing"
	"time"

	"edgeboard/relay/auth"
	"edgeboard/relay/room"
	"edgeboard/shared/board"
	"edgeboard/shared/wire"
)

const secret = "a secret of 24 letters.."

// welcomed returns a guest's Welcome, and forgets what else has come.
func welcomed(g *guest) wire.Welcome {
	g.t.Helper()
	list := parsed[wire.Welcome](g.t, g.got())
	if len(list) != 1 {
		g.t.Fatalf("guest %d is welcome %d times", g.doc.Replica(), len(list))
	}
	return list[0]
}

// Somebody comes with two tabs and a phone, all with one secret, and somebody else
// without any.
func TestW80OnePersonWithThreeMembers(t *testing.T) { inHouse(t, testW80OnePersonWithThreeMembers) }
func testW80OnePersonWithThreeMembers(h *house) {
	watcher := h.enter(1)
	self := welcomed(watcher)
	var persons []wire.Person
	for i, device := range []wire.Device{wire.DeviceComputer, wire.DeviceComputer, wire.DevicePhone} {
		g := h.enterAs(board.Replica(2+i), func(hello *wire.Hello) { hello.Secret, hello.Device = secret, device })
		persons = append(persons, welcomed(g).Person)
	}
	here := parsed[wire.Joined](h.t, watcher.got())
	if len(here) != 3 {
		h.t.Fatalf("%d members came, want 3", len(here))
	}
	for i, j := range here {
		if j.Person != persons[0] || persons[i] != persons[0] || j.Away {
			h.t.Errorf("member %d is %+v, and %v for itself; want the same person for all, who is here", i, j, persons[i])
		}
	}
	if here[0].Device != wire.DeviceComputer || here[2].Device != wire.DevicePhone {
		h.t.Errorf("they sit at %d and %d, want a computer and a phone", here[0].Device, here[2].Device)
	}
	if self.Person == persons[0] || self.Person == (wire.Person{}) {
		h.t.Errorf("who has no secret is %v, and who has one %v", self.Person, persons[0])
	}
	if text := string(persons[0][:]); text == secret[:16] {
		h.t.Error("a person's name says the secret")
	}

	// Who comes later is told the same of all, and of itself by Welcome alone.
	late := h.enter(9)
	known := 0
	for _, j := range parsed[wire.Joined](h.t, late.got()) {
		if j.Person == persons[0] {
			known++
		}
	}
	if known != 3 {
		h.t.Errorf("who comes later is told of %d members that are the person, want 3", known)
	}
}

// Somebody without a secret is somebody else each time, and so is who has one that is
// too short to be one.
func TestW80NobodyInParticular(t *testing.T) { inHouse(t, testW80NobodyInParticular) }
func testW80NobodyInParticular(h *house) {
	seen := map[wire.Person]bool{}
	for i, secret := range []string{"", "", secret[:wire.MinSecret-1], secret[:wire.MinSecret-1]} {
		g := h.enterAs(board.Replica(1+i), func(hello *wire.Hello) { hello.Secret = secret })
		seen[welcomed(g).Person] = true
	}
	if len(seen) != 4 {
		h.t.Errorf("four visitors are %d persons", len(seen))
	}
}

// Who the relay knows is the same on whatever device, and nobody else can be: a secret
// that is a subject's name makes no subject of its owner.
func TestW80KnownPersons(t *testing.T) {
	ada := room.PersonOf("ada@example.org", "")
	if room.PersonOf("ada@example.org", secret) != ada {
		t.Error("a known person is somebody else with a secret")
	}
	if room.PersonOf("", "ada@example.org.") == room.PersonOf("ada@example.org.", "") {
		t.Error("a secret stands for a subject")
	}
	// Frozen: a relay of a later version knows them again, with all that they have said.
	if got := ada.String(); got != "aVPqTgHgMJg1Alfu_9YeIA" {
		t.Errorf("%s", got)
	}
	if got := room.PersonOf("", secret).String(); got != "mRwNLB3LxpVYl-kFVhaWHA" {
		t.Errorf("%s", got)
	}
}

// A token says who it is, on every board, whatever secret comes with it.
func TestW80TokensSayWhoItIs(t *testing.T) { guarded(t, testW80TokensSayWhoItIs) }
func testW80TokensSayWhoItIs(h *house, d *desk) {
	d.grants["ada"] = &auth.Grant{Subject: "ada", Boards: map[string]auth.Role{"*": auth.Editor}}
	var persons []wire.Person
	for i, name := range []string{"b", "c"} {
		g := h.enterAs(board.Replica(1+i), func(hello *wire.Hello) { hello.Board, hello.Token, hello.Secret = name, "ada", secret[i:] })
		persons = append(persons, welcomed(g).Person)
	}
	if want := room.PersonOf("ada", ""); persons[0] != want || persons[1] != want {
		h.t.Errorf("on two boards it is %v, want %v", persons, want)
	}
}

// Somebody goes away from the screen and comes back; and then the connection is lost
// without a word.
func TestW81Away(t *testing.T) { inHouse(t, testW81Away) }
func testW81Away(h *house) {
	watcher, g := h.enter(1), h.enter(2)
	welcomed(watcher)
	watcher.got()
	for _, away := range []bool{true, false, true} {
		g.say(&wire.Profile{Name: "Grace", Color: 7, Away: away})
		list := parsed[wire.Joined](h.t, watcher.got())
		if len(list) != 1 || list[0].Away != away || list[0].Name != "Grace" || list[0].Person == (wire.Person{}) {
			h.t.Errorf("when it says away %v, the other hears %+v", away, list)
		}
	}
	late := h.enter(3)
	if list := parsed[wire.Joined](h.t, late.got()); len(list) != 2 || list[0].Away == list[1].Away {
		h.t.Errorf("who comes later hears %+v, want that one of two is away", list)
	}
	for range 65 {
		watcher.say(&wire.Ping{})
		time.Sleep(time.Second)
	}
	gone := map[uint32]bool{}
	for _, l := range parsed[wire.Left](h.t, watcher.got()) {
		gone[l.Member] = true
	}
	if len(gone) != 2 {
		h.t.Errorf("a minute after two have said something last %d are gone", len(gone))
	}
}
