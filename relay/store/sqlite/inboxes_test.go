package sqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	zs "zombiezen.com/go/sqlite"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

func TestNotices(t *testing.T) {
	type place struct {
		store *sqlite.Store
		dir   string
	}
	places := map[storetest.Inboxes]place{}
	openDir := func(t *testing.T, dir string) storetest.Inboxes {
		s := open(t, dir)
		n := storetest.Inboxes{Notices: s.Notices(), Messages: s.Messages()}
		places[n] = place{s, dir}
		return n
	}
	storetest.RunNotices(t, storetest.NoticesKind{
		Open:  func(t *testing.T) storetest.Inboxes { return openDir(t, memoryDir(t)) },
		Bound: func(n storetest.Inboxes, most int) { places[n].store.BoundInboxes(most) },
		Reopen: func(t *testing.T, n storetest.Inboxes) storetest.Inboxes {
			// What the model cannot see is sound as well.
			if err := places[n].store.Check(t.Context()); err != nil {
				t.Error(err)
			}
			mustClose(t, places[n].store)
			return openDir(t, places[n].dir)
		},
		Break: func(t *testing.T, n storetest.Inboxes) func() { return breakDown(t, places[n].dir) },
	})
}

// concern says something that concerns somebody, who has an entry of it then.
func concern(s *sqlite.Store, person, text string, stamp uint64) error {
	one := storetest.NewMessage("Ada", text, stamp)
	entry := storetest.NewEntry(person, string(one.ID[:]), text, int64(stamp), "target")
	entry.Talk, entry.Stamp = "b:a", stamp
	return storetest.PutMessages(s.Messages(), storetest.MessageChange{Key: "b:a", Messages: []storetest.Message{one}, Notices: storetest.NoticeBatch{Put: []storetest.NoticePut{entry}}})
}

func mustConcern(t *testing.T, s *sqlite.Store, person, text string, stamp uint64) {
	t.Helper()
	if err := concern(s, person, text, stamp); err != nil {
		t.Error(err)
	}
}

// A file of the version before gets the tables of inboxes, and keeps what was said.
func TestOpenBeforeInboxes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	say(t, s, "b:a", "hello", 1)
	mustClose(t, s)
	raw := openRaw(t, dir)
	for _, table := range []string{"inboxes", "entries", "deliveries", "journal", "spooled"} {
		pragma(t, raw, "DROP TABLE "+table)
	}
	pragma(t, raw, "PRAGMA user_version = 7")
	// That is what a relay of version 7 has left.
	old := openRaw(t, makeFile(t, append(sqlite.Migrations(7), "PRAGMA user_version = 7")...))
	const tables = "SELECT group_concat(sql, '; ') FROM (SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name)"
	if got, want := pragma(t, raw, tables), pragma(t, old, tables); got != want {
		t.Fatalf("the file of version 7 has %s, want %s", got, want)
	}
	raw.Close()
	for i := range 2 { // the second time it is of this version
		s := open(t, dir)
		if i == 0 {
			storetest.WantMessages(t, s.Messages(), "b:a", "Ada: hello")
			storetest.WantInbox(t, s.Notices(), "Bo", 0, 0)
			mustConcern(t, s, "Bo", "look", 2)
		}
		storetest.WantMessages(t, s.Messages(), "b:a", "Ada: hello", "Ada: look")
		storetest.WantInbox(t, s.Notices(), "Bo", 1, 1, "1 look")
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		mustClose(t, s)
	}
}

func TestBackupOfInboxes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	mustConcern(t, s, "Bo", "one", 1)
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	mustConcern(t, s, "Bo", "two", 2)
	b := wantBackup(t, file)
	storetest.WantInbox(t, b.Notices(), "Bo", 1, 1, "1 one")
	if list, _, err := b.Notices().Due(t.Context(), 9, 9); err != nil || len(list) != 1 {
		t.Errorf("%d deliveries are in the backup, %v", len(list), err)
	}
	mustConcern(t, b, "Bo", "other", 2)
	storetest.WantInbox(t, b.Notices(), "Bo", 2, 2, "2 other", "1 one")
}

// The relay is killed right after a message was stored: the files have it, and what it is
// to inboxes.
func TestInboxesAfterCrash(t *testing.T) {
	dir := memoryDir(t)
	s := open(t, dir)
	var messages, entries []string
	for i := range 10 {
		text := fmt.Sprint("word ", i)
		mustConcern(t, s, "Bo", text, uint64(i+1))
		messages = append(messages, "Ada: "+text)
		entries = append([]string{fmt.Sprint(i+1, " ", text)}, entries...)
		dir = crash(t, s, dir)
		s = open(t, dir)
		storetest.WantMessages(t, s.Messages(), "b:a", messages...)
		storetest.WantInbox(t, s.Notices(), "Bo", i+1, uint64(i+1), entries...)
		if list, _, err := s.Notices().Due(t.Context(), 99, 99); err != nil || len(list) != i+1 {
			t.Errorf("%d deliveries are there after %d, %v", len(list), i+1, err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// The commit fails at one place after the other: neither message nor entry is stored then,
// and both are as soon as it does not.
func TestMessageAndEntryTogether(t *testing.T) {
	dir := memoryDir(t)
	s := open(t, dir)
	mustConcern(t, s, "Bo", "one", 1)
	raw := openRaw(t, dir)
	want := []string{"Ada: one"}
	stamp := uint64(1)
	check := func() {
		t.Helper()
		storetest.WantMessages(t, s.Messages(), "b:a", want...)
		var entries []string
		for i, text := range want {
			entries = append([]string{fmt.Sprint(i+1, " ", strings.TrimPrefix(text, "Ada: "))}, entries...)
		}
		storetest.WantInbox(t, s.Notices(), "Bo", len(want), uint64(len(want)), entries...)
		if list, _, err := s.Notices().Due(t.Context(), 1<<40, 999); err != nil || len(list) != len(want) {
			t.Errorf("%d deliveries are there, want %d, %v", len(list), len(want), err)
		}
	}
	for _, place := range []string{"INSERT ON messages", "INSERT ON entries", "INSERT ON deliveries", "INSERT ON inboxes", "UPDATE ON talks"} {
		for _, raise := range []string{"FAIL", "ABORT", "ROLLBACK"} {
			stamp++
			pragma(t, raw, fmt.Sprintf("CREATE TRIGGER broken AFTER %s BEGIN SELECT raise(%s, 'broken'); END", place, raise))
			if concern(s, "Bo", "lost", stamp) == nil {
				t.Errorf("%s: it is stored where %s fails", raise, place)
			}
			check()
			pragma(t, raw, "DROP TRIGGER broken")
			text := fmt.Sprint("text ", stamp)
			mustConcern(t, s, "Bo", text, stamp)
			want = append(want, "Ada: "+text)
			check()
		}
	}
	// And where the disk is full, wherever that is noticed.
	failed := 0
	for i := range 40 {
		stamp++
		s.OnWriter(func(c *zs.Conn) {
			pragma(t, c, fmt.Sprint("PRAGMA max_page_count = ", 1)) // as many as there are
		})
		text := fmt.Sprint("text ", stamp, strings.Repeat(" long", i*20))
		if concern(s, "Bo", text, stamp) == nil {
			want = append(want, "Ada: "+text)
		} else {
			failed++
		}
		s.OnWriter(func(c *zs.Conn) { pragma(t, c, "PRAGMA max_page_count = 4294967294") })
		if i%5 == 0 {
			check()
		}
	}
	check()
	if failed == 0 || failed == 40 {
		t.Errorf("of 40 messages %d failed: that is no test", failed)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// What was written with a board that is damaged is taken back, and written again without
// it: what is told is of what is stored.
func TestNoticesWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := storetest.Append(s, "damaged", []byte("one")); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	raw := openRaw(t, dir)
	pragma(t, raw, "UPDATE boards SET last = 1000")
	raw.Close()
	s = open(t, dir)
	results := make(chan string, 4)
	tell := func(c []storetest.NoticeChange) {
		for _, c := range c {
			results <- fmt.Sprintf("%s: %d entries from %d, %d unread, last %d, version %d", bytes.TrimRight(c.Person[:], "\x00"), len(c.Entries), c.Entries[0].Seq, c.Unread, c.Last, c.Version)
		}
	}
	release := s.Hold()
	s.Messages().Put(storetest.MessageChange{
		Key: "b:a", Messages: []storetest.Message{storetest.NewMessage("Ada", "one", 1)}, Clock: 1,
		Notices: storetest.NoticeBatch{Put: []storetest.NoticePut{storetest.NewEntry("Bo", "s", "one", 1)}}, Noticed: tell,
	}, func(err error) { results <- fmt.Sprint("message ", err) })
	s.Notices().Put(storetest.NoticeBatch{Put: []storetest.NoticePut{storetest.NewEntry("Bo", "t", "two", 1)}}, func(c []storetest.NoticeChange, err error) {
		if err != nil {
			t.Error(err)
		}
		tell(c)
	})
	s.Append("damaged", []byte("lost"), func(err error) { results <- fmt.Sprint("damaged: ", errors.Is(err, sqlite.ErrCorrupt)) })
	release()
	for _, want := range []string{"Bo: 1 entries from 1, 1 unread, last 1, version 1", "message <nil>", "Bo: 1 entries from 2, 2 unread, last 2, version 2", "damaged: true"} {
		if got := <-results; got != want {
			t.Errorf("%q is told, want %q", got, want)
		}
	}
	storetest.WantInbox(t, s.Notices(), "Bo", 2, 2, "2 two", "1 one")
}

// An entry whose bytes are garbled is left out and counted, and can be read and forgotten
// nevertheless. A garbled count is made anew.
func TestGarbledEntry(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 5 {
		mustConcern(t, s, "Bo", fmt.Sprint("word ", i+1), uint64(i+1))
	}
	mustConcern(t, s, "Cy", "other", 9)
	mustClose(t, s)
	raw := openRaw(t, dir)
	pragma(t, raw, "UPDATE entries SET data = x'00' WHERE stamp = 3")
	pragma(t, raw, "UPDATE entries SET read = 1 WHERE stamp = 4")
	pragma(t, raw, "UPDATE inboxes SET last = 77 WHERE last = 5")
	pragma(t, raw, "UPDATE deliveries SET due = 0 WHERE due = 2")
	raw.Close()
	s = open(t, dir)
	n := s.Notices()
	if err := s.Check(t.Context()); !errors.Is(err, sqlite.ErrCorrupt) || !strings.Contains(err.Error(), "2 entries") {
		t.Errorf("Check says %v, want ErrCorrupt, and how many there are", err)
	}
	page, more, damaged, now, err := n.Page(t.Context(), storetest.Name16("Bo"), storetest.NoticeQuery{Limit: 2})
	if err != nil || damaged != 2 || !more || len(page) != 2 || string(page[0].Data) != "word 5" || string(page[1].Data) != "word 2" || now.Unread != 4 {
		t.Errorf("%d are read, %d damaged, it stands as %+v, %v", len(page), damaged, now, err)
	}
	// Who delivers sees nothing of one that is damaged, and is not told of a damaged delivery.
	list, _, err := n.Due(t.Context(), 9, 99)
	var due []string
	for _, d := range list {
		due = append(due, fmt.Sprintf("%d %s", d.Entry.Seq, d.Entry.Data))
	}
	if want := []string{"1 word 1", "3 ", "4 ", "5 word 5", "1 other"}; err != nil || !slices.Equal(due, want) {
		t.Errorf("due are %q, %v; want %q", due, err, want)
	}
	// It goes on where no place was used before.
	mustConcern(t, s, "Bo", "next", 20)
	page, _, _, now, err = n.Page(t.Context(), storetest.Name16("Bo"), storetest.NoticeQuery{Limit: 1})
	if err != nil || string(page[0].Data) != "next" || page[0].Seq < 100 || now.Last != page[0].Seq || now.Unread != 5 {
		t.Errorf("the next is %+v, and it stands as %+v, %v", page, now, err)
	}
	// What is damaged is not put again, and is read with the others.
	id := storetest.NewMessage("Ada", "word 3", 3).ID
	if c, err := storetest.PutNotices(n, storetest.NoticeBatch{Put: []storetest.NoticePut{storetest.NewEntry("Bo", string(id[:]), "again", 3)}}); err != nil || len(c) > 0 {
		t.Errorf("%+v is told of it, %v", c, err)
	}
	c, err := n.Settle(t.Context(), storetest.Name16("Bo"), storetest.Settled{Spans: [][2]uint64{{0, 1 << 63}}})
	if err != nil || c.Unread != 0 || len(c.Read) != 5 {
		t.Errorf("%d were read, and %d are left, %v", len(c.Read), c.Unread, err)
	}
	if more, err := n.Forget(t.Context(), 10); more || err != nil {
		t.Errorf("Forget says %v, %v", more, err)
	}
	if _, err := storetest.PutNotices(n, storetest.NoticeBatch{Gone: [][16]byte{storetest.NewMessage("Ada", "next", 20).ID}}); err != nil {
		t.Error(err)
	}
	storetest.WantInbox(t, n, "Bo", 0, now.Last)
	storetest.WantInbox(t, n, "Cy", 1, 1, "1 other")
	// All that was damaged is gone with it.
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A disk garbles one page after the other. An entry is read as it was put, or it is told
// that some are damaged: by who reads it, or by Check.
func TestGarbledInboxes(t *testing.T) {
	dir := memoryDir(t)
	s := open(t, dir)
	people := []string{"Ada", "Bo", "Cy"}
	want := map[string][]string{}
	for i := range 240 {
		person := people[i%3]
		text := fmt.Sprint("entry ", i, strings.Repeat(" of some length", i%17))
		entry := storetest.NewEntry(person, fmt.Sprint(i), text, int64(i+1), fmt.Sprint("target ", i))
		entry.Talk, entry.Stamp = "b:a", uint64(i)
		if _, err := storetest.PutNotices(s.Notices(), storetest.NoticeBatch{Put: []storetest.NoticePut{entry}}); err != nil {
			t.Fatal(err)
		}
		want[person] = append([]string{text}, want[person]...)
	}
	if _, err := s.Notices().Settle(t.Context(), storetest.Name16("Ada"), storetest.Settled{Spans: [][2]uint64{{5, 40}}}); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	told, refused := 0, 0
	pages := garblePages(t, dir, 5, func(n int, s *sqlite.Store, err error) {
		if err != nil {
			refused++
			return
		}
		checked := s.Check(t.Context())
		bad := checked != nil
		corrupt := func(what string, err error) bool {
			if err != nil && !errors.Is(err, sqlite.ErrCorrupt) {
				t.Errorf("page %d: %s: %v, want ErrCorrupt", n, what, err)
			}
			return err != nil
		}
		corrupt("Check", checked)
		for _, person := range people {
			entries, _, damaged, now, err := s.Notices().Page(t.Context(), storetest.Name16(person), storetest.NoticeQuery{Limit: 999})
			var got []string
			for _, e := range entries {
				got = append(got, string(e.Data))
			}
			for _, one := range got {
				if !slices.Contains(want[person], one) {
					t.Errorf("page %d: %s has %.80q, which nobody has put", n, person, one)
				}
			}
			bad = corrupt("Page", err) || damaged > 0 || bad
			unread := 80
			if person == "Ada" {
				unread = 44
			}
			if !bad && (!slices.Equal(got, want[person]) || now.Unread != unread || now.Last != 80) {
				t.Errorf("page %d: of 80 entries of %s there are %d, it stands as %+v, and nobody is told", n, person, len(got), now)
			}
			for _, q := range []storetest.NoticeQuery{{Limit: 999, Unread: true}, {Limit: 9, Before: 40}} {
				_, _, _, _, err := s.Notices().Page(t.Context(), storetest.Name16(person), q)
				corrupt("Page", err)
			}
		}
		list, _, err := s.Notices().Due(t.Context(), 999, 999)
		if bad = corrupt("Due", err) || bad; !bad && len(list) != 240 {
			t.Errorf("page %d: %d deliveries are due, and nobody is told", n, len(list))
		}
		// Whatever is damaged, what is done next comes to an end.
		_, err = s.Notices().Settle(t.Context(), storetest.Name16("Bo"), storetest.Settled{Spans: [][2]uint64{{1, 1 << 62}}, Talk: "b:a", Stamp: 999})
		corrupt("Settle", err)
		_, err = s.Notices().Forget(t.Context(), 999)
		corrupt("Forget", err)
		_, err = storetest.PutNotices(s.Notices(), storetest.NoticeBatch{Put: []storetest.NoticePut{storetest.NewEntry("Cy", "new", "new", 1, "x")}, Gone: [][16]byte{storetest.Name16("7")}})
		corrupt("Put", err)
		if bad {
			told++
		}
	})
	t.Logf("of %d pages: %d keep the file from being opened, %d damage inboxes", pages, refused, told)
	if told == 0 || refused > pages/3 {
		t.Error("that is not what such a file is like")
	}
}
