package auth

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func TestSessionChangesWithEachUse(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	seen := map[string]bool{ann.cookie: true}
	for range 50 {
		ann.opens("plan", Owner)
		if seen[ann.cookie] {
			t.Fatal("a cookie came twice")
		}
		seen[ann.cookie] = true
		o.wait(9 * time.Minute)
	}
	o.restart()
	ann.opens("plan", Owner)
	// It ends when it is not used, and at last though it is.
	bea := o.signIn("bea")
	o.wait(sessionIdle - time.Second)
	bea.opens("own", Owner)
	o.wait(sessionIdle)
	bea.fails("own", "", Missing)
	bea = o.signIn("bea")
	for range 4 {
		bea.opens("own", Owner)
		o.wait(sessionLife / 4)
	}
	bea.fails("own", "", Missing)
}

func TestTwoPagesAskAtOnce(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	for round := range 20 {
		var all sync.WaitGroup
		next := make([]string, 8)
		for i := range next {
			all.Go(func() {
				acc, err := o.Exchange(t.Context(), Proof{Cookie: ann.cookie, Board: "plan"})
				if err != nil {
					t.Error(err)
				}
				next[i] = acc.Session.Cookie
			})
		}
		all.Wait()
		if same := slices.Compact(next); len(same) != 1 || same[0] == ann.cookie {
			t.Fatalf("round %d: of one cookie came %q", round, same)
		}
		ann.cookie = next[0]
		o.wait(time.Minute)
	}
	if got := o.audited(); got != "sign_in board_claimed" {
		t.Error(got)
	}
}

// An answer that is lost is asked for again with the cookie before it.
func TestLostAnswer(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	before := ann.cookie
	ann.opens("plan", Owner)
	next := ann.cookie
	o.wait(sessionGrace)
	again := &browser{o: o, cookie: before}
	again.opens("plan", Owner)
	if again.cookie != next {
		t.Error("another successor came of the same cookie")
	}
	again.opens("plan", Owner)
}

func TestStolenCookieEndsSession(t *testing.T) {
	for name, theft := range map[string]func(o *office, ann, thief *browser){
		"the thief comes after the owner has gone on": func(o *office, ann, thief *browser) {
			ann.opens("plan", Owner)
			ann.joins("ann")
			o.wait(sessionGrace + 1)
			thief.fails("plan", "", Missing)
			o.refused(ann.token, "plan", Revoked)
		},
		"the owner comes after the thief has": func(o *office, ann, thief *browser) {
			thief.opens("plan", Owner)
			thief.joins("thief")
			o.wait(sessionGrace + 1)
			ann.fails("plan", "", Missing)
			o.refused(thief.token, "plan", Revoked)
		},
		"the thief comes at once, and one change too late": func(o *office, ann, thief *browser) {
			ann.opens("plan", Owner)
			ann.opens("plan", Owner)
			ann.joins("ann")
			thief.fails("plan", "", Missing)
			o.refused(ann.token, "plan", Revoked)
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			ann, bea := o.signIn("ann"), o.signIn("bea")
			ann.opens("plan", Owner)
			bea.opens("other", Owner)
			bea.joins("bea")
			o.wait(time.Minute)
			o.audited()
			thief := &browser{o: o, cookie: ann.cookie}
			theft(o, ann, thief)
			if got := o.audited(); got != "session_reused" {
				t.Error(got)
			}
			if len(o.ended) != 1 || o.ended[0] == "bea" {
				t.Errorf("ended are %q", o.ended)
			}
			// Neither comes in any more; who signs in does, and bea has noticed nothing.
			ann.fails("plan", "", Missing)
			thief.fails("plan", "", Missing)
			o.restart()
			ann.fails("plan", "", Missing)
			o.refused(ann.token, "plan", Revoked)
			bea.opens("other", Owner)
			o.signIn("ann").opens("plan", Owner)
		})
	}
}

func TestSignOutEndsWhatCameOfSession(t *testing.T) {
	o := newOffice(t)
	ann, phone := o.signIn("ann"), o.signIn("ann")
	ann.opens("plan", Owner)
	phone.opens("plan", Owner)
	ann.joins("ann")
	phone.joins("phone")
	if err := o.SignOut(t.Context(), ann.cookie); err != nil {
		t.Fatal(err)
	}
	o.ends("ann")
	o.refused(ann.token, "plan", Revoked)
	ann.fails("plan", "", Missing)
	phone.opens("plan", Owner)
	for _, none := range []string{"", "x", ann.cookie} {
		if err := o.SignOut(t.Context(), none); err != nil {
			t.Error(err)
		}
	}
	if got := o.audited(); got != "sign_in sign_in board_claimed sign_out" {
		t.Error(got)
	}
}
