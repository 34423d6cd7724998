package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"edgeboard/relay/store/message"
)

// What the methods of Messages take and return.
type (
	Message       = message.Message
	MessageChange = message.Change
	MessageQuery  = message.Query
	Standing      = message.Standing
)

// What a MessageQuery asks for.
const (
	before  = message.QueryBefore
	after   = message.QueryAfter
	changed = message.QueryChanged
)

// Messages is what the relay needs to keep conversations (talk.Store).
type Messages interface {
	Load(ctx context.Context, key string, ids [][16]byte) (messages []Message, changes [][16]byte, clock uint64, err error)
	Put(c MessageChange, done func(error))
	Page(ctx context.Context, key string, q MessageQuery) (page []Message, more bool, damaged int, err error)
	Mark(ctx context.Context, key string, person [16]byte, stamp uint64) (read uint64, err error)
	Name(person [16]byte, name string, done func(error))
	Standings(ctx context.Context, person [16]byte, key string, limit, most int) ([]Standing, error)
	Forget(ctx context.Context, before uint64) (more bool, err error)
}

// MessagesKind is how a test opens, ends and breaks one kind of messages.
type MessagesKind struct {
	// Open returns those of an empty store.
	Open func(t *testing.T) Messages
	// Reopen closes their store and opens it again with what it has kept. Nil: it
	// keeps nothing.
	Reopen func(t *testing.T, m Messages) Messages
	// Break makes all that is stored from now on fail, until repair is called. Reads
	// may fail too. Nil: it cannot be made to.
	Break func(t *testing.T, m Messages) (repair func())
}

// Name16 is a name of 16 bytes.
func Name16(name string) (id [16]byte) {
	copy(id[:], name)
	return id
}

// NewMessage is a message as its author has said it: its ID is the text, cut off, and
// stamp in digits behind it.
func NewMessage(author, text string, stamp uint64) Message {
	return Message{
		ID: Name16(fmt.Sprintf("%.8s%d", text, stamp)), Author: Name16(author), Stamp: stamp, Changed: stamp,
		Data: []byte(author + ": " + text), Text: text, Retext: true,
	}
}

// PutMessages stores messages and waits for it.
func PutMessages(m Messages, c MessageChange) error {
	result := make(chan error, 1)
	for i := range c.Messages {
		c.Clock = max(c.Clock, c.Messages[i].Changed)
	}
	m.Put(c, func(err error) { result <- err })
	return <-result
}

func mustSay(t *testing.T, m Messages, key string, messages ...Message) {
	t.Helper()
	if err := PutMessages(m, MessageChange{Key: key, Messages: messages}); err != nil {
		t.Errorf("Put to %s: %v", key, err)
	}
}

// wantPage expects the answer to a query, of one that has no limits no more than 100
// messages; what comes last is "..." if there is more.
func wantPage(t *testing.T, m Messages, key string, q MessageQuery, want ...string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	if q.Bytes == 0 {
		q.Bytes = 1 << 20
	}
	page, more, damaged, err := m.Page(t.Context(), key, q)
	if err != nil || damaged > 0 {
		t.Errorf("%s, %+v: %v, %d are damaged", key, q, err, damaged)
	}
	var got []string
	for _, one := range page {
		if one.Text != "" || one.Retext {
			t.Errorf("%+v has what is not read", one)
		}
		got = append(got, string(one.Data))
	}
	if more {
		got = append(got, "...")
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s, %+v: %.300q, want %.300q", key, q, got, want)
	}
}

const whole = 1 << 62 // after all stamps

// WantMessages expects a conversation to have messages, the oldest first.
func WantMessages(t *testing.T, m Messages, key string, want ...string) {
	t.Helper()
	wantPage(t, m, key, MessageQuery{What: before, Stamp: whole}, want...)
	wantPage(t, m, key, MessageQuery{What: after}, want...)
}

func wantStandings(t *testing.T, m Messages, person, key string, want ...Standing) {
	t.Helper()
	got, err := m.Standings(t.Context(), Name16(person), key, 100, 10)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("for %s they stand as %+v, %v; want %+v", person, got, err, want)
	}
}

// RunMessages tests messages of a kind.
func RunMessages(t *testing.T, kind MessagesKind) {
	open := kind.Open
	t.Run("a conversation in which nobody has said anything is empty", func(t *testing.T) {
		m := open(t)
		WantMessages(t, m, "b:a")
		wantPage(t, m, "b:a", MessageQuery{What: changed})
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: whole, Find: "any"})
		wantStandings(t, m, "Ada", "b:a", Standing{})
		if messages, changes, clock, err := m.Load(t.Context(), "b:a", [][16]byte{{1}}); len(messages)+len(changes) > 0 || clock != 0 || err != nil {
			t.Errorf("Load returns %v, %v, %d, %v", messages, changes, clock, err)
		}
		if read, err := m.Mark(t.Context(), "b:a", Name16("Ada"), 5); read != 0 || err != nil {
			t.Errorf("Mark returns %d, %v", read, err)
		}
		if more, err := m.Forget(t.Context(), whole); more || err != nil {
			t.Errorf("Forget returns %v, %v", more, err)
		}
	})
	t.Run("messages are read forth and back", func(t *testing.T) {
		m := open(t)
		for i := range uint64(7) {
			mustSay(t, m, "b:a", NewMessage("Ada", fmt.Sprint(i), 10*i+10))
			mustSay(t, m, "b:b", NewMessage("Bo", "elsewhere", 10*i+10))
		}
		WantMessages(t, m, "b:a", "Ada: 0", "Ada: 1", "Ada: 2", "Ada: 3", "Ada: 4", "Ada: 5", "Ada: 6")
		WantMessages(t, m, "b:")
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: 40, Limit: 2}, "Ada: 1", "Ada: 2", "...")
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: 41, Limit: 2}, "Ada: 2", "Ada: 3", "...")
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: 30, Limit: 2}, "Ada: 0", "Ada: 1")
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: 10})
		wantPage(t, m, "b:a", MessageQuery{What: after, Stamp: 40, Limit: 2}, "Ada: 4", "Ada: 5", "...")
		wantPage(t, m, "b:a", MessageQuery{What: after, Stamp: 50, Limit: 2}, "Ada: 5", "Ada: 6")
		wantPage(t, m, "b:a", MessageQuery{What: after, Stamp: 1<<64 - 1})
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: 1<<64 - 1, Limit: 1}, "Ada: 6", "...")
		// The bytes end a page too, but never before its first.
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: whole, Bytes: 13}, "Ada: 5", "Ada: 6", "...")
		wantPage(t, m, "b:a", MessageQuery{What: after, Bytes: 1}, "Ada: 0", "...")
	})
	t.Run("what changes keeps its place", func(t *testing.T) {
		m := open(t)
		one, two := NewMessage("Ada", "one", 1), NewMessage("Ada", "two", 2)
		mustSay(t, m, "b:a", one, two)
		wantPage(t, m, "b:a", MessageQuery{What: changed}, "Ada: one", "Ada: two")
		one.Changed, one.Data, one.Text = 3, []byte("Ada: another"), "another"
		id := Name16("change")
		if err := PutMessages(m, MessageChange{Key: "b:a", Messages: []Message{one}, Changes: [][16]byte{id}}); err != nil {
			t.Error(err)
		}
		WantMessages(t, m, "b:a", "Ada: another", "Ada: two")
		wantPage(t, m, "b:a", MessageQuery{What: changed}, "Ada: two", "Ada: another")
		wantPage(t, m, "b:a", MessageQuery{What: changed, Stamp: 2}, "Ada: another")
		wantPage(t, m, "b:a", MessageQuery{What: changed, Stamp: 1, Limit: 1}, "Ada: two", "...")
		messages, changes, clock, err := m.Load(t.Context(), "b:a", [][16]byte{one.ID, id, {9}, two.ID})
		if err != nil || len(messages) != 2 || string(messages[0].Data) != "Ada: another" || messages[1].Stamp != 2 ||
			messages[0].Author != Name16("Ada") || messages[0].Changed != 3 || !slices.Equal(changes, [][16]byte{id}) || clock != 3 {
			t.Errorf("Load returns %v, %v, %d, %v", messages, changes, clock, err)
		}
		// An ID is of one conversation.
		if messages, changes, _, _ := m.Load(t.Context(), "b:b", [][16]byte{one.ID, id}); len(messages)+len(changes) > 0 {
			t.Errorf("another conversation has %v, %v", messages, changes)
		}
		// A change of which nothing comes is known as well.
		if err := PutMessages(m, MessageChange{Key: "b:a", Changes: [][16]byte{{7}}, Clock: 3}); err != nil {
			t.Error(err)
		}
		if _, changes, _, _ := m.Load(t.Context(), "b:a", [][16]byte{{7}}); len(changes) != 1 {
			t.Error("it is not")
		}
	})
	t.Run("a search finds any part of a text", func(t *testing.T) { runSearch(t, open(t)) })
	t.Run("a search goes through pages", func(t *testing.T) {
		m := open(t)
		for i := range uint64(9) {
			mustSay(t, m, "b:a", NewMessage("Ada", fmt.Sprint("a word ", i), i+1))
			mustSay(t, m, "b:b", NewMessage("Ada", "a word elsewhere", i+1))
			mustSay(t, m, "b:a", NewMessage("Ada", fmt.Sprint("xyz ", i), i+20))
		}
		for _, find := range []string{"word", "wo", "w"} {
			wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: whole, Find: find, Limit: 2}, "Ada: a word 7", "Ada: a word 8", "...")
			wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: 8, Find: find, Limit: 2}, "Ada: a word 5", "Ada: a word 6", "...")
			wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: 3, Find: find, Limit: 2}, "Ada: a word 0", "Ada: a word 1")
			wantPage(t, m, "b:a", MessageQuery{What: after, Stamp: 7, Find: find}, "Ada: a word 7", "Ada: a word 8")
			wantPage(t, m, "b:a", MessageQuery{What: after, Stamp: 5, Find: find, Limit: 2}, "Ada: a word 5", "Ada: a word 6", "...")
			wantPage(t, m, "b:a", MessageQuery{What: after, Stamp: 99, Find: find})
		}
	})
	t.Run("marks go forth and not beyond the end", func(t *testing.T) {
		m := open(t)
		mustSay(t, m, "b:a", NewMessage("Ada", "one", 10), NewMessage("Bo", "two", 20), NewMessage("Ada", "three", 30))
		for _, step := range []struct{ stamp, want uint64 }{{0, 0}, {10, 10}, {5, 10}, {25, 25}, {1<<64 - 1, 30}, {20, 30}} {
			if read, err := m.Mark(t.Context(), "b:a", Name16("Bo"), step.stamp); read != step.want || err != nil {
				t.Errorf("Mark at %d returns %d, %v; want %d", step.stamp, read, err, step.want)
			}
			unread := 0
			for _, stamp := range []uint64{10, 30} {
				if stamp > step.want {
					unread++
				}
			}
			wantStandings(t, m, "Bo", "b:a", Standing{Last: 30, Changed: 30, Read: step.want, Unread: unread})
		}
		wantStandings(t, m, "Ada", "b:a", Standing{Last: 30, Changed: 30, Unread: 1})
	})
	t.Run("unread are others' that are there, counted up to a number", func(t *testing.T) {
		m := open(t)
		for i := range uint64(20) {
			one := NewMessage([]string{"Ada", "Bo"}[i%2], fmt.Sprint(i), i+1)
			one.Gone = i < 12
			mustSay(t, m, "b:a", one)
		}
		wantStandings(t, m, "Ada", "b:a", Standing{Last: 20, Changed: 20, Unread: 4})
		wantStandings(t, m, "Cy", "b:a", Standing{Last: 20, Changed: 20, Unread: 8})
		for i := range uint64(20) {
			mustSay(t, m, "b:a", NewMessage("Ada", fmt.Sprint(i), i+100))
		}
		wantStandings(t, m, "Cy", "b:a", Standing{Last: 119, Changed: 119, Unread: 10})
		wantStandings(t, m, "Ada", "b:a", Standing{Last: 119, Changed: 119, Unread: 4})
	})
	t.Run("two persons see the same from either side", func(t *testing.T) {
		m := open(t)
		pair := func(key, a, b, aName, bName string, stamp uint64) {
			t.Helper()
			err := PutMessages(m, MessageChange{Key: key, Messages: []Message{NewMessage(a, "hello", stamp)}, Persons: [][16]byte{Name16(a), Name16(b)}, Names: []string{aName, bName}})
			if err != nil {
				t.Error(err)
			}
		}
		pair("p:1", "Ada", "Bo", "Ada A.", "", 10)
		pair("p:2", "Cy", "Ada", "Cy", "", 20)
		bo, cy := Standing{With: Name16("Bo"), Last: 10, Changed: 10}, Standing{With: Name16("Cy"), Name: "Cy", Last: 20, Changed: 20, Unread: 1}
		wantStandings(t, m, "Ada", "b:a", Standing{}, cy, bo)
		wantStandings(t, m, "Bo", "b:a", Standing{}, Standing{With: Name16("Ada"), Name: "Ada A.", Last: 10, Changed: 10, Unread: 1})
		wantStandings(t, m, "Dot", "b:a", Standing{})
		pair("p:1", "Bo", "Ada", "Bo", "", 30)
		if _, err := m.Mark(t.Context(), "p:1", Name16("Ada"), 30); err != nil {
			t.Error(err)
		}
		bo = Standing{With: Name16("Bo"), Name: "Bo", Last: 30, Changed: 30, Read: 30}
		wantStandings(t, m, "Ada", "b:a", Standing{}, bo, cy)
		wantStandings(t, m, "Bo", "b:a", Standing{}, Standing{With: Name16("Ada"), Name: "Ada A.", Last: 30, Changed: 30, Seen: 30, Unread: 1})
		// Somebody else has no part in it, whatever it marks.
		if read, err := m.Mark(t.Context(), "p:1", Name16("Cy"), 30); read != 0 || err != nil {
			t.Errorf("Mark of somebody else returns %d, %v", read, err)
		}
		wantStandings(t, m, "Cy", "b:a", Standing{}, Standing{With: Name16("Ada"), Name: "Ada A.", Last: 20, Changed: 20})
		// Only who has a conversation has a name.
		for _, name := range []string{"Bo", "Dot"} {
			result := make(chan error, 1)
			m.Name(Name16(name), "another", func(err error) { result <- err })
			if err := <-result; err != nil {
				t.Error(err)
			}
		}
		pair("p:3", "Dot", "Ada", "", "Ada", 40)
		wantStandings(t, m, "Ada", "b:a", Standing{}, Standing{With: Name16("Dot"), Last: 40, Changed: 40, Unread: 1},
			Standing{With: Name16("Bo"), Name: "another", Last: 30, Changed: 30, Read: 30}, cy)
		if list, err := m.Standings(t.Context(), Name16("Ada"), "b:a", 2, 10); err != nil || len(list) != 2 || list[1].With != Name16("Dot") {
			t.Errorf("of two at most there are %+v, %v", list, err)
		}
	})
	t.Run("what is old is forgotten in steps", func(t *testing.T) {
		m := open(t)
		for i := range uint64(250) {
			key := []string{"b:a", "b:b"}[i%2]
			if err := PutMessages(m, MessageChange{Key: key, Messages: []Message{NewMessage("Ada", fmt.Sprint("old ", i), i+1)}, Changes: [][16]byte{Name16(fmt.Sprint("c", i))}}); err != nil {
				t.Error(err)
			}
		}
		mustSay(t, m, "b:a", NewMessage("Ada", "new", 1000))
		steps := 0
		for more := true; more; steps++ {
			var err error
			if more, err = m.Forget(t.Context(), 1000); err != nil {
				t.Fatal(err)
			}
		}
		if steps < 2 || steps > 250 {
			t.Errorf("it takes %d steps", steps)
		}
		WantMessages(t, m, "b:a", "Ada: new")
		WantMessages(t, m, "b:b")
		wantPage(t, m, "b:b", MessageQuery{What: before, Stamp: whole, Find: "old"})
		wantPage(t, m, "b:b", MessageQuery{What: before, Stamp: whole, Find: "o"})
		if _, changes, clock, err := m.Load(t.Context(), "b:b", [][16]byte{Name16("c1")}); err != nil || len(changes) > 0 || clock != 250 {
			t.Errorf("of changes there are %v, the clock is %d, %v", changes, clock, err)
		}
		mustSay(t, m, "b:b", NewMessage("Ada", "old again", 1001))
		wantPage(t, m, "b:b", MessageQuery{What: before, Stamp: whole, Find: "old"}, "Ada: old again")
	})
	t.Run("many speak at once", func(t *testing.T) {
		m := open(t)
		var wg sync.WaitGroup
		for talk := range 10 {
			key := fmt.Sprint("b:", talk)
			wg.Go(func() {
				for i := range uint64(20) {
					mustSay(t, m, key, NewMessage(key, fmt.Sprint(i), i+1))
				}
			})
		}
		wg.Wait()
		for talk := range 10 {
			key := fmt.Sprint("b:", talk)
			var want []string
			for i := range 20 {
				want = append(want, fmt.Sprint(key, ": ", i))
			}
			WantMessages(t, m, key, want...)
		}
	})
	if kind.Break != nil {
		t.Run("of what failed nothing is stored", func(t *testing.T) {
			m := open(t)
			mustSay(t, m, "b:a", NewMessage("Ada", "one", 1))
			repair := kind.Break(t, m)
			if PutMessages(m, MessageChange{Key: "b:a", Messages: []Message{NewMessage("Ada", "lost", 2)}, Changes: [][16]byte{{1}}}) == nil {
				t.Error("a Put succeeded in a store that is broken")
			}
			repair()
			WantMessages(t, m, "b:a", "Ada: one")
			wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: whole, Find: "lost"})
			if _, changes, clock, _ := m.Load(t.Context(), "b:a", [][16]byte{{1}}); len(changes) > 0 || clock != 1 {
				t.Errorf("of changes there are %v, the clock is %d", changes, clock)
			}
			mustSay(t, m, "b:a", NewMessage("Ada", "two", 3))
			WantMessages(t, m, "b:a", "Ada: one", "Ada: two")
		})
	}
	if kind.Reopen != nil {
		t.Run("what was stored is there after a restart", func(t *testing.T) {
			m := open(t)
			err := PutMessages(m, MessageChange{Key: "p:1", Messages: []Message{NewMessage("Ada", "one", 1)}, Persons: [][16]byte{Name16("Ada"), Name16("Bo")}, Names: []string{"A", "B"}})
			if err != nil {
				t.Error(err)
			}
			if _, err := m.Mark(t.Context(), "p:1", Name16("Bo"), 1); err != nil {
				t.Error(err)
			}
			m = kind.Reopen(t, m)
			mustSay(t, m, "p:1", NewMessage("Ada", "two", 2))
			m = kind.Reopen(t, m)
			WantMessages(t, m, "p:1", "Ada: one", "Ada: two")
			wantPage(t, m, "p:1", MessageQuery{What: before, Stamp: whole, Find: "two"}, "Ada: two")
			wantStandings(t, m, "Bo", "b:a", Standing{}, Standing{With: Name16("Ada"), Name: "A", Last: 2, Changed: 2, Read: 1, Unread: 1})
			if _, _, clock, err := m.Load(t.Context(), "p:1", nil); clock != 2 || err != nil {
				t.Errorf("the clock is %d, %v", clock, err)
			}
		})
	}
}

// What was said is found: words of English, in any case, and any part of a Chinese
// sentence, also of one character.
func runSearch(t *testing.T, m Messages) {
	texts := []string{
		1: "The relay keeps every Board in one file.",
		2: "我们明天上午在白板上讨论设计方案。",
		3: "100% of tables are taken; ask \"who\"?",
		4: "明天见",
		5: "talk : x AND text* OR (NOT) \\ 'quoted' ^ {a b} + -c",
		6: "zero\x00byte",
		7: "👍🎉 ÄRGER",
		8: "o",
	}
	for i, text := range texts {
		if i > 0 {
			mustSay(t, m, "b:a", NewMessage("Ada", text, uint64(i)))
			mustSay(t, m, "b:b", NewMessage("Ada", text+" elsewhere", uint64(i)))
		}
	}
	want := func(find string, numbers ...int) {
		t.Helper()
		var want []string
		for _, n := range numbers {
			want = append(want, "Ada: "+texts[n])
		}
		wantPage(t, m, "b:a", MessageQuery{What: before, Stamp: whole, Find: find}, want...)
		wantPage(t, m, "b:a", MessageQuery{What: after, Find: find}, want...)
	}
	want("board", 1)
	want("keeps every", 1)
	want("RELAY", 1)
	want("讨论设计", 2)
	want("白板上", 2)
	want("明天", 2, 4)
	want("方案", 2)
	want("见", 4)
	want("会议室")
	want("会议")
	want("of", 3)
	want("0%", 3)
	want("%", 3)
	want("_")
	want(`ask "who"`, 3)
	want(`"`, 3)
	want("board OR keeps")
	want("nothing of the kind")
	want("x AND text*", 5)
	want("NOT", 5)
	want(`\ 'quoted' ^`, 5)
	want("{a b} + -c", 5)
	want("-c", 5)
	want("byte", 6)
	want("👍", 7)
	want("👍🎉", 7)
	want("🎉 ärger", 7)
	want("är", 7)
	want("ger", 7)
	want(strings.Repeat("long ", 40))
	want("elsewhere")

	first := NewMessage("Ada", texts[1], 1)
	first.Changed, first.Text, first.Data = 20, "后天讨论", []byte("Ada: 后天讨论")
	texts[1] = "后天讨论"
	mustSay(t, m, "b:a", first)
	want("board")
	want("bo")
	want("后天", 1)
	want("天", 1, 2, 4)
	// What changes in another way is found as before, and what is taken back is not.
	first.Changed, first.Text, first.Retext = 21, "not looked at", false
	mustSay(t, m, "b:a", first)
	want("后天讨论", 1)
	want("looked")
	first.Changed, first.Text, first.Retext, first.Gone, first.Data = 22, "", true, true, []byte("Ada: ")
	mustSay(t, m, "b:a", first)
	want("后天讨论")
	want("后天")
}
