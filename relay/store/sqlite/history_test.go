package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	zs "zombiezen.com/go/sqlite"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

// past reads the history of a board from a place on, in slices of about most bytes:
// what it is, and how many updates there were with each.
func past(t *testing.T, s *sqlite.Store, board string, from int64, most int) (got []string) {
	t.Helper()
	got, err := tryPast(t.Context(), s, board, from, most)
	if err != nil {
		t.Error(err)
	}
	return got
}

func tryPast(ctx context.Context, s *sqlite.Store, board string, from int64, most int) (got []string, err error) {
	for before := int64(-1); from != before; {
		before = from
		err = s.ReadHistory(ctx, board, from, most,
			func(at, _ int64, data []byte) error {
				from = at
				got = append(got, storetest.Snapshot(fmt.Sprint(at, " ", string(data))))
				return nil
			},
			func(at, _ int64, data []byte) error {
				from = at
				got = append(got, fmt.Sprint(at, " ", string(data)))
				return nil
			})
		if err != nil {
			break
		}
		if before == from || before == 0 && len(got) == 1 && strings.HasPrefix(got[0], "snapshot: 0 ") {
			break // a snapshot of nothing that was counted, and nothing after it
		}
	}
	return got, err
}

// wantPast expects the history of a board, read in several ways.
func wantPast(t *testing.T, s *sqlite.Store, board string, want ...string) {
	t.Helper()
	for _, most := range []int{1, 40, 1 << 20} {
		if got := past(t, s, board, 0, most); !slices.Equal(got, want) {
			t.Errorf("the past of %s is %.300q, want %.300q", board, got, want)
			return
		}
	}
}

func numbered(from, to int) (list []string) {
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprint(i, " ", i))
	}
	return list
}

// appendSome appends the updates from one number to another.
func appendSome(t *testing.T, s *sqlite.Store, board string, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if err := storetest.Append(s, board, fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
}

// compact puts a snapshot in the place of the log, with updates that are in it alone.
func compact(t *testing.T, s *sqlite.Store, board, updates, snapshot string) {
	t.Helper()
	result := make(chan error, 1)
	s.Compact(board, []byte(updates), []byte(snapshot), func(err error) { result <- err })
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

// What a snapshot replaces stays in the history, with what is in the snapshot alone,
// wherever the sweeper is with it, and after a restart.
func TestHistory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	wantPast(t, s, "b")
	n := 2*sqlite.SweepStep + 50
	appendSome(t, s, "b", 1, n)
	appendSome(t, s, "other", 1, 3)
	wantPast(t, s, "b", numbered(1, n)...)
	compact(t, s, "b", fmt.Sprint(n+1), "to n")
	wantPast(t, s, "b", numbered(1, n+1)...)
	appendSome(t, s, "b", n+2, n+5)
	wantPast(t, s, "b", numbered(1, n+5)...)
	settle(t, s)
	if rows := count(t, s, "updates"); rows != 4+3 {
		t.Errorf("%d updates are in the log, want those since the snapshot", rows)
	}
	if rows := count(t, s, "leaving"); rows != 0 {
		t.Errorf("%d are on their way", rows)
	}
	wantPast(t, s, "b", numbered(1, n+5)...)
	if got := past(t, s, "b", int64(n)-1, 1<<20); !slices.Equal(got, numbered(n, n+5)) {
		t.Errorf("from %d there is %q", n-1, got)
	}
	if got := past(t, s, "b", int64(n)+5, 1<<20); len(got) != 0 {
		t.Errorf("after the last there is %q", got)
	}
	compact(t, s, "b", "", "to n+5")
	mustClose(t, s)
	s = open(t, dir)
	wantPast(t, s, "b", numbered(1, n+5)...)
	appendSome(t, s, "b", n+6, n+6)
	settle(t, s)
	wantPast(t, s, "b", numbered(1, n+6)...)
	wantPast(t, s, "other", numbered(1, 3)...)
	storetest.Want(t, s, "b", storetest.Snapshot("to n+5"), fmt.Sprint(n+6))
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}

	backup := filepath.Join(t.TempDir(), sqlite.FileName)
	if err := sqlite.Backup(t.Context(), dir, backup); err != nil {
		t.Fatal(err)
	}
	copied := open(t, filepath.Dir(backup))
	wantPast(t, copied, "b", numbered(1, n+6)...)
}

// A board whose first is a snapshot, from elsewhere, has a past that begins with it.
func TestHistoryBeginsWithSnapshot(t *testing.T) {
	s := open(t, t.TempDir())
	compact(t, s, "b", "", "all")
	wantPast(t, s, "b", "snapshot: 0 all")
	appendSome(t, s, "b", 1, 2)
	wantPast(t, s, "b", append([]string{"snapshot: 0 all"}, numbered(1, 2)...)...)
	compact(t, s, "b", "", "all again")
	settle(t, s)
	wantPast(t, s, "b", append([]string{"snapshot: 0 all"}, numbered(1, 2)...)...)
}

// When things were done.
func TestSpan(t *testing.T) {
	s := open(t, t.TempDir())
	now := time.UnixMilli(1000)
	s.SetClock(func() time.Time { return now })
	span := func() (from, upto int64, list []string) {
		from, upto, err := s.Span(t.Context(), "b", func(at, when int64) error {
			list = append(list, fmt.Sprint(at, "@", when))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return from, upto, list
	}
	if from, upto, list := span(); from != 0 || upto != 0 || len(list) != 0 {
		t.Errorf("of nothing there is %d, %d, %q", from, upto, list)
	}
	for i := range 4 {
		now = now.Add(time.Second)
		appendSome(t, s, "b", i+1, i+1)
	}
	want := []string{"1@2000", "2@3000", "3@4000", "4@5000"}
	if from, upto, list := span(); from != 0 || upto != 4 || !slices.Equal(list, want) {
		t.Errorf("%d, %d, %q, want %q", from, upto, list, want)
	}
	now = now.Add(time.Second)
	compact(t, s, "b", "5", "all")
	settle(t, s)
	now = now.Add(-time.Minute) // the clock was put back
	appendSome(t, s, "b", 6, 6)
	want = []string{"1@2000", "5@6000", "6@-54000"}
	if from, upto, list := span(); from != 0 || upto != 6 || !slices.Equal(list, want) {
		t.Errorf("%d, %d, %q, want %q", from, upto, list, want)
	}
	wantPast(t, s, "b", numbered(1, 6)...)
}

// What is too old, or too much, is forgotten up to a snapshot: the past begins there.
func TestHistoryIsForgotten(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		name  string
		age   time.Duration
		bytes int64
		limit string
	}{
		{"by age", 3*day + time.Hour, 1 << 40, "old"},
		{"by size", 1000 * day, 4 * sqlite.PieceSize, "large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, t.TempDir())
			now := time.UnixMilli(1000 * day.Milliseconds())
			s.SetClock(func() time.Time { return now })
			s.KeepHistory(test.age, test.bytes)
			large := strings.Repeat("x", sqlite.PieceSize) // keyframes are worth it
			noise := func(i int) string {
				b := make([]byte, sqlite.PieceSize)
				rnd := rand.New(rand.NewPCG(1, uint64(i)))
				for k := range b {
					b[k] = byte(rnd.Uint32())
				}
				return string(b)
			}
			var want []string
			for i := 1; i <= 20; i++ {
				now = now.Add(day)
				update := noise(i)
				if err := storetest.Append(s, "b", []byte(update)); err != nil {
					t.Fatal(err)
				}
				want = append(want, fmt.Sprint(i, " ", update))
				compact(t, s, "b", "", fmt.Sprint("to ", i, " ", large[:10]))
				settle(t, s)
			}
			got := past(t, s, "b", 0, 1<<30)
			var begin int
			if n, err := fmt.Sscanf(got[0], "snapshot: %d to", &begin); n != 1 || err != nil || begin == 0 {
				t.Fatalf("the past begins with %.40q: nothing was forgotten", got[0])
			}
			if !slices.Equal(got[1:], want[begin:]) {
				t.Errorf("after %d there are %d updates, want %d", begin, len(got)-1, len(want)-begin)
			}
			if want := fmt.Sprintf("snapshot: %d to %d ", begin, begin); !strings.HasPrefix(got[0], want) {
				t.Errorf("it begins with %.40q, want %q", got[0], want)
			}
			if kept := len(got) - 1; kept > 5 || kept < 1 {
				t.Errorf("%d updates are kept, too %s", kept, test.limit)
			}
			if n := count(t, s, "segments"); n != len(got)-1 {
				t.Errorf("%d segments are in the file, the past has %d", n, len(got)-1)
			}
			// Every snapshot that is left is found by what was stored with it or after.
			for at := range int64(22) {
				n, _, data, err := s.Keyframe(t.Context(), "b", at)
				want := min(max(at, int64(begin)), 20)
				if err != nil || !strings.HasPrefix(string(data), fmt.Sprintf("to %d ", n)) || n > want || n < int64(begin) || at >= 20 && n != 20 {
					t.Errorf("for %d there is a keyframe of %d, %.20q, %v", at, n, data, err)
				}
			}
			// Who asks from what was forgotten gets where it begins now.
			if again := past(t, s, "b", 1, 1<<30); !slices.Equal(again, got) {
				t.Errorf("from 1 there is %.100q", again)
			}
			// Years later, and nobody came: the board is there, and its past is gone.
			now = now.Add(5000 * day)
			s.KeepHistory(test.age, test.bytes)
			settle(t, s)
			if got := past(t, s, "b", 0, 1<<30); len(got) != 1 {
				t.Errorf("the past has %d parts", len(got))
			}
			if n := count(t, s, "segments") + count(t, s, "keyframes"); n != 0 {
				t.Errorf("%d rows are left of it", n)
			}
			appendSome(t, s, "b", 21, 22)
			if got := past(t, s, "b", 20, 1<<30); !slices.Equal(got, numbered(21, 22)) {
				t.Errorf("after that there is %.100q", got)
			}
		})
	}
}

// Nothing is kept where nothing is to be.
func TestNoHistory(t *testing.T) {
	s := open(t, t.TempDir())
	appendSome(t, s, "b", 1, 5)
	compact(t, s, "b", "", "to 5")
	settle(t, s)
	wantPast(t, s, "b", numbered(1, 5)...)
	s.KeepHistory(0, 0)
	settle(t, s)
	wantPast(t, s, "b", "snapshot: 5 to 5")
	appendSome(t, s, "b", 6, 7)
	compact(t, s, "b", "", "to 7")
	settle(t, s)
	wantPast(t, s, "b", "snapshot: 7 to 7")
	for _, table := range []string{"segments", "keyframes", "leaving", "garbage", "updates"} {
		if n := count(t, s, table); n != 0 {
			t.Errorf("%d rows are in %s", n, table)
		}
	}
}

func TestVersions(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	now := time.UnixMilli(7000)
	s.SetClock(func() time.Time { return now })
	list := func() (list []string) {
		err := s.Versions(t.Context(), "b", func(id, at, when int64, name, author string) error {
			list = append(list, fmt.Sprint(id, " ", at, "@", when, " ", name, " by ", author))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return list
	}
	if got := list(); len(got) != 0 {
		t.Errorf("there is %q", got)
	}
	appendSome(t, s, "b", 1, 3)
	large := bytes.Repeat([]byte("version"), 300_000)
	first, _, err := s.PutVersion(t.Context(), "b", 2, "Before the meeting", "maria", large)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := s.PutVersion(t.Context(), "b", 3, "", "", []byte("small"))
	if err != nil {
		t.Fatal(err)
	}
	compact(t, s, "b", "", "all")
	s.KeepHistory(0, 0)
	settle(t, s)
	mustClose(t, s)
	s = open(t, dir)
	want := []string{fmt.Sprint(first, " 2@7000 Before the meeting by maria"), fmt.Sprint(second, " 3@7000  by ")}
	if got := list(); !slices.Equal(got, want) {
		t.Errorf("there is %q, want %q", got, want)
	}
	if at, data, err := s.Version(t.Context(), "b", first); at != 2 || !bytes.Equal(data, large) || err != nil {
		t.Errorf("the first is of %d, %d bytes, %v", at, len(data), err)
	}
	if _, data, err := s.Version(t.Context(), "b", 99); data != nil || err != nil {
		t.Errorf("of one that is not there, there is %q, %v", data, err)
	}
	storetest.Want(t, s, "b", storetest.Snapshot("all"))
	for range 2 { // the second time it is not there
		if err := s.RemoveVersion(t.Context(), "b", first); err != nil {
			t.Error(err)
		}
	}
	if got := list(); !slices.Equal(got, want[1:]) {
		t.Errorf("there is %q, want %q", got, want[1:])
	}
	settle(t, s)
	if n := count(t, s, "pieces"); n != 2 {
		t.Errorf("%d pieces are stored, want one of the board and one of the version", n)
	}
	for i := 1; i < sqlite.MaxVersions; i++ {
		if _, _, err := s.PutVersion(t.Context(), "b", 3, fmt.Sprint(i), "", []byte("small")); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.PutVersion(t.Context(), "b", 3, "one too many", "", []byte("small")); !errors.Is(err, sqlite.ErrTooMany) {
		t.Errorf("%v, want ErrTooMany", err)
	}
	settle(t, s)
	if n := count(t, s, "pieces"); n != 1+sqlite.MaxVersions {
		t.Errorf("%d pieces are stored", n)
	}
	if _, _, err := s.PutVersion(t.Context(), "b", 3, strings.Repeat("x", sqlite.MaxVersionName+1), "", []byte("small")); !errors.Is(err, sqlite.ErrTooLarge) {
		t.Errorf("%v, want ErrTooLarge", err)
	}
}

// What is damaged in the past is found, and is not the board's business.
func TestDamagedHistory(t *testing.T) {
	s := open(t, t.TempDir())
	appendSome(t, s, "b", 1, 5)
	if _, _, err := s.PutVersion(t.Context(), "b", 5, "five", "", []byte("five")); err != nil {
		t.Fatal(err)
	}
	compact(t, s, "b", "", "to 5")
	appendSome(t, s, "b", 6, 6)
	settle(t, s)
	s.OnWriter(func(c *zs.Conn) {
		pragma(t, c, "UPDATE segments SET data = CAST(x'ff' || substr(data, 2) AS BLOB)")
		pragma(t, c, "UPDATE versions SET name = 'six'")
	})
	if _, err := tryPast(t.Context(), s, "b", 0, 1<<20); !errors.Is(err, sqlite.ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
	if got := past(t, s, "b", 5, 1<<20); !slices.Equal(got, numbered(6, 6)) {
		t.Errorf("what is sound is %q", got)
	}
	none := func(_, _, _ int64, _, _ string) error { t.Error("a garbled version was told"); return nil }
	if err := s.Versions(t.Context(), "b", none); !errors.Is(err, sqlite.ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
	if _, _, err := s.Version(t.Context(), "b", 1); !errors.Is(err, sqlite.ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
	storetest.Want(t, s, "b", storetest.Snapshot("to 5"), "6")

	// An update is lost before it has come into a segment: what leaves later goes on.
	s.OnWriter(func(c *zs.Conn) { pragma(t, c, "DELETE FROM updates") })
	compact(t, s, "b", "", "to 6")
	settle(t, s)
	if got, err := tryPast(t.Context(), s, "b", 5, 1<<20); !errors.Is(err, sqlite.ErrCorrupt) {
		t.Errorf("%q, %v, want ErrCorrupt", got, err)
	}
	storetest.Want(t, s, "b", storetest.Snapshot("to 6"))
	appendSome(t, s, "b", 7, 8)
	compact(t, s, "b", "", "to 8")
	settle(t, s)
	if got := past(t, s, "b", 6, 1<<20); !slices.Equal(got, numbered(7, 8)) {
		t.Errorf("what is sound is %q", got)
	}
}

// The power goes at any byte of a step of the sweeper: the past is the same.
func TestPowerCutHistory(t *testing.T) {
	dir := makeFile(t, "PRAGMA page_size = 512; CREATE TABLE x (x); DROP TABLE x")
	s := open(t, dir)
	appendSome(t, s, "b", 1, 30)
	compact(t, s, "b", "31", "to 31")
	appendSome(t, s, "b", 32, 33)
	settle(t, s)
	after := filesOf(t, dir)
	mustClose(t, s)
	want := numbered(1, 33)
	trials := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		dir := memoryDir(t)
		wg.Go(func() {
			for cut := range trials {
				path := filepath.Join(dir, sqlite.FileName)
				mustWrite(t, path, after.db)
				mustWrite(t, path+"-wal", after.wal[:cut])
				mustWrite(t, path+"-shm", nil)
				s, err := sqlite.Open(dir)
				if err != nil {
					t.Error(err)
					continue
				}
				for range 2 { // before what is left was swept, and after
					got := past(t, s, "b", 0, 1<<20)
					if len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
						t.Errorf("cut at byte %d the past is %q", cut, got)
					}
					if text := contents(t, s, "b"); len(got) > 0 && !strings.Contains(text, `"`) {
						t.Errorf("cut at byte %d the board is %q, its past %q", cut, text, got)
					}
					settle(t, s)
				}
				s.Close()
			}
		})
	}
	for cut := len(after.wal) * 3 / 4; cut <= len(after.wal); cut += 61 * slow {
		trials <- cut
	}
	trials <- len(after.wal)
	close(trials)
	wg.Wait()
}

// Boards are written, compacted and swept while their past is read, and the relay
// crashes: the past is what was written.
func TestHistoryRandom(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			dir := memoryDir(t)
			s := open(t, dir)
			boards := make([][]string, 6)
			for round := range 3 {
				var wg sync.WaitGroup
				for b := range boards {
					rnd := rand.New(rand.NewPCG(seed, uint64(round*100+b)))
					name := fmt.Sprint("board", b)
					wg.Go(func() {
						add := func(data string) {
							boards[b] = append(boards[b], fmt.Sprint(len(boards[b])+1, " ", data))
						}
						for range 300 / slow {
							switch n := rnd.IntN(40); {
							case n == 0:
								extra := ""
								if rnd.IntN(2) == 0 {
									extra = fmt.Sprint("with ", rnd.Uint64())
								}
								if len(boards[b]) == 0 && extra == "" {
									continue
								}
								compact(t, s, name, extra, strings.Repeat("all ", 1+rnd.IntN(2000)))
								if extra != "" {
									add(extra)
								}
							case n < 4:
								from := rnd.IntN(len(boards[b]) + 1)
								if got := past(t, s, name, int64(from), 1+rnd.IntN(5000)); !slices.Equal(got, boards[b][from:]) {
									t.Errorf("seed %d: the past of %s from %d is %.200q, want %.200q", seed, name, from, got, boards[b][from:])
								}
							default:
								update := strings.Repeat(fmt.Sprint(rnd.Uint64()), 1+rnd.IntN(20))
								if err := storetest.Append(s, name, []byte(update)); err != nil {
									t.Error(err)
								}
								add(update)
							}
						}
					})
				}
				wg.Wait()
				dir = crash(t, s, dir)
				s = open(t, dir)
				for b := range boards {
					if got := past(t, s, fmt.Sprint("board", b), 0, 1<<30); !slices.Equal(got, boards[b]) {
						t.Fatalf("seed %d, round %d: the past of board %d is %.300q, want %.300q", seed, round, b, got, boards[b])
					}
				}
				if err := s.Check(t.Context()); err != nil || t.Failed() {
					t.Fatal(err)
				}
			}
		})
	}
}
