package auth

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"
)

// twoOffices are two relays with the same records. What one puts the other hears of when
// hears is called.
func twoOffices(t *testing.T) (a, b *office) {
	a, b = newOffice(t), newOffice(t)
	b.records = a.records
	for name, o := range map[string]*office{"a": a, "b": b} {
		o.cfg.Records, o.cfg.Relay, o.cfg.Fresh = a.records, name, func(context.Context) error { return nil }
		o.restart()
	}
	return a, b
}

// hears tells it of a record as it is now.
func (o *office) hears(kind, key string) {
	o.t.Helper()
	value, err := o.records.Get(o.t.Context(), kind, key)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.Heard(o.t.Context(), kind, key, value); err != nil {
		o.t.Fatal(err)
	}
}

// both lets time pass for both.
func both(a, b *office, d time.Duration) { a.wait(d); b.wait(d) }

// What a relay has given out before it heard that it must not is worth nothing, nor is
// it on other relays; what it gives afterwards counts at once.
func TestGivenBeforeItWasHeard(t *testing.T) {
	a, b := twoOffices(t)
	c := newOffice(t)
	c.records, c.cfg.Records, c.cfg.Relay, c.cfg.Fresh = a.records, a.records, "c", b.cfg.Fresh
	c.restart()
	bea := b.signIn("bea")
	bea.opens("plan", Owner)
	if _, err := a.SetRole(t.Context(), root, "plan", "ann", Owner); err != nil {
		t.Fatal(err)
	}
	a.wait(time.Second)
	b.wait(time.Second)
	c.wait(time.Second)
	if _, err := a.SetRole(t.Context(), root, "plan", "bea", Viewer); err != nil {
		t.Fatal(err)
	}
	// c has heard of it before b, which still gives what it did.
	c.hears(ofRevoked, "person-on/plan/bea")
	both(b, c, 100*time.Millisecond)
	token, err := b.access().token(&accessClaims{
		Subject: "bea", Board: "plan", Role: Owner, Until: b.now().Add(accessLife).Unix(), Issued: b.now().UnixMicro(), Session: "s", Token: "t", Relay: "b",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Admit(t.Context(), token, "plan"); err != nil {
		t.Fatalf("b cannot know: %v", err)
	}
	g, _ := b.Admit(t.Context(), token, "plan")
	b.live["bea"] = g
	c.refused(token, "plan", Revoked)
	b.hears(ofRevoked, "person-on/plan/bea")
	b.ends("bea")
	b.refused(token, "plan", Revoked)
	both(b, c, time.Millisecond)
	bea.opens("plan", Viewer)
	// After a restart it is not forgotten.
	b.restart()
	b.refused(token, "plan", Revoked)
}

// An operator's token that is newer than what was taken back holds, also where that is
// heard of late; and what is heard of again takes nothing more back.
func TestHeardLate(t *testing.T) {
	a, b := twoOffices(t)
	if err := a.RevokePerson(t.Context(), root, "cy", ""); err != nil {
		t.Fatal(err)
	}
	both(a, b, time.Hour)
	token := b.operators(&Grant{Subject: "cy", Boards: map[string]Role{"*": Editor}, Issued: b.now(), Until: b.now().Add(time.Hour)})
	both(a, b, time.Minute)
	b.hears(ofRevoked, "person//cy")
	if _, err := b.Admit(t.Context(), token, "machines"); err != nil {
		t.Errorf("it was given after what was taken back: %v", err)
	}
	dan := b.signIn("dan")
	dan.opens("plan", Owner)
	if err := a.RevokeBoard(t.Context(), root, "plan"); err != nil {
		t.Fatal(err)
	}
	b.hears(ofRevoked, "board/plan/")
	both(a, b, time.Minute)
	dan.opens("plan", Owner)
	b.hears(ofRevoked, "board/plan/")
	if _, err := b.Admit(t.Context(), dan.token, "plan"); err != nil {
		t.Errorf("what is heard twice takes back what was given between: %v", err)
	}
	// What has ended is nothing new either.
	over, err := json.Marshal(revocation{At: b.now().Add(-time.Hour), Until: b.now().Add(-time.Minute)})
	if err == nil {
		err = b.Heard(t.Context(), ofRevoked, "person-on/plan/dan", over)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Admit(t.Context(), dan.token, "plan"); err != nil {
		t.Error(err)
	}
}

// What does not parse is said, and takes nothing back.
func TestHeardIsGarbled(t *testing.T) {
	_, b := twoOffices(t)
	for key, value := range map[string]string{"person": `{"at":"2020-01-01T00:00:00Z"}`, "person//dan": "{", "board/plan/": "[]"} {
		if err := b.Heard(t.Context(), ofRevoked, key, []byte(value)); err == nil {
			t.Errorf("%s %s is taken", key, value)
		}
	}
	if err := b.Heard(t.Context(), ofKeys, keyOwn, []byte("short")); err == nil {
		t.Error("a short key is taken")
	}
	for _, kind := range []string{"wishes", ofSessions, ofPeople, ofInvites} {
		if err := b.Heard(t.Context(), kind, "x", []byte("{")); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	b.signIn("dan").opens("plan", Owner)
}

// A cookie of a session that this relay has not heard of yet is waited for.
func TestFreshSession(t *testing.T) {
	a, b := twoOffices(t)
	ann := a.signIn("ann")
	records := a.records
	late := &memory{now: b.now, all: map[string]kept{"key own": records.all["key own"]}} // has not heard
	b.records, b.cfg.Records = late, late
	asked := 0
	b.cfg.Fresh = func(context.Context) error {
		asked++
		late.mu.Lock()
		defer late.mu.Unlock()
		for key, value := range records.all {
			late.all[key] = value
		}
		return nil
	}
	b.restart()
	there := &browser{o: b, cookie: ann.cookie}
	there.opens("plan", Owner)
	if asked != 1 {
		t.Errorf("it was asked %d times", asked)
	}
	there.opens("plan", Owner)
	if asked != 1 {
		t.Error("it is asked although it knows")
	}
	// Cut off, it lets in who comes with a later cookie of a session that it knows, and
	// nobody with one that it does not.
	b.cfg.Fresh = func(context.Context) error { return errors.New("cut off") }
	b.restart()
	family, generation, _ := b.session().parseCookie(there.cookie)
	there.cookie = b.session().cookie(family, generation+3)
	there.opens("plan", Owner)
	older := &browser{o: b, cookie: b.session().cookie(family, generation+1)}
	older.fails("plan", "", Missing) // which is a copy
	there.fails("plan", "", Missing)
	unknown := &browser{o: b, cookie: b.session().cookie("UNKNOWN", 1)}
	unknown.fails("plan", "", Missing)
}

// Who claims a board, and is interrupted before there is an owner, is its owner after all,
// and nobody else is.
func TestClaimIsInterrupted(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	taken, err := json.Marshal(taking{By: "ann", At: noon, Claimed: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.records.Put(t.Context(), ofBoards, "plan", taken, time.Time{}); err != nil {
		t.Fatal(err)
	}
	bea.fails("plan", "", Forbidden)
	ann.opens("plan", Owner)
	// Who is removed by another owner does not get it again by that.
	if _, err := o.SetRole(t.Context(), ann.grant, "plan", "bea", Owner); err != nil {
		t.Fatal(err)
	}
	if err := o.RemovePerson(t.Context(), root, "plan", "ann"); err != nil {
		t.Fatal(err)
	}
	ann.fails("plan", "", Forbidden)
}
