package sqlite_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"edgeboard/relay/store/sqlite"
)

// What is known of boards is known without loading them, a page at a time.
func TestBoards(t *testing.T) {
	s := open(t, t.TempDir())
	wait := func(begin func(done func(error))) {
		t.Helper()
		done := make(chan error, 1)
		begin(func(err error) { done <- err })
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	since := time.Now().Truncate(time.Millisecond)
	for i := range 100 {
		wait(func(done func(error)) { s.Append(fmt.Sprintf("board-%02d", i), []byte("ten bytes."), done) })
	}
	wait(func(done func(error)) { s.Append("board-07", []byte("five."), done) })
	// A snapshot of several pieces stands for the updates before it.
	snapshot := bytes.Repeat([]byte("x"), 1_000_001)
	wait(func(done func(error)) { s.Compact("board-08", nil, snapshot, done) })
	wait(func(done func(error)) { s.Append("board-08", []byte("and three"), done) })
	wait(func(done func(error)) { s.Compact("board-09", nil, []byte("snapshot"), done) })
	image := []byte("an image")
	if err := s.Blobs().Put(t.Context(), "board-10", sha256.Sum256(image), "image/png", image, 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := s.Blobs().Put(t.Context(), "bare", sha256.Sum256(image), "image/png", image, 1<<20); err != nil {
		t.Fatal(err)
	}

	all, err := s.Boards(t.Context(), "", 1000)
	if err != nil || len(all) != 101 {
		t.Fatalf("%d boards, %v", len(all), err)
	}
	want := map[string]int64{"bare": 8, "board-07": 15, "board-08": 1_000_010, "board-09": 8, "board-10": 18}
	for i, b := range all {
		if i > 0 && b.Name <= all[i-1].Name {
			t.Errorf("%s comes after %s", b.Name, all[i-1].Name)
		}
		bytes, ok := want[b.Name]
		if !ok {
			bytes = 10
		}
		if b.Bytes != bytes {
			t.Errorf("%s has %d bytes, want %d", b.Name, b.Bytes, bytes)
		}
		// An image is no change of the board.
		if changed := b.Name != "bare"; changed == b.Changed.IsZero() || changed && (b.Changed.Before(since) || b.Changed.After(time.Now())) {
			t.Errorf("%s was changed at %v", b.Name, b.Changed)
		}
	}
	var paged []sqlite.BoardInfo
	for after := ""; ; after = paged[len(paged)-1].Name {
		page, err := s.Boards(t.Context(), after, 40)
		if err != nil {
			t.Fatal(err)
		}
		if paged = append(paged, page...); len(page) < 40 {
			break
		}
	}
	if fmt.Sprint(paged) != fmt.Sprint(all) {
		t.Error("pages are not what all together are")
	}
	if names, err := s.BoardNames(t.Context(), "board-07", 3); err != nil || fmt.Sprint(names) != "[board-08 board-09 board-10]" {
		t.Errorf("the names behind board-07: %v, %v", names, err)
	}
}
