package talk

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

// relay is what a relay has of one conversation.
type relay struct {
	all   []wire.Text // by stamp
	clock wire.Stamp
}

// say stores a message, and returns what is told of it.
func (r *relay) say(text string) []wire.Text {
	r.clock += 10
	t := wire.Text{Author: ben, Stamp: r.clock, Changed: r.clock, Text: text}
	t.ID = id(r.clock)
	r.all = append(r.all, t)
	return []wire.Text{t}
}

// id is the name of the message with a stamp.
func id(s wire.Stamp) (id wire.TextID) {
	id[0], id[1], id[2] = byte(s>>16)+1, byte(s>>8), byte(s)
	return id
}

func (r *relay) many(n int) {
	for range n {
		r.say(fmt.Sprint("no. ", len(r.all)+1))
	}
}

// edit changes the message with a stamp.
func (r *relay) edit(stamp wire.Stamp, text string) []wire.Text {
	r.clock += 10
	for i := range r.all {
		if t := &r.all[i]; t.Stamp == stamp {
			t.Text, t.Edited, t.Changed = text, true, r.clock
			return []wire.Text{*t}
		}
	}
	return nil
}

// answer is what the relay answers.
func (r *relay) answer(q wire.Recall) *wire.Said {
	list := slices.Clone(r.all)
	switch q.What {
	case wire.RecallBefore:
		list = slices.DeleteFunc(list, func(t wire.Text) bool { return q.Stamp > 0 && t.Stamp >= q.Stamp })
	case wire.RecallAfter:
		list = slices.DeleteFunc(list, func(t wire.Text) bool { return t.Stamp <= q.Stamp })
	case wire.RecallChanged:
		list = slices.DeleteFunc(list, func(t wire.Text) bool { return t.Changed <= q.Stamp })
		slices.SortFunc(list, func(a, b wire.Text) int { return cmp.Compare(a.Changed, b.Changed) })
	}
	a := &wire.Said{Answers: 1, More: len(list) > int(q.Limit)}
	switch {
	case !a.More:
	case q.What == wire.RecallBefore:
		list = list[len(list)-int(q.Limit):]
	default:
		list = list[:q.Limit]
	}
	a.Texts = list
	return a
}

func (r *relay) stands() *wire.Talk {
	t := &wire.Talk{}
	for _, x := range r.all {
		t.Last, t.Changed = max(t.Last, x.Stamp), max(t.Changed, x.Changed)
	}
	return t
}

// reader is a Log and the relay that it learns from.
type reader struct {
	t *testing.T
	relay
	Log
	asked int
}

func (r *reader) ask(q wire.Recall, ok bool) {
	for ok {
		r.asked++
		q, ok = r.Take(&q, r.answer(q))
	}
}

// come connects.
func (r *reader) come() { r.ask(r.Stand(r.stands())) }

// back reads back to the beginning.
func (r *reader) back() {
	for at := Tail; r.Around(at).Before; at = r.Around(at).Texts[0].Stamp {
		r.ask(r.Earlier(at))
	}
}

// late asks, and something is said and changed while the answer is under way.
func (r *reader) late(q wire.Recall, ok bool, stamp func() wire.Stamp) {
	if !ok {
		return
	}
	a := r.answer(q)
	r.say("late")
	r.News(r.edit(r.clock, "said and edited"))
	r.News(r.edit(stamp()/10*10, "edited late"))
	r.ask(r.Take(&q, a))
}

// want expects a stretch to be n messages, up to the one of a stamp.
func (r *reader) want(when string, at wire.Stamp, n int, last wire.Stamp, before, after bool) {
	r.t.Helper()
	s := r.Around(at)
	if len(s.Texts) != n || n > 0 && s.Texts[n-1].Stamp != last || s.Before != before || s.After != after {
		end := wire.Stamp(0)
		if n := len(s.Texts); n > 0 {
			end = s.Texts[n-1].Stamp
		}
		r.t.Errorf("%s: %d messages up to %d, more before %v, after %v; want %d up to %d, %v, %v", when, len(s.Texts), end, s.Before, s.After, n, last, before, after)
	}
}

func TestLogOfNothing(t *testing.T) {
	r := &reader{t: t}
	r.want("before anything is known", Tail, 0, 0, true, false)
	r.come()
	r.want("a conversation without messages", Tail, 0, 0, false, false)
	if _, more := r.Earlier(Tail); more || r.Last() != nil || !r.Live() {
		t.Error("there is nothing before nothing")
	}
	r.News(r.say("first"))
	r.want("the first message", Tail, 1, 10, false, false)
	if r.Last().Text != "first" {
		t.Errorf("the last one is %v", r.Last())
	}
}

// Somebody opens a long conversation, scrolls back, jumps to its beginning, and reads
// on from there until both parts are one.
func TestLogHistory(t *testing.T) {
	r := &reader{t: t}
	r.many(300)
	r.come()
	r.want("the last page", Tail, 50, 3000, true, false)
	r.ask(r.Earlier(Tail))
	r.want("scrolled back", Tail, 100, 3000, true, false)
	for _, q := range r.Jump(10) {
		r.ask(q, true)
	}
	r.want("at the first message", 10, 50, 500, false, true)
	r.want("the tail is another stretch", Tail, 100, 3000, true, false)
	r.want("between them", 1500, 0, 0, true, true)
	for _, q := range r.Jump(1505) {
		r.ask(q, true)
	}
	r.want("jumped between two messages", 1505, 100, 2000, true, true)
	if len(r.Jump(1505)) > 0 {
		t.Error("what is known is recalled again")
	}
	r.ask(r.Later(10))
	r.ask(r.Later(10))
	r.want("read on from the beginning", 10, 200, 2000, false, true)
	r.ask(r.Earlier(Tail))
	r.want("all is one", 10, 300, 3000, false, false)
	if _, more := r.Later(10); more {
		t.Error("there is something behind the tail")
	}
	if r.asked != 9 {
		t.Errorf("%d questions, want 9", r.asked)
	}
}

func TestLogNews(t *testing.T) {
	r := &reader{t: t}
	r.many(100)
	r.come()
	r.News(r.say("new"))
	r.want("a new message", Tail, 51, 1010, true, false)
	before := r.Text(id(900))
	r.News(r.edit(900, "edited"))
	if r.Text(id(900)).Text != "edited" || before.Text == "edited" {
		t.Error("an edit is another text in the place of the first")
	}
	old := []wire.Text{*before}
	r.News(old)
	if r.Text(id(900)).Text != "edited" {
		t.Error("what is older than what is known came through")
	}
	r.News(r.edit(100, "nobody has seen it"))
	r.want("an edit of what is not held", Tail, 51, 1010, true, false)
	v := r.Version()
	r.News(r.say("once"))
	r.News([]wire.Text{r.all[len(r.all)-1]})
	r.want("told twice", Tail, 52, 1040, true, false)
	if r.Version() == v {
		t.Error("news are no change")
	}
	if n, ok := r.Unread(1000, ada); n != 2 || !ok {
		t.Errorf("%d messages behind the 100th, %v; want 2", n, ok)
	}
	if n, ok := r.Unread(1000, ben); n != 0 || !ok {
		t.Errorf("%d own messages are unread, %v", n, ok)
	}
	if _, ok := r.Unread(100, ada); ok {
		t.Error("messages are counted that are not held")
	}
}

// What was said and changed while there was no connection comes by itself, in one
// question; what has not changed does not.
func TestLogCatchesUp(t *testing.T) {
	r := &reader{t: t}
	r.many(100)
	r.come()
	r.Cut()
	r.want("without a connection the last messages are there", Tail, 50, 1000, true, false)
	if r.Live() {
		t.Error("without a connection it is live")
	}
	r.asked = 0
	r.come()
	if r.asked != 0 || !r.Live() {
		t.Errorf("nothing has happened, and %d questions were asked", r.asked)
	}
	r.Cut()
	r.many(20)
	r.edit(900, "edited")
	r.edit(1010, "said and edited")
	// It is told of something new before it knows what it has missed.
	stands := r.stands()
	r.News(r.say("new"))
	r.want("before it has caught up", Tail, 1, 1230, true, false)
	r.ask(r.Stand(stands))
	if r.asked != 1 {
		t.Errorf("%d questions, want one", r.asked)
	}
	r.want("caught up", Tail, 71, 1230, true, false)
	if r.Text(id(900)).Text != "edited" || r.Text(id(1010)).Text != "said and edited" {
		t.Error("edits are missing")
	}
}

// Who was away for long does not download all that was said.
func TestLogBeginsAnew(t *testing.T) {
	r := &reader{t: t}
	r.many(100)
	r.come()
	r.Cut()
	r.many(5000)
	r.asked = 0
	r.come()
	r.want("after a long time", Tail, 50, 51000, true, false)
	if r.asked != maxCatchUp+1 || !r.Live() {
		t.Errorf("%d questions, want %d", r.asked, maxCatchUp+1)
	}
}

func TestLogIsBounded(t *testing.T) {
	r := &reader{t: t}
	r.many(3 * MaxTexts)
	r.come()
	r.back()
	if s := r.Around(10); len(s.Texts) != MaxTexts || s.Before || !s.After {
		t.Errorf("read up to the beginning, %d messages are held, want %d", len(s.Texts), MaxTexts)
	}
	r.want("the tail was forgotten", Tail, 0, 0, true, false)
	// And from there to the end.
	for at := wire.Stamp(10); ; {
		s := r.Around(at)
		if !s.After {
			break
		}
		if len(s.Texts) > MaxTexts {
			t.Fatalf("%d messages are held", len(s.Texts))
		}
		if at == s.Texts[len(s.Texts)-1].Stamp {
			r.ask(r.Later(at))
		}
		s = r.Around(at)
		at = s.Texts[len(s.Texts)-1].Stamp
	}
	r.want("read up to the end", Tail, MaxTexts, 10*3*MaxTexts, true, false)
	// Somebody stays at the beginning, where others go on.
	r = &reader{t: t}
	r.many(MaxTexts)
	r.come()
	for range MaxTexts / Page {
		r.ask(r.Earlier(Tail))
	}
	r.Around(10)
	for range 10 {
		r.News(r.say("new"))
	}
	r.want("what is looked at stays", 10, MaxTexts, 10*MaxTexts, false, true)
	r.ask(r.Earlier(Tail))
	r.want("and the tail comes back", Tail, MaxTexts, 10*MaxTexts+100, true, false)

	long := &reader{t: t}
	for range MaxBytes/wire.MaxText + 100 {
		long.say(strings.Repeat("x", wire.MaxText))
	}
	long.come()
	long.back()
	if n := len(long.Around(10).Texts); n > MaxBytes/wire.MaxText || n < MaxBytes/wire.MaxText-Page {
		t.Errorf("%d messages of the greatest length are held", n)
	}
}

// What this person writes stands behind all else, until it is one of the messages.
func TestLogDrafts(t *testing.T) {
	r := &reader{t: t}
	r.many(10)
	r.come()
	draft := func(n wire.Stamp, what uint32) *Draft {
		return &Draft{Say: wire.Say{ID: id(n), What: what, About: id(50), Text: "draft"}}
	}
	a, b, edit := draft(110, wire.SayText), draft(120, wire.SayText), draft(9990, wire.SayEdit)
	r.Write(a)
	r.Write(edit)
	r.Write(b)
	wantDrafts := func(when string, want ...*Draft) {
		t.Helper()
		if got := r.Around(Tail).Drafts; !slices.Equal(got, want) {
			t.Errorf("%s the drafts are %v, want %v", when, got, want)
		}
	}
	wantDrafts("written", a, b)
	if got := r.Changes(id(50)); len(got) != 1 || got[0] != edit {
		t.Errorf("the changes are %v", got)
	}
	a.State = Stored
	r.News(r.say("draft")) // has its name
	wantDrafts("told", b)
	r.want("told", Tail, 11, 110, false, false)
	// The connection is lost between Stored and what is told to all.
	b.State = Stored
	r.Cut()
	wantDrafts("without a connection", b)
	r.say("draft")
	r.come()
	wantDrafts("in the end")
	r.want("in the end", Tail, 12, 120, false, false)
	r.Remove(edit.ID)
	if len(r.Changes(id(50))) > 0 {
		t.Error("what was removed is there")
	}
	again := draft(110, wire.SayText)
	r.Write(again)
	wantDrafts("written again, of a message that is there")
}

// A reader comes and goes, scrolls and jumps, while others say and change things:
// whatever it shows as a stretch has no gap, and what it has is as the relay has it.
func TestLogRandom(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { testLogRandom(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}
func testLogRandom(t *testing.T, rnd *rand.Rand) {
	r := &reader{t: t}
	var steps []string
	here := false
	stamp := func() wire.Stamp { return wire.Stamp(rnd.IntN(int(r.clock) + 20)) }
	tell := func(texts []wire.Text) {
		if here {
			r.News(texts)
		}
	}
	for range 60 {
		step := rnd.IntN(12)
		steps = append(steps, fmt.Sprint(step))
		switch step {
		case 0:
			if here = !here; here {
				r.come()
			} else {
				r.Cut()
			}
		case 1, 2:
			for range rnd.IntN(60) {
				tell(r.say("x"))
			}
		case 3, 4:
			tell(r.edit(stamp()/10*10, fmt.Sprint("edit ", r.clock)))
		case 5:
			if here {
				r.ask(r.Earlier(stamp()))
			}
		case 6:
			if here {
				r.ask(r.Later(stamp()))
			}
		case 7:
			if here {
				for _, q := range r.Jump(stamp()) {
					r.ask(q, true)
				}
			}
		case 8:
			if here {
				r.ask(r.Earlier(Tail))
			}
		case 9: // news and an edit while it catches up
			if !here {
				here = true
				stands := r.stands()
				r.News(r.say("early"))
				r.News(r.edit(stamp()/10*10, "early edit"))
				r.ask(r.Stand(stands))
			}
		case 10: // what is told at once was said and changed since
			if !here {
				here = true
				stands := r.stands()
				r.say("early")
				r.News(r.edit(r.clock, "said and edited"))
				q, ok := r.Stand(stands)
				r.late(q, ok, stamp)
			}
		case 11: // an answer that is older than what was told before it
			if here {
				q, ok := r.Earlier(stamp())
				r.late(q, ok, stamp)
			}
		}
		for _, known := range r.spans {
			at := known.from
			s := r.Around(at)
			if len(s.Texts) == 0 {
				continue
			}
			from, to := s.Texts[0].Stamp, s.Texts[len(s.Texts)-1].Stamp
			if !s.After && here {
				to = Tail
			}
			if !s.Before {
				from = 0
			}
			i := 0
			for j := range r.all {
				x := &r.all[j]
				if x.Stamp < from || x.Stamp > to {
					continue
				}
				if i == len(s.Texts) || s.Texts[i].ID != x.ID || here && s.Texts[i].Changed != x.Changed {
					t.Fatalf("steps %v: the stretch around %d lacks %d, or has it as it was", steps, at, x.Stamp)
				}
				i++
			}
			if i != len(s.Texts) {
				t.Fatalf("steps %v: the stretch around %d has more than the relay", steps, at)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		why  string
		say  wire.Say
		want error
	}{
		{"a text", wire.Say{Text: "a"}, nil},
		{"a picture", wire.Say{Text: "👍"}, nil},
		{"nothing", wire.Say{}, ErrEmpty},
		{"nothing that is seen", wire.Say{Text: " \n\u200b\u202e\u00a0"}, ErrEmpty},
		{"no UTF-8", wire.Say{Text: "a\xff"}, ErrEmpty},
		{"the longest", wire.Say{Text: strings.Repeat("a", wire.MaxText)}, nil},
		{"longer", wire.Say{Text: strings.Repeat("a", wire.MaxText+1)}, ErrLong},
		{"a long sign", wire.Say{What: wire.SayReact, Text: strings.Repeat("a", wire.MaxSign+1)}, ErrLong},
		{"a deletion", wire.Say{What: wire.SayDelete}, nil},
		{"a mention", wire.Say{Text: "@a", Mentions: []wire.Mention{{Person: ada, Length: 2}}}, nil},
		{"a mention of nobody", wire.Say{Text: "@a", Mentions: []wire.Mention{{Length: 2}}}, ErrMentions},
		{"a mention that is too long", wire.Say{Text: "@a", Mentions: []wire.Mention{{Person: ada, Length: 3}}}, ErrMentions},
		{"too many", wire.Say{Text: "@a", Mentions: make([]wire.Mention, wire.MaxMentions+1)}, ErrMentions},
	} {
		if got := Check(&test.say); got != test.want {
			t.Errorf("%s: %v, want %v", test.why, got, test.want)
		}
	}
}

// What was said while a relay was cut off is said again when it is not: it stands behind
// what the others have said meanwhile, once, and changes of it are taken.
func TestLogSaidAgain(t *testing.T) {
	var r relay
	r.many(2)
	var l Log
	q, _ := l.Stand(r.stands())
	l.Take(&q, r.answer(q))
	mine := wire.Text{ID: id(999), Author: ben, Stamp: 25, Changed: 25, Text: "at the edge"}
	l.News([]wire.Text{mine})
	l.News(r.say("elsewhere"))
	again := mine
	again.Stamp, again.Changed = 35, 35
	l.News([]wire.Text{again})
	l.News([]wire.Text{mine}) // it comes late
	edited := again
	edited.Text, edited.Changed = "edited", 36
	l.News([]wire.Text{edited})
	var got []string
	for _, text := range l.Around(Tail).Texts {
		got = append(got, text.Text)
	}
	if want := []string{"no. 1", "no. 2", "elsewhere", "edited"}; !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	if l.Text(mine.ID).Stamp != 35 {
		t.Errorf("its place is %d", l.Text(mine.ID).Stamp)
	}
}

// What others have said while the relay was cut off from them is recalled by who has lost
// the connection meanwhile, although it is stamped as before what was heard of the relay.
func TestLogEdge(t *testing.T) {
	var r relay
	r.many(2)
	for _, others := range []bool{false, true} { // others: the relay that is come to is not cut off
		var l Log
		q, _ := l.Stand(r.stands())
		l.Take(&q, r.answer(q))
		l.Edge(true)
		l.News([]wire.Text{{ID: id(999), Author: ben, Stamp: 1000, Changed: 1000, Text: "at the edge"}})
		l.Cut()
		elsewhere := r
		elsewhere.all = slices.Clone(r.all)
		elsewhere.say("elsewhere")
		l.Edge(!others)
		q, more := l.Stand(elsewhere.stands())
		if !more || q.What != wire.RecallChanged || q.Stamp != 20 {
			t.Fatalf("it is recalled %+v, %v", q, more)
		}
		l.Take(&q, elsewhere.answer(q))
		if n := len(l.Around(Tail).Texts); n != 4 {
			t.Errorf("there are %d messages, want 4", n)
		}
		l.Cut()
		l.Edge(!others)
		if q, more = l.Stand(elsewhere.stands()); more == others {
			t.Errorf("the next time it is recalled %+v: %v", q, more)
		}
	}
	// Who has stayed was told all.
	var l Log
	q, _ := l.Stand(r.stands())
	l.Take(&q, r.answer(q))
	l.Edge(true)
	l.News(r.say("elsewhere"))
	l.Edge(false)
	l.Cut()
	if q, more := l.Stand(r.stands()); more {
		t.Errorf("what was told is recalled: %+v", q)
	}
}
