package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

func TestMessages(t *testing.T) {
	type place struct {
		store *sqlite.Store
		dir   string
	}
	places := map[storetest.Messages]place{}
	openDir := func(t *testing.T, dir string) storetest.Messages {
		s := open(t, dir)
		m := s.Messages()
		places[m] = place{s, dir}
		return m
	}
	storetest.RunMessages(t, storetest.MessagesKind{
		Open: func(t *testing.T) storetest.Messages { return openDir(t, memoryDir(t)) },
		Reopen: func(t *testing.T, m storetest.Messages) storetest.Messages {
			mustClose(t, places[m].store)
			return openDir(t, places[m].dir)
		},
		Break: func(t *testing.T, m storetest.Messages) func() { return breakDown(t, places[m].dir) },
	})
}

func say(t *testing.T, s *sqlite.Store, key, text string, stamp uint64) {
	t.Helper()
	err := storetest.PutMessages(s.Messages(), storetest.MessageChange{Key: key, Messages: []storetest.Message{storetest.NewMessage("Ada", text, stamp)}})
	if err != nil {
		t.Error(err)
	}
}

// The text of a message is found without its accents, from three characters on.
func TestSearchWithoutAccents(t *testing.T) {
	s := open(t, memoryDir(t))
	say(t, s, "b:a", "at the café, naïvely; cafe\u0301", 1)
	for _, find := range []string{"cafe", "CAFÉ", "cafe\u0301", "naive", "fé", "fe\u0301"} {
		page, _, _, err := s.Messages().Page(t.Context(), "b:a", storetest.MessageQuery{Stamp: 9, Find: find, Limit: 9, Bytes: 999})
		if err != nil || len(page) != 1 {
			t.Errorf("%q is found %d times, %v", find, len(page), err)
		}
	}
	// A mark alone is nothing to be found by.
	if page, _, _, err := s.Messages().Page(t.Context(), "b:a", storetest.MessageQuery{Stamp: 9, Find: "\u0301", Limit: 9, Bytes: 999}); err != nil || len(page) > 0 {
		t.Errorf("a mark is found %d times, %v", len(page), err)
	}
}

// Of whatever is looked for those messages are found that have it, also by an index that
// may find too many: random words, short and long, with spaces in and around them.
func TestSearchByWords(t *testing.T) {
	s := open(t, memoryDir(t))
	rnd := rand.New(rand.NewPCG(7, 8))
	words := []string{"a", "an", "the", "then", "Café", "cafe\u0301", "CAFES", "oven", "oven,", "明天", "明天见", "9", "\n", ""}
	phrase := func(most int) string {
		var list []string
		for range 1 + rnd.IntN(most) {
			list = append(list, words[rnd.IntN(len(words))])
		}
		return strings.Join(list, " ")
	}
	var texts []string
	for i := range 400 {
		texts = append(texts, phrase(8))
		one := storetest.NewMessage("Ada", texts[i], uint64(i+1))
		one.ID = storetest.Name16(fmt.Sprint("message ", i))
		if err := storetest.PutMessages(s.Messages(), storetest.MessageChange{Key: fmt.Sprint("b:", i%2), Messages: []storetest.Message{one}}); err != nil {
			t.Fatal(err)
		}
	}
	found := 0
	for range 600 {
		find := phrase(4)
		if runes := []rune(find); len(runes) > 0 && rnd.IntN(2) == 0 { // words that are cut off
			from := rnd.IntN(len(runes)/2 + 1)
			find = string(runes[from : len(runes)-rnd.IntN(len(runes)-from)/2])
		}
		if len([]rune(message.Fold(find))) < 3 || strings.HasPrefix(find, "\u0301") {
			continue // the accents of what is shorter count, and one without a letter means nothing
		}
		holds := func(data []byte) bool {
			return strings.Contains(message.Fold(strings.TrimPrefix(string(data), "Ada: ")), message.Fold(find))
		}
		var want []string
		for i, text := range texts {
			if i%2 == 0 && holds([]byte(text)) {
				want = append(want, "Ada: "+text)
			}
		}
		for _, holds := range []func([]byte) bool{nil, holds} {
			page, _, _, err := s.Messages().Page(t.Context(), "b:0", storetest.MessageQuery{Stamp: 999, Find: find, Holds: holds, Limit: 999, Bytes: 1 << 20})
			var got []string
			for _, one := range page {
				got = append(got, string(one.Data))
			}
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("of %q there are %d, %v; want %d: %q and %q", find, len(got), err, len(want), got, want)
			}
			found += len(got)
		}
	}
	if found < 1000 {
		t.Errorf("only %d are found in all", found)
	}
}

// A file of the version before gets the tables of messages, and those that nothing has
// used are removed.
func TestOpenBeforeMessages(t *testing.T) {
	dir := makeFile(t, append(sqlite.Migrations(6), `
		INSERT INTO boards (id, name) VALUES (1, 'a');
		INSERT INTO messages (board, n, id, author, time, text) VALUES (1, 1, x'00', 'Ada', 0, 'never used');
		PRAGMA user_version = 6`)...)
	s := open(t, dir)
	storetest.WantMessages(t, s.Messages(), "b:a")
	say(t, s, "b:a", "hello", 1)
	mustClose(t, s)
	s = open(t, dir)
	storetest.WantMessages(t, s.Messages(), "b:a", "Ada: hello")
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// The indexes agree with what is said, changed and removed, and the file is found sound
// also by who has searched it before.
func TestCheckAfterSearch(t *testing.T) {
	s := open(t, memoryDir(t))
	for i := range 500 {
		say(t, s, "b:a", fmt.Sprint("some words, number ", i), uint64(i+1))
		if i%100 == 0 {
			if _, _, _, err := s.Messages().Page(t.Context(), "b:a", storetest.MessageQuery{Stamp: 999, Find: "words", Limit: 9, Bytes: 999}); err != nil {
				t.Error(err)
			}
		}
	}
	if more, err := s.Messages().Forget(t.Context(), 50); more || err != nil {
		t.Errorf("Forget returns %v, %v", more, err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// A backup has what was said, and it is found there.
func TestBackupOfMessages(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 20 {
		say(t, s, "b:a", fmt.Sprint("word ", i), uint64(i+1))
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	if err := sqlite.Backup(t.Context(), dir, file); err != nil {
		t.Fatal(err)
	}
	copied := wantBackup(t, file)
	page, more, _, err := copied.Messages().Page(t.Context(), "b:a", storetest.MessageQuery{Stamp: 99, Find: "word 1", Limit: 99, Bytes: 9999})
	if err != nil || len(page) != 11 || more {
		t.Errorf("%d are found in the backup, %v", len(page), err)
	}
}

// A disk garbles one page after the other. A message is read as it was said, or it is
// told that some are damaged: by who reads it, or by Check.
func TestGarbledMessages(t *testing.T) {
	dir := memoryDir(t)
	s := open(t, dir)
	want := map[string][]string{}
	for i := range 300 {
		key := fmt.Sprint("b:", i%3)
		text := fmt.Sprint("message ", i, string(bytes.Repeat([]byte(" of some length"), i%17)))
		say(t, s, key, text, uint64(i+1))
		want[key] = append(want[key], "Ada: "+text)
	}
	mustClose(t, s)
	told, refused := 0, 0
	pages := garblePages(t, dir, 3, func(n int, s *sqlite.Store, err error) {
		if err != nil {
			refused++
			return
		}
		checked := s.Check(t.Context())
		if checked != nil && !errors.Is(checked, sqlite.ErrCorrupt) {
			t.Errorf("page %d: Check says %v, want ErrCorrupt", n, checked)
		}
		bad := false
		for key, want := range want {
			got, damaged, err := allMessages(t, s, key)
			for _, one := range got {
				if !slices.Contains(want, one) {
					t.Errorf("page %d: %s has %.80q, which nobody has said there", n, key, one)
				}
			}
			if err != nil && !errors.Is(err, sqlite.ErrCorrupt) {
				t.Errorf("page %d: %s: %v, want ErrCorrupt", n, key, err)
			}
			if bad = bad || err != nil || damaged > 0; !slices.Equal(got, want) && err == nil && damaged == 0 && checked == nil {
				t.Errorf("page %d: of %d messages of %s there are %d, and nobody is told", n, len(want), key, len(got))
			}
			if _, _, _, err := s.Messages().Page(t.Context(), key, storetest.MessageQuery{Stamp: 999, Find: "some length", Limit: 999, Bytes: 1 << 20}); err != nil && !errors.Is(err, sqlite.ErrCorrupt) {
				t.Errorf("page %d: searching %s: %v, want ErrCorrupt", n, key, err)
			}
		}
		if bad {
			told++
		}
	})
	t.Logf("of %d pages: %d keep the file from being opened, %d damage conversations", pages, refused, told)
	if told == 0 || refused > pages/3 {
		t.Error("that is not what such a file is like")
	}
}

// allMessages reads a conversation in pages.
func allMessages(t *testing.T, s *sqlite.Store, key string) (all []string, damaged int, err error) {
	for after, more := uint64(0), true; more; {
		var page []storetest.Message
		var n int
		page, more, n, err = s.Messages().Page(t.Context(), key, storetest.MessageQuery{What: 1, Stamp: after, Limit: 40, Bytes: 1 << 20})
		if damaged += n; err != nil {
			return all, damaged, err
		}
		for _, one := range page {
			all = append(all, string(one.Data))
			after = one.Stamp
		}
	}
	return all, damaged, nil
}

// A message whose bytes are garbled is left out and counted, those beside it are read,
// and what comes again with its ID is not said twice.
func TestGarbledMessage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 5 {
		say(t, s, "b:a", fmt.Sprint("word ", i), uint64(i+1))
	}
	mustClose(t, s)
	raw := openRaw(t, dir)
	pragma(t, raw, "UPDATE messages SET data = x'00' WHERE stamp IN (3, 5)")
	raw.Close()
	s = open(t, dir)
	m := s.Messages()
	for _, find := range []string{"", "word", "wo"} {
		page, more, damaged, err := m.Page(t.Context(), "b:a", storetest.MessageQuery{Stamp: 9, Find: find, Limit: 2, Bytes: 999})
		if err != nil || damaged != 2 || len(page) != 2 || !more || string(page[1].Data) != "Ada: word 3" || string(page[0].Data) != "Ada: word 1" {
			t.Errorf("%q: %d are read, %d damaged, %v", find, len(page), damaged, err)
		}
	}
	id := storetest.NewMessage("Ada", "word 2", 3).ID
	if messages, known, _, err := m.Load(t.Context(), "b:a", [][16]byte{id}); len(messages) > 0 || !slices.Equal(known, [][16]byte{id}) || err != nil {
		t.Errorf("Load returns %v, %v, %v", messages, known, err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, sqlite.ErrCorrupt) {
		t.Errorf("Check says %v, want ErrCorrupt", err)
	}
	// Another conversation is not touched by it.
	say(t, s, "b:b", "hello", 1)
	storetest.WantMessages(t, m, "b:b", "Ada: hello")
}

// A relay is killed right after a message was stored: the files have it, and it is found.
func TestMessagesAfterCrash(t *testing.T) {
	dir := memoryDir(t)
	s := open(t, dir)
	var want []string
	for i := range 20 {
		say(t, s, "b:a", fmt.Sprint("word ", i), uint64(i+1))
		want = append(want, fmt.Sprint("Ada: word ", i))
		if i%5 > 0 {
			continue
		}
		dir = crash(t, s, dir)
		s = open(t, dir)
		storetest.WantMessages(t, s.Messages(), "b:a", want...)
		page, _, _, err := s.Messages().Page(t.Context(), "b:a", storetest.MessageQuery{Stamp: 99, Find: fmt.Sprint("word ", i), Limit: 99, Bytes: 9999})
		if err != nil || len(page) != 1 {
			t.Errorf("message %d is found %d times, %v", i, len(page), err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Who searches for long does not hold up what is stored, also where the WAL is begun
// anew meanwhile.
func TestSearchHoldsUpNobody(t *testing.T) {
	s := open(t, memoryDir(t))
	say(t, s, "b:a", "word", 1)
	release := s.Search()
	large := bytes.Repeat([]byte("large"), 400_000)
	for size := 0; size < 3*sqlite.MaxWAL; size += len(large) {
		if err := storetest.Append(s, "b", large); err != nil {
			t.Fatal(err)
		}
	}
	release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := s.Messages().Page(ctx, "b:a", storetest.MessageQuery{Stamp: 9, Find: "word", Limit: 9, Bytes: 99}); !errors.Is(err, context.Canceled) {
		t.Errorf("who gives up is told %v", err)
	}
	if page, _, _, err := s.Messages().Page(t.Context(), "b:a", storetest.MessageQuery{Stamp: 9, Find: "word", Limit: 9, Bytes: 99}); err != nil || len(page) != 1 {
		t.Errorf("%d are found then, %v", len(page), err)
	}
}
