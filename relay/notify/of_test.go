package notify

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

// Each whom a message names has an entry, the author of what it answers, and whom it was
// said to; one for each message, a mention before all else, and nobody for what they
// said themselves.
func TestW94WhomItConcerns(t *testing.T) {
	reply := func(s Said, to wire.Person) Said { s.To = to; return s }
	for name, c := range map[string]struct {
		said    func(d *desk) Said
		ada, bo string
		cy      string
	}{
		"nobody":                {func(d *desk) Said { return d.on("1", "x") }, "", "", ""},
		"two are named":         {func(d *desk) Said { return d.on("1", "x", bo, cy) }, "", "1 x", "1 x"},
		"named twice":           {func(d *desk) Said { return d.on("1", "x", bo, bo) }, "", "1 x", ""},
		"named by oneself":      {func(d *desk) Said { return d.on("1", "x", ada) }, "", "", ""},
		"nobody is named":       {func(d *desk) Said { return d.on("1", "x", nobody) }, "", "", ""},
		"answered":              {func(d *desk) Said { return reply(d.on("1", "x"), bo) }, "", "3 x", ""},
		"answered by oneself":   {func(d *desk) Said { return reply(d.on("1", "x"), ada) }, "", "", ""},
		"a mention and answer":  {func(d *desk) Said { return reply(d.on("1", "x", bo), bo) }, "", "1 x", ""},
		"between two":           {func(d *desk) Said { return d.between("1", "x") }, "", "2 x", ""},
		"an answer between two": {func(d *desk) Said { return reply(d.between("1", "x"), bo) }, "", "2 x", ""},
		"named between two":     {func(d *desk) Said { return d.between("1", "x", bo) }, "", "1 x", ""},
		// It is none of cy's business what they say, whomever they name.
		"a third is named":    {func(d *desk) Said { return d.between("1", "x", cy) }, "", "2 x", ""},
		"a third is answered": {func(d *desk) Said { return reply(d.between("1", "x"), cy) }, "", "2 x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, Config{}, func(t *testing.T, d *desk) {
				d.says(c.said(d))
				for p, want := range map[wire.Person]string{ada: c.ada, bo: c.bo, cy: c.cy} {
					var list []string
					if want != "" {
						list = []string{want}
					}
					d.wants("the inbox of "+string(p[:3]), p, list...)
				}
				if _, _, _, now, err := d.store.Page(t.Context(), nobody, notice.Query{Limit: 1}); err != nil || now.Last > 0 {
					t.Error("nobody has an inbox")
				}
			})
		})
	}
}

// What an entry says, and where it leads.
func TestEntry(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		time.Sleep(time.Hour)
		d.says(d.on("m1", "see **this**", bo))
		d.says(d.between("m2", "hi"))
		got := d.inbox(bo)
		want := []wire.Entry{
			{Seq: 2, What: wire.EntryPrivate, Time: uint64(time.Now().UnixMilli()), From: ada, Name: "Ada", Text: "hi", With: ada, Message: wire.TextID([]byte("m2              ")), Stamp: 2},
			{Seq: 1, What: wire.EntryMention, Time: uint64(time.Now().UnixMilli()), Board: "plans", From: ada, Name: "Ada", Text: "see this", Message: wire.TextID([]byte("m1              ")), Stamp: 1},
		}
		if len(got.Entries) != 2 || got.Entries[0] != want[0] || got.Entries[1] != want[1] || got.Unread != 2 || got.Last != 2 {
			t.Errorf("the inbox is %+v", got)
		}
		// It is told as it is stored.
		told := d.told[bo]
		if len(told) != 2 || len(told[1].Entries) != 1 || told[1].Entries[0] != want[0] || told[1].Unread != 2 || told[1].Answers != 0 || told[1].Anew {
			t.Errorf("told is %+v", told)
		}
		if d.news[wire.EntryMention] != 1 || d.news[wire.EntryPrivate] != 1 {
			t.Errorf("the operator is told %v", d.news)
		}
	})
}

// An edit changes the text of what is there, also for whom it names no more, and adds who
// is named now. What is taken back is gone.
func TestW94Edits(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		s := d.on("1", "first", bo)
		s.To = named("dan")
		d.says(s)
		d.says(d.on("2", "other", bo))
		s.New, s.Was = false, s.Text.Mentions
		s.Text.Text, s.Text.Mentions, s.Text.Edited = "second", []wire.Mention{{Person: cy, Length: 1}}, true
		d.says(s)
		d.wants("who was named", bo, "1 other", "1 second")
		d.wants("who is named now", cy, "1 second")
		d.wants("who is answered", named("dan"), "3 second")
		if in := d.inbox(bo); in.Unread != 2 || in.Last != 2 || in.Entries[1].Seq != 1 {
			t.Errorf("an edit is no news: %+v", in)
		}
		if last := d.told[bo][len(d.told[bo])-1]; len(last.Entries) != 1 || last.Entries[0].Text != "second" || last.Unread != 2 {
			t.Errorf("an edit is told as %+v", last)
		}

		s.Text.Text, s.Text.Mentions, s.Text.Deleted = "", nil, true
		d.says(s)
		d.wants("what was taken back", bo, "1 other")
		d.wants("what was taken back", cy)
		d.wants("what was taken back", named("dan"))
		if last := d.told[bo][len(d.told[bo])-1]; len(last.Gone) != 1 || last.Gone[0] != (wire.Span{From: 1, To: 1}) || last.Unread != 1 {
			t.Errorf("it is told as %+v", last)
		}
	})
}

// Who was named before, and has no entry, gets none by an edit: it was not wanted then,
// or is so old that it was removed.
func TestEditWakesNobody(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		d.wishes(bo, wire.Wishes{Off: 1 << wire.EntryMention})
		s := d.on("1", "first", bo)
		d.says(s)
		d.wishes(bo, wire.Wishes{})
		s.New, s.Was = false, s.Text.Mentions
		d.says(s)
		d.wants("it was not wanted", bo)
		s.Was = nil // whoever does not know who was named
		d.says(s)
		d.wants("it is as if named now", bo, "1 first")
	})
}

// What comes twice is one entry, which keeps its place and stays read.
func TestTwiceIsOne(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		s := d.on("1", "x", bo)
		d.says(s)
		if err := d.Settle(t.Context(), bo, &wire.Settle{Read: []wire.Span{{From: 1, To: 1}}}); err != nil {
			t.Error(err)
		}
		d.says(s)
		d.close()
		d.open()
		d.says(s)
		if in := d.inbox(bo); len(in.Entries) != 1 || in.Unread != 0 || !in.Entries[0].Read || in.Last != 1 {
			t.Errorf("the inbox is %+v", in)
		}
	})
}

// A message's ID is its author's choice. One that has an ID of another conversation's
// neither changes nor removes the entries of that.
func TestIDsOfOtherConversations(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		d.says(d.on("1", "mine", bo))
		s := d.on("1", "forged", bo)
		s.Board, s.Key = "other", "b:other"
		d.says(s)
		d.wants("both", bo, "1 forged", "1 mine")
		s.Text.Deleted = true
		d.says(s)
		d.wants("what is left", bo, "1 mine")
		// An event whose ID is like a message's is another thing too.
		if _, err := d.Tell(t.Context(), Event{Persons: []wire.Person{bo}, What: wire.EntryProgram, ID: "b:plans\x00" + strings.Repeat(" ", 16), Title: "x"}); err != nil {
			t.Error(err)
		}
		if n := len(d.inbox(bo).Entries); n != 2 {
			t.Errorf("there are %d entries", n)
		}
	})
}

// The wishes of a person decide what comes.
func TestWishesDecide(t *testing.T) {
	const mention, private, reply = 1 << wire.EntryMention, 1 << wire.EntryPrivate, 1 << wire.EntryReply
	for name, c := range map[string]struct {
		wishes wire.Wishes
		said   func(d *desk) Said
		want   string
	}{
		"a kind is off":                {wire.Wishes{Off: mention}, func(d *desk) Said { return d.on("1", "x", bo) }, ""},
		"another is":                   {wire.Wishes{Off: reply}, func(d *desk) Said { return d.on("1", "x", bo) }, "1 x"},
		"it is something else as well": {wire.Wishes{Off: mention}, func(d *desk) Said { s := d.on("1", "x", bo); s.To = bo; return s }, "3 x"},
		"nothing of it is wanted":      {wire.Wishes{Off: mention | reply}, func(d *desk) Said { s := d.on("1", "x", bo); s.To = bo; return s }, ""},
		"between two":                  {wire.Wishes{Off: private}, func(d *desk) Said { return d.between("1", "x") }, ""},
		"muted":                        {wire.Wishes{Muted: []string{"plans"}}, func(d *desk) Said { return d.on("1", "x", bo) }, ""},
		"another board is muted":       {wire.Wishes{Muted: []string{"Plans"}}, func(d *desk) Said { return d.on("1", "x", bo) }, "1 x"},
		"muted, and between two":       {wire.Wishes{Muted: []string{"plans"}}, func(d *desk) Said { return d.between("1", "x") }, "2 x"},
		// Of what is told to devices the inbox is no part.
		"unpushed": {wire.Wishes{Unpushed: mention, QuietFrom: 0, QuietTo: 1439}, func(d *desk) Said { return d.on("1", "x", bo) }, "1 x"},
	} {
		t.Run(name, func(t *testing.T) {
			atDesk(t, Config{}, func(t *testing.T, d *desk) {
				d.wishes(bo, c.wishes)
				d.says(c.said(d))
				var want []string
				if c.want != "" {
					want = []string{c.want}
				}
				d.wants("the inbox", bo, want...)
			})
		})
	}
}

// Of a board that somebody may not see any more nothing comes, also no new words into
// what is there. When the person may again it does.
func TestBar(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		bar := func(board string, p wire.Person, barred bool) {
			t.Helper()
			if err := d.Bar(t.Context(), board, p, barred); err != nil {
				t.Error(err)
			}
		}
		s := d.on("1", "before", bo, cy)
		d.says(s)
		bar("plans", bo, true)
		bar("plans", bo, true)
		bar("other", cy, true)
		bar("no board", cy, true) // nobody can be on it
		bar("plans", nobody, true)
		d.close()
		d.open() // it outlasts the relay
		s.New, s.Was, s.Text.Text = false, s.Text.Mentions, "after"
		d.says(s)
		d.says(d.on("2", "second", bo, cy))
		d.says(d.between("3", "alone"))
		told, err := d.Tell(t.Context(), Event{Persons: []wire.Person{bo, cy}, What: wire.EntryAlert, Board: "plans", Title: "hot"})
		if told != 1 || err != nil {
			t.Errorf("%d were told: %v", told, err)
		}
		d.wants("who may not see it", bo, "2 alone", "1 before")
		d.wants("who may", cy, "5 hot", "1 second", "1 after")
		bar("plans", bo, false)
		d.says(d.on("4", "again", bo))
		d.wants("who may again", bo, "1 again", "2 alone", "1 before")

		// Of somebody whom the relay does not let in nothing is of use.
		bar("", bo, true)
		bar("other", bo, true)
		bar("other", bo, false)
		d.close()
		d.open()
		d.says(d.on("5", "fifth", bo, cy))
		d.says(d.between("6", "alone again"))
		d.wants("who may nothing", bo, "1 again", "2 alone", "1 before")
		bar("", bo, false)
		bar("other", bo, true)
		d.says(d.on("7", "seventh", bo))
		d.wants("who may come in again", bo, "1 seventh", "1 again", "2 alone", "1 before")
	})
}

// What stands in an inbox, and is shown outside of the page, is plain text without
// tricks.
func TestExcerpt(t *testing.T) {
	for said, want := range map[string]string{
		"**bold** and `code`":                  "bold and code",
		"two\n\nlines\tof it":                  "two lines of it",
		"a\u202egnp.exe":                       "agnp.exe",
		"a\u2066b\u2069\u200bc\ufeffd\u00ade":  "abcde",
		"a\u200eb\u200fc\u061cd\u034fe":        "abcde",
		"\x00\x1b[31mred":                      "[31mred",
		"👩\u200d🚒 stays":                       "👩\u200d🚒 stays",
		strings.Repeat("x", 401):               strings.Repeat("x", 400),
		strings.Repeat("é", 201):               strings.Repeat("é", 200),
		"x" + strings.Repeat("é", 201):         "x" + strings.Repeat("é", 199),
		strings.Repeat("👍", 200):               strings.Repeat("👍", 100),
		"\u202e" + strings.Repeat("\u200b", 9): "",
	} {
		atDesk(t, Config{}, func(t *testing.T, d *desk) {
			s := d.on("1", said, bo)
			s.Text.Name = "A\u202eda\n" + strings.Repeat("é", 100)
			d.says(s)
			e := d.inbox(bo).Entries[0]
			if e.Text != want || !utf8.ValidString(e.Text) {
				t.Errorf("of %q there is %q, and not %q", said, e.Text, want)
			}
			if wantName := "Ada " + strings.Repeat("é", 78); e.Name != wantName {
				t.Errorf("the name is %q", e.Name)
			}
		})
	}
}

// A message concerns few, and only of those it is looked up what they wish; not again
// while that is remembered.
func TestOfLooksUpFew(t *testing.T) {
	f := &faulty{Records: new(memory.Store).Records()}
	atDesk(t, Config{Records: f}, func(t *testing.T, d *desk) {
		var many []wire.Person
		for i := range wire.MaxMentions {
			many = append(many, named(fmt.Sprint("p", i)))
		}
		s := d.on("1", "x", many...)
		s.To = bo
		d.says(s)
		if f.reads > 3*(wire.MaxMentions+1) || f.reads == 0 {
			t.Errorf("records were read %d times", f.reads)
		}
		f.reads = 0
		d.says(d.on("2", "x", many...))
		if f.reads > 0 {
			t.Errorf("records were read %d times for those who are known", f.reads)
		}
		// There is an end to what is remembered.
		for i := range maxKnown + 100 {
			if _, err := d.person(t.Context(), named(fmt.Sprint("q", i))); err != nil {
				t.Fatal(err)
			}
		}
		if n := len(d.people.known); n > maxKnown {
			t.Errorf("%d persons are known", n)
		}
	})
}

// Records that fail lose no entry: it is made as if there were no wishes, and that is
// logged. When they work again the wishes hold.
func TestRecordsFail(t *testing.T) {
	f := &faulty{Records: new(memory.Store).Records()}
	atDesk(t, Config{Records: f}, func(t *testing.T, d *desk) {
		d.wishes(bo, wire.Wishes{Off: 1 << wire.EntryMention})
		d.close()
		d.open()
		f.set(errDisk, false)
		d.says(d.on("1", "one", bo))
		d.wants("without the records", bo, "1 one")
		if d.log.Count("on fire") != 1 {
			t.Error("that is not logged")
		}
		if _, err := d.Wish(t.Context(), bo, &wire.Wishes{}); err == nil {
			t.Error("wishes are taken that are not stored")
		}
		if _, err := d.Tell(t.Context(), Event{Persons: []wire.Person{bo}, What: wire.EntryProgram}); err == nil {
			t.Error("who can wait is not told that it failed")
		}
		if err := d.Bar(t.Context(), "plans", bo, true); err == nil {
			t.Error("it is not told that a bar is not stored")
		}
		f.set(nil, false)
		d.says(d.on("2", "two", bo))
		d.wants("with the records", bo, "1 one")
	})
}

// Records that hang stop no conversation: a message waits a moment, and the next ones do
// not wait at all for a while.
func TestRecordsHang(t *testing.T) {
	f := &faulty{Records: new(memory.Store).Records()}
	atDesk(t, Config{Records: f}, func(t *testing.T, d *desk) {
		f.set(nil, true)
		begun := time.Now()
		var b notice.Batch
		d.Of(&b, d.on("1", "one", bo, cy))
		if took := time.Since(begun); took > lookTimeout || len(b.Put) != 2 {
			t.Errorf("it took %v, for %d entries", took, len(b.Put))
		}
		begun = time.Now()
		d.Of(&b, d.on("2", "two", bo, cy))
		if took := time.Since(begun); took > 0 || len(b.Put) != 4 {
			t.Errorf("the next one took %v, for %d entries", took, len(b.Put))
		}
		time.Sleep(lookPause)
		f.set(nil, false)
		d.Of(&b, d.on("3", "three", bo))
		if d.people.known[bo] == nil {
			t.Error("they are not asked again")
		}
	})
}

// Programs tell persons: each once, where that is wanted, and the same again is the same.
func TestTell(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		d.wishes(cy, wire.Wishes{Off: 1 << wire.EntryAlert})
		e := Event{
			Persons: []wire.Person{bo, nobody, bo, cy}, What: wire.EntryAlert, ID: "hot", Board: "plans", Name: "Oven",
			Title: "too\nhot", Text: " 90 °C\n\u202esoon 100 ", Element: "e1",
		}
		if told, err := d.Tell(t.Context(), e); told != 1 || err != nil {
			t.Errorf("%d were told: %v", told, err)
		}
		e.Text = "95 °C"
		if told, err := d.Tell(t.Context(), e); told != 1 || err != nil {
			t.Errorf("%d were told: %v", told, err)
		}
		d.wants("the same again changes it", bo, "5 too hot 95 °C")
		e.ID, e.What, e.Text = "", wire.EntryProgram, " 90 °C\n\u202esoon 100 "
		for range 2 {
			if told, err := d.Tell(t.Context(), e); told != 2 || err != nil {
				t.Errorf("%d were told: %v", told, err)
			}
		}
		in := d.inbox(bo)
		if len(in.Entries) != 3 || in.Entries[0].Text != "90 °C\nsoon 100" || in.Entries[0].Board != "plans" || in.Entries[0].Name != "Oven" || in.Entries[0].Element != "e1" {
			t.Errorf("the inbox is %+v", in)
		}
		d.wants("who wants no alerts", cy, "6 too hot 90 °C soon 100", "6 too hot 90 °C soon 100")

		// What is too long is cut, and what cannot be is refused.
		if _, err := d.Tell(t.Context(), Event{Persons: []wire.Person{bo}, What: wire.EntryProgram, Name: strings.Repeat("n", 999), Title: strings.Repeat("t", 999), Text: strings.Repeat("x", 9999)}); err != nil {
			t.Error(err)
		}
		if got := d.inbox(bo).Entries[0]; len(got.Name) != wire.MaxName || len(got.Title) != wire.MaxTitle || len(got.Text) != wire.MaxExcerpt {
			t.Errorf("it is not cut: %+v", got)
		}
		for _, bad := range []Event{{}, {What: 32}, {What: 6, Board: "../x"}, {What: 6, Element: strings.Repeat("e", 65)}, {What: 6, Element: "\xff"}} {
			if told, err := d.Tell(t.Context(), bad); told != 0 || err == nil {
				t.Errorf("%+v is told", bad)
			}
		}

		d.store.Fail(errDisk)
		if told, err := d.Tell(t.Context(), e); told != 0 || err == nil {
			t.Errorf("%d were told of what is not stored: %v", told, err)
		}
		d.store.Fail(nil)
	})
}

// An event for thousands is stored in steps, and each has it.
func TestTellMany(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		var all []wire.Person
		for i := range 2*maxBatch + 1 {
			all = append(all, named(fmt.Sprint("p", i)))
		}
		if told, err := d.Tell(t.Context(), Event{Persons: all, What: wire.EntryProgram, Title: "x"}); told != len(all) || err != nil {
			t.Errorf("%d were told: %v", told, err)
		}
		synctest.Wait()
		for _, p := range all {
			if told := d.told[p]; len(told) != 1 || told[0].Unread != 1 {
				t.Fatalf("%s was told %+v", p[:5], told)
			}
		}
	})
}
