package auth

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestRevocationOfToken(t *testing.T) {
	o := newOffice(t)
	token := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Token: "t-1"})
	same := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Token: "t-2"})
	ann := o.browser()
	if _, err := ann.ask("plan", "", token); err != nil {
		t.Fatal(err)
	}
	ann.joins("ann")
	if err := o.RevokeToken(t.Context(), root, "t-1"); err != nil {
		t.Fatal(err)
	}
	o.ends("ann")
	for range 2 {
		o.refused(token, "plan", Revoked)
		o.refused(ann.token, "plan", Revoked)
		if _, err := o.browser().ask("plan", "", token); reasonOf(err) != Revoked {
			t.Error(err)
		}
		if _, err := o.Admit(t.Context(), same, "plan"); err != nil {
			t.Error(err)
		}
		o.restart()
	}
	ann.fails("plan", "", Missing)
}

func TestRevocationOfPerson(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	bea.opens("other", Owner)
	ann.joins("ann")
	bea.joins("bea")
	token := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Issued: noon})
	timeless := o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}})
	o.wait(time.Second / 2)
	if err := o.RevokePerson(t.Context(), root, "ann", ""); err != nil {
		t.Fatal(err)
	}
	o.ends("ann")
	o.restart()
	o.refused(ann.token, "plan", Revoked)
	o.refused(token, "plan", Revoked)
	ann.fails("plan", "", Missing)
	bea.opens("other", Owner)
	// What is given from now on is good again.
	o.wait(time.Second)
	o.signIn("ann").opens("plan", Owner)
	if _, err := o.Admit(t.Context(), o.operators(&Grant{Subject: "ann", Boards: map[string]Role{"*": Editor}, Issued: o.now()}), "plan"); err != nil {
		t.Error(err)
	}
	o.refused(timeless, "plan", Revoked) // it does not say that it is newer
}

func TestRevocationOfPersonOnBoard(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	ann.joins("on plan")
	old := ann.token
	ann.opens("other", Owner)
	ann.joins("on other")
	o.wait(time.Second)
	if err := o.RevokePerson(t.Context(), root, "ann", "plan"); err != nil {
		t.Fatal(err)
	}
	o.ends("on plan")
	o.refused(old, "plan", Revoked)
	if _, err := o.Admit(t.Context(), ann.token, "other"); err != nil {
		t.Error(err)
	}
	o.wait(time.Second)
	ann.opens("plan", Owner)
}

func TestRevocationOfBoard(t *testing.T) {
	o := newOffice(t)
	ann, bea := o.signIn("ann"), o.signIn("bea")
	ann.opens("plan", Owner)
	_, invite := o.invites(ann.grant, "plan", Terms{Role: Editor, For: time.Hour})
	guest := o.browser()
	guest.opensBy("plan", invite, Editor)
	bea.opens("other", Owner)
	program := o.operators(&Grant{Subject: "program", Boards: map[string]Role{"*": Editor}, Issued: noon})
	ann.joins("ann")
	bea.joins("bea")
	guest.joins("guest")
	o.wait(time.Second)
	if err := o.RevokeBoard(t.Context(), ann.grant, "plan"); err != nil {
		t.Fatal(err)
	}
	o.ends("ann", "guest")
	o.refused(ann.token, "plan", Revoked)
	o.refused(program, "plan", Revoked)
	if _, err := o.Admit(t.Context(), program, "other"); err != nil {
		t.Error(err)
	}
	guest.fails("plan", "", Forbidden)
	o.browser().fails("plan", invite, InviteOver)
	o.wait(time.Second)
	ann.opens("plan", Owner)
	bea.opens("other", Owner)
}

func TestRevocationsAreForgottenWhenNothingIsLeft(t *testing.T) {
	o := newOffice(t)
	for i := range 100 {
		b := o.signIn(fmt.Sprint("person-", i))
		if err := o.SignOut(t.Context(), b.cookie); err != nil {
			t.Fatal(err)
		}
		o.wait(time.Minute)
	}
	if n := len(o.revoked.all); n > 12 {
		t.Errorf("%d revocations of sessions are in memory", n)
	}
	if err := o.RevokePerson(t.Context(), root, "ann", ""); err != nil {
		t.Fatal(err)
	}
	o.wait(1000 * 24 * time.Hour) // an operator's token may be as old
	o.restart()
	if n := len(o.revoked.all); n != 1 {
		t.Errorf("%d revocations are left", n)
	}
}

// A revocation holds for what is being given out at the same moment.
func TestRevocationDuringExchange(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	for range 50 {
		o.wait(time.Second)
		b := o.signIn("bea")
		if _, err := o.SetRole(t.Context(), root, "plan", "bea", Editor); err != nil {
			t.Fatal(err)
		}
		o.wait(time.Second)
		var all sync.WaitGroup
		all.Go(func() { b.ask("plan", "", "") }) // it may succeed or not
		all.Go(func() {
			if err := o.RemovePerson(t.Context(), root, "plan", "bea"); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if b.token != "" {
			o.refused(b.token, "plan", Revoked)
		}
	}
}

// Also for what is revoked while a session is being read.
func TestRevocationWhileSessionIsRead(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	o.wait(time.Second)
	o.records.onRead = func(kind string) {
		o.wait(time.Second)
		if kind == ofPeople { // the session has been read and found good
			o.records.onRead = nil
			if err := o.RevokePerson(t.Context(), root, "ann", ""); err != nil {
				t.Error(err)
			}
			o.wait(time.Second)
		}
	}
	acc, err := ann.ask("plan", "", "")
	if reasonOf(err) != Revoked || acc.Token != "" || acc.Session.Cookie == "" {
		t.Errorf("%+v, %v", acc, err)
	}
	ann.fails("plan", "", Missing)
}

// Who was admitted before a revocation and joined after it is found by Check.
func TestCheckFindsWhatWasRevokedMeanwhile(t *testing.T) {
	o := newOffice(t)
	ann := o.signIn("ann")
	ann.opens("plan", Owner)
	if err := o.Check("plan", ann.grant); err != nil {
		t.Error(err)
	}
	if err := o.SignOut(t.Context(), ann.cookie); err != nil {
		t.Fatal(err)
	}
	if err := o.Check("plan", ann.grant); reasonOf(err) != Revoked {
		t.Error(err)
	}
	o.wait(accessLife)
	if err := o.Check("plan", ann.grant); reasonOf(err) != Expired {
		t.Error(err)
	}
}
