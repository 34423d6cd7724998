package client_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	chat "edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// jumps notes where a JumpTo has led.
type jumps []string

func (j *jumps) to(n byte) func(wire.Stamp, bool) {
	return func(at wire.Stamp, ok bool) { *j = append(*j, fmt.Sprint(n, " ", at, ok)) }
}

func (j *jumps) want(t *testing.T, when string, want ...string) {
	t.Helper()
	if !slices.Equal(*j, want) {
		t.Errorf("%s: the jumps have led to %q, want %q", when, *j, want)
	}
	*j = nil
}

// Somebody chooses a quote: the message is asked for, and what stands around it.
func TestW88JumpTo(t *testing.T) {
	k := newTalk(t)
	k.s.OpenTalk(everybody)
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(wire.Talk{Last: 900, Changed: 900})
	q := parsed[wire.Recall](k, k.sent())
	k.hear(&wire.Said{Answers: q[0].Ask, Texts: []wire.Text{text(ben, 900, name(90), "last")}, More: true})

	var led jumps
	k.s.JumpTo(everybody, name(10), led.to(10))
	q = parsed[wire.Recall](k, k.sent())
	if len(q) != 1 || q[0].What != wire.RecallOne || q[0].Message != name(10) || q[0].With != everybody {
		t.Fatalf("it asks %+v", q)
	}
	led.want(t, "before there is an answer")
	if k.s.Recalling(everybody) {
		t.Error("a page is recalled")
	}
	k.hear(&wire.Said{Answers: q[0].Ask, Texts: []wire.Text{text(ben, 100, name(10), "first")}})
	led.want(t, "answered", "10 100 true")
	q = parsed[wire.Recall](k, k.sent())
	if len(q) != 2 || q[0].What != wire.RecallBefore || q[0].Stamp != 100 || q[1].What != wire.RecallAfter || q[1].Stamp != 99 {
		t.Fatalf("then it asks %+v, want what is around the message", q)
	}
	k.hear(&wire.Said{Answers: q[0].Ask}, &wire.Said{Answers: q[1].Ask, More: true, Texts: []wire.Text{text(ben, 100, name(10), "first"), text(ben, 110, name(11), "second")}})
	if got := k.s.Talk(everybody).Around(100); len(got.Texts) != 2 || got.Before || !got.After {
		t.Errorf("around it there are %d messages, more before %v, after %v", len(got.Texts), got.Before, got.After)
	}
	k.s.JumpTo(everybody, name(11), led.to(11))
	led.want(t, "to one that is held", "11 110 true")
	k.wantKinds("to one that is held", k.sent())

	// One that is not there, one that was taken back, and again.
	gone := text(ben, 50, name(5), "")
	gone.Deleted = true
	for n, answer := range [][]wire.Text{{gone}, nil} {
		n := byte(n) + 5
		k.s.JumpTo(everybody, name(n), led.to(n))
		k.recalled(answer...)
		led.want(t, "to one that is not there", fmt.Sprint(n, " 0 false"))
		k.s.JumpTo(everybody, name(n), led.to(n))
		led.want(t, "to the same once more", fmt.Sprint(n, " 0 false"))
		k.wantKinds("to the same once more", k.sent())
	}

	// Of several the last one counts, also after the connection was lost; and none after
	// the conversation was closed.
	k.s.JumpTo(everybody, name(20), led.to(20))
	k.s.JumpTo(everybody, name(21), led.to(21))
	k.s.Lost()
	k.s.JumpTo(everybody, name(22), led.to(22))
	k.s.JumpTo(everybody, name(20), led.to(20))
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda(wire.Talk{Last: 900, Changed: 900})
	if asked := k.recalled(text(ben, 200, name(20), "twentieth")); len(asked) != 1 || asked[0].Message != name(20) {
		t.Errorf("on the next connection it asks %+v", asked)
	}
	led.want(t, "of four", "20 200 true")
	k.recalled()
	k.s.JumpTo(everybody, name(23), led.to(23))
	k.s.CloseTalk(everybody)
	k.recalled(text(ben, 230, name(23), "late"))
	k.s.JumpTo(everybody, name(24), led.to(24))
	led.want(t, "of a conversation that is closed")
}

// What quotes need is asked for once, and no faster than is good for all else.
func TestW92Quotes(t *testing.T) {
	k := adaTalk(t)
	log := k.s.Talk(everybody)
	need := func() (unknown int) {
		for n := range byte(100) {
			if _, known := log.Quoted(name(n)); !known {
				unknown++
				k.s.Quote(everybody, name(n))
			}
		}
		return unknown
	}
	k.s.Quote(ben, name(1)) // which is not open
	begin, asked := k.now, map[wire.TextID]int{}
	for need() > 0 {
		list := parsed[wire.Recall](k, k.sent())
		if len(list) > 16 {
			t.Fatalf("%d questions wait at a time", len(list))
		}
		for _, q := range list {
			asked[q.Message]++
			texts := []wire.Text{text(ben, 5, q.Message, "quoted")}
			if q.Message == name(3) {
				texts = nil
			}
			k.hear(&wire.Said{Answers: q.Ask, Texts: texts})
		}
		if need() > 0 && len(list) == 0 {
			if !k.s.Deadline().After(k.now) {
				t.Fatal("it is to be called at once, and has nothing to say")
			}
			k.now = k.s.Deadline()
			k.s.Tick(k.now)
			k.hear(&wire.Pong{})
		}
		if k.now.Sub(begin) > time.Minute {
			t.Fatalf("after a minute %d are not known", need())
		}
	}
	if took := k.now.Sub(begin); took < 13*time.Second || took > 15*time.Second {
		t.Errorf("70 more than at once took %v, want 14 s", took)
	}
	for id, n := range asked {
		if n != 1 {
			t.Errorf("%v is asked for %d times", id, n)
		}
	}
	if got, known := log.Quoted(name(3)); got != nil || !known {
		t.Error("what is not there is not known as such")
	}

	// What is not answered is asked again; on a new connection only if it is still shown.
	k.pass(5 * time.Second)
	k.sent()
	k.s.Quote(everybody, name(200))
	first := parsed[wire.Recall](k, k.sent())
	var again []wire.Recall
	for begin = k.now; len(again) == 0 && k.now.Sub(begin) < time.Minute; again = parsed[wire.Recall](k, k.sent()) {
		k.now = k.s.Deadline()
		k.s.Tick(k.now)
		k.hear(&wire.Pong{})
	}
	if !slices.Equal(first, again) || len(first) != 1 {
		t.Errorf("it asks %+v, and then %+v", first, again)
	}
	k.s.Lost()
	k.s.Open(k.now)
	k.sent()
	k.welcomeAda()
	k.wantKinds("after the next Welcome", k.sent())
	k.s.Quote(everybody, name(200))
	// Who chooses it does not wait for its turn.
	var led jumps
	for n := range byte(40) {
		k.s.Quote(everybody, name(100+n))
		if n < 39 {
			k.recalled()
		}
	}
	k.s.Quote(everybody, name(150))
	k.s.JumpTo(everybody, name(150), led.to(150))
	k.recalled(text(ben, 150, name(150), "chosen"))
	led.want(t, "the one that is chosen", "150 150 true")
	if got := k.s.Talk(everybody).Around(chat.Tail); len(got.Texts) != 0 {
		t.Errorf("the end of the conversation has %d messages", len(got.Texts))
	}
}
