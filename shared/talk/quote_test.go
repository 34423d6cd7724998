package talk

import (
	"strings"
	"testing"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// one asks for a message by its name.
func (r *reader) one(id wire.TextID) {
	a := &wire.Said{Answers: 1}
	for _, t := range r.all {
		if t.ID == id {
			a.Texts = []wire.Text{t}
		}
	}
	r.ask(r.Take(&wire.Recall{What: wire.RecallOne, Message: id}, a))
}

func (r *reader) wantQuote(when string, id wire.TextID, want string) {
	r.t.Helper()
	switch t, known := r.Quoted(id); {
	case t == nil || !known:
		r.t.Errorf("%s: known %v, of %v", when, known, t)
	case t.Text != want:
		r.t.Errorf("%s: a quote says %q, want %q", when, t.Text, want)
	}
}

// A message that stands far from all that is held is known for its quotes, as it is
// now, and nothing else changes by it.
func TestQuoted(t *testing.T) {
	r := &reader{t: t}
	r.many(100)
	r.come()
	if _, known := r.Quoted(id(10)); known {
		t.Error("what nobody asked for is known")
	}
	r.wantQuote("one that is held", id(1000), "no. 100")
	r.one(id(10))
	r.wantQuote("one that is not held", id(10), "no. 1")
	r.want("after that", Tail, 50, 1000, true, false)
	if r.Text(id(10)) != nil || !r.Live() {
		t.Error("it is held, or the rest is not live any more")
	}
	r.News(r.edit(10, "edited"))
	r.wantQuote("edited", id(10), "edited")
	r.Cut()
	r.edit(10, "edited meanwhile")
	r.come()
	r.wantQuote("edited while nobody told", id(10), "edited meanwhile")
	r.back()
	r.wantQuote("read back", id(10), "edited meanwhile")

	// There is no such message.
	missing := wire.TextID{15: 9}
	r.one(missing)
	if text, known := r.Quoted(missing); text != nil || !known {
		t.Errorf("of one that is not there it knows %v, %v", text, known)
	}
	// The answer has another one, which says nothing of the one that was asked for.
	r.ask(r.Take(&wire.Recall{What: wire.RecallOne, Message: id(7)}, &wire.Said{Texts: r.all[:1]}))
	if text, known := r.Quoted(id(7)); text != nil || !known {
		t.Errorf("another message counts as the one that was asked for: %v, %v", text, known)
	}
	// After more changes than it catches up with it knows nothing.
	r.Cut()
	r.many(5000)
	r.come()
	if _, known := r.Quoted(missing); known {
		t.Error("what was missed for long is known")
	}
}

// Quotes hold little, and so many, whatever they are of.
func TestQuotesAreBounded(t *testing.T) {
	r := &reader{t: t}
	r.say(strings.Repeat("界", wire.MaxText/3))
	r.all[0].Mentions = []wire.Mention{{Person: ben, At: 0, Length: 3}}
	r.all[0].Reactions = []wire.Reaction{{Sign: "x", Persons: []wire.Person{ben}}}
	r.one(id(10))
	q, _ := r.Quoted(id(10))
	if len(q.Text) > maxQuote || len(q.Text) < maxQuote-3 || !utf8.ValidString(q.Text) || len(q.Mentions)+len(q.Reactions) > 0 {
		t.Errorf("%d bytes are held, %v, %v", len(q.Text), q.Mentions, q.Reactions)
	}
	for i := range 3 * MaxTexts {
		r.one(wire.TextID{byte(i), byte(i >> 8), 15: 1})
		if len(r.quoted) > MaxTexts {
			t.Fatalf("%d are held", len(r.quoted))
		}
	}
}
