package client_test

import (
	"slices"
	"testing"
	"time"

	"edgeboard/shared/client"
	"edgeboard/shared/wire"
)

// around returns the names of who is shown.
func (k *talk) around() (names []string) {
	for _, p := range k.s.Around() {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}

func (k *talk) wantAround(when string, want ...string) {
	k.t.Helper()
	if got := k.around(); !slices.Equal(got, want) {
		k.t.Errorf("%s: %q are shown, want %q", when, got, want)
	}
}

// Who is here is not taken away by a connection that breaks, and comes back under other
// numbers: only who does not come back in time is gone.
func TestFormers(t *testing.T) {
	k := liveTalk(t)
	ada, ben, cem := wire.Joined{Member: 2, Name: "Ada", Color: 7}, wire.Joined{Member: 3, Name: "Ben", Color: 8}, wire.Joined{Member: 4, Name: "Cem", Color: 9}
	k.hear(&ada, &ben, &cem, &wire.Cursors{List: []wire.Cursor{{Member: 2, Seq: 9, X: 80, Y: 90}, {Member: 3, Seq: 1, X: 16, Hidden: true}}})
	// The same relay sends Cem away before this client can leave.
	k.hear(&wire.Moved{AfterMS: 100}, &wire.Left{Member: 4})
	k.wantAround("Cem is sent away too", "Ada", "Ben", "Cem")
	if len(k.s.Persons()) != 2 {
		t.Errorf("%d persons are here, want those whom the relay has told of", len(k.s.Persons()))
	}
	k.s.Lost()
	k.wantAround("at the loss", "Ada", "Ben", "Cem")
	if len(k.s.Others()) > 0 {
		t.Error("others are taken for members of a connection that is gone")
	}
	k.pass(time.Second)
	k.s.Open(k.now)
	k.s.Outgoing()
	k.hear(k.welcomeFrame())
	k.wantAround("after the Welcome", "Ada", "Ben", "Cem")

	// Ada is back as another member, whose cursor comes later, Ben has none.
	ada.Member, ben.Member = 12, 13
	k.hear(&ben, &ada)
	k.wantAround("two are back", "Ada", "Ben", "Cem")
	formers := map[string]client.Former{}
	for _, f := range k.s.Formers() {
		formers[f.Name] = f
	}
	if f := formers["Ada"]; f.Back != 12 || f.Cursor.X != 80 || f.ID != 0 || len(formers) != 2 {
		t.Errorf("of the connection before is left %v, want Ada's cursor, and Cem", formers)
	}
	k.hear(&wire.Cursors{List: []wire.Cursor{{Member: 12, Seq: 1, X: 88}}})
	if list := k.s.Formers(); len(list) != 1 || list[0].Name != "Cem" {
		t.Errorf("when Ada's cursor is known, there are %d formers, want Cem", len(list))
	}
	// Somebody else of the same name is another one.
	k.hear(&wire.Joined{Member: 14, Name: "Cem", Color: 1})
	k.wantAround("another Cem comes", "Ada", "Ben", "Cem", "Cem")
	// Who leaves is gone at once.
	k.hear(&wire.Left{Member: 13})
	k.wantAround("Ben leaves", "Ada", "Cem", "Cem")

	if at := k.s.Deadline(); at.After(k.now.Add(2 * time.Second)) {
		t.Errorf("the Session wants to be woken after %v", at.Sub(k.now))
	}
	k.saw(0)
	k.pass(2 * time.Second)
	if !k.saw(client.PeopleChanged) {
		t.Error("nobody was told that Cem has not come back")
	}
	k.wantAround("Cem has not come back", "Ada", "Cem")

	// A relay that stays away takes all.
	k.s.Lost()
	k.wantAround("the relay is away", "Ada", "Cem")
	if at := k.s.Deadline(); !at.Equal(k.now.Add(3 * time.Second)) {
		t.Errorf("the Session wants to be woken after %v", at.Sub(k.now))
	}
	k.pass(3 * time.Second)
	k.wantAround("it stays away")
	if at := k.s.Deadline(); !at.IsZero() {
		t.Errorf("then it wants to be woken after %v", at.Sub(k.now))
	}
}
