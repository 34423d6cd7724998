package still_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"edgeboard/relay/still"
	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/storetest"
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/figure/figuretest"
)

// watched is a store that counts what is read of it.
type watched struct {
	memory.Store
	mu        sync.Mutex
	snapshots int
	updates   int
	readers   int
	most      int // readers at a time
}

func (w *watched) Since(ctx context.Context, board, position string, snapshot, update func([]byte) error) (string, error) {
	w.mu.Lock()
	w.readers++
	w.most = max(w.most, w.readers)
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.readers--
		w.mu.Unlock()
	}()
	return w.Store.Since(ctx, board, position,
		func(data []byte) error { w.count(&w.snapshots); return snapshot(data) },
		func(data []byte) error { w.count(&w.updates); return update(data) })
}

func (w *watched) count(n *int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*n++
}

// read returns what was read since it was called last.
func (w *watched) read() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprintf("%d snapshots, %d updates", w.snapshots, w.updates)
	w.snapshots, w.updates = 0, 0
	return text
}

// hand writes on a board as a member of a room does, and stores it.
type hand struct {
	t     *testing.T
	store *watched
	name  string
	doc   *board.Board
}

func newHand(t *testing.T, store *watched, name string) *hand {
	return &hand{t, store, name, board.New(1)}
}

// rectangle puts one more on the board.
func (h *hand) rectangle() {
	h.t.Helper()
	edit := h.doc.Edit()
	id := edit.Create(board.KindRectangle)
	figure.SetPlace(edit, h.doc.Element(id), figure.Place{X: float64(h.doc.Len()) * 100, W: 80, H: 40, Size: figure.DefaultFontSize})
	if err := storetest.Append(h.store, h.name, edit.Commit()); err != nil {
		h.t.Fatal(err)
	}
}

// compacts stores a snapshot, as a room does that is left.
func (h *hand) compacts() {
	h.t.Helper()
	if err := storetest.Compact(h.store, h.name, h.doc.Snapshot()); err != nil {
		h.t.Fatal(err)
	}
}

func open(t *testing.T, boards *still.Boards, name string) *still.Still {
	t.Helper()
	s, err := boards.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// want expects so many figures on a board, and returns its version.
func want(t *testing.T, boards *still.Boards, name string, figures int) string {
	t.Helper()
	s := open(t, boards, name)
	defer s.Close()
	if s.Doc.Len() != figures || s.Figures.Len() != figures {
		t.Errorf("board %s has %d elements and %d figures, want %d of both", name, s.Doc.Len(), s.Figures.Len(), figures)
	}
	if len(s.Version) != 16 {
		t.Errorf("the version is %q", s.Version)
	}
	return s.Version
}

// A board is drawn, and read between.
func TestBoardIsAsStored(t *testing.T) {
	store := new(watched)
	boards := still.New(store, figuretest.Even{})
	defer boards.Close()
	empty := want(t, boards, "b", 0)

	hand := newHand(t, store, "b")
	hand.rectangle()
	hand.rectangle()
	two := want(t, boards, "b", 2)
	if got := store.read(); got != "0 snapshots, 2 updates" {
		t.Error("read", got)
	}
	if again := want(t, boards, "b", 2); again != two || two == empty {
		t.Errorf("the versions are %s, %s and %s: the first is of an empty board, and the others of the same", empty, two, again)
	}
	hand.rectangle()
	three := want(t, boards, "b", 3)
	if got := store.read(); got != "0 snapshots, 1 updates" {
		t.Errorf("read %s, want what was new", got)
	}
	if three == two {
		t.Error("the version is the same, and the board is not")
	}
	// The room is left, and what is stored is put in order: nobody sees it.
	hand.compacts()
	if after := want(t, boards, "b", 3); after != three {
		t.Errorf("the version is %s, and was %s", after, three)
	}
	if got := store.read(); got != "1 snapshots, 0 updates" {
		t.Error("read", got)
	}
	// Another relay says the same of the board.
	other := still.New(store, figuretest.Even{})
	defer other.Close()
	if got := want(t, other, "b", 3); got != three {
		t.Errorf("another relay's version is %s, want %s", got, three)
	}
}

// Two readers of a board take turns; one of another board waits for neither.
func TestReadersTakeTurns(t *testing.T) { synctest.Test(t, testReadersTakeTurns) }
func testReadersTakeTurns(t *testing.T) {
	store := new(watched)
	newHand(t, store, "b").rectangle()
	boards := still.New(store, figuretest.Even{})
	defer boards.Close()
	first := open(t, boards, "b")
	second := make(chan *still.Still)
	go func() { second <- open(t, boards, "b") }()
	open(t, boards, "other").Close()

	// Who has no time goes without.
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := boards.Open(ctx, "b"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Open returned %v", err)
	}
	synctest.Wait()
	select {
	case <-second:
		t.Error("two have the board")
	default:
	}
	first.Close()
	first.Close() // twice is once
	s := <-second
	third := make(chan *still.Still)
	go func() { third <- open(t, boards, "b") }()
	synctest.Wait()
	select {
	case <-third:
		t.Error("two have the board, since the first was closed twice")
	default:
	}
	s.Close()
	(<-third).Close()
}

// Boards that nobody asks for are forgotten, and read anew.
func TestForgotten(t *testing.T) { synctest.Test(t, testForgotten) }
func testForgotten(t *testing.T) {
	store := new(watched)
	boards := still.New(store, figuretest.Even{})
	defer boards.Close()
	for _, name := range []string{"busy", "quiet"} {
		newHand(t, store, name).rectangle()
		want(t, boards, name, 1)
	}
	for range 11 {
		time.Sleep(time.Minute)
		want(t, boards, "busy", 1)
	}
	store.read()
	want(t, boards, "busy", 1)
	if got := store.read(); got != "0 snapshots, 0 updates" {
		t.Errorf("of a board that is asked for again and again was read %s", got)
	}
	want(t, boards, "quiet", 1)
	if got := store.read(); got != "0 snapshots, 1 updates" {
		t.Errorf("of a board that nobody has asked for in 11 minutes was read %s, want all of it", got)
	}

	// There are more than are kept.
	for i := range 20 {
		name := fmt.Sprint("board", i)
		newHand(t, store, name).rectangle()
		want(t, boards, name, 1)
		time.Sleep(time.Second)
	}
	store.read()
	want(t, boards, "board19", 1)
	want(t, boards, "board10", 1)
	if got := store.read(); got != "0 snapshots, 0 updates" {
		t.Errorf("of the last ones was read %s", got)
	}
	want(t, boards, "busy", 1)
	if got := store.read(); got != "0 snapshots, 1 updates" {
		t.Errorf("of one before 20 others was read %s, want all of it", got)
	}
}

// Where a board cannot be read, the next reader tries again.
func TestNotRead(t *testing.T) {
	store := new(watched)
	hand := newHand(t, store, "b")
	hand.rectangle()
	boards := still.New(store, figuretest.Even{})
	defer boards.Close()
	broken := errors.New("disk on fire")
	store.Fail(broken)
	if _, err := boards.Open(t.Context(), "b"); !errors.Is(err, broken) {
		t.Errorf("Open returned %v, want what the store said", err)
	}
	store.Fail(nil)
	want(t, boards, "b", 1)

	// What is no update of a board leaves nothing half done.
	if err := storetest.Append(store, "b", []byte("no update")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := boards.Open(t.Context(), "b"); err == nil {
			t.Error("what is no update was read")
		}
	}
	hand.compacts()
	want(t, boards, "b", 1)
}

// Many ask for many boards at once.
func TestManyReaders(t *testing.T) {
	store := new(watched)
	boards := still.New(store, figuretest.Even{})
	defer boards.Close()
	var wg sync.WaitGroup
	for i := range 30 {
		name := fmt.Sprint("board", i)
		hand := newHand(t, store, name)
		hand.rectangle()
		for range 3 {
			wg.Go(func() {
				for range 10 {
					s, err := boards.Open(t.Context(), name)
					if err != nil {
						t.Error(err)
						return
					}
					for range s.Figures.All() {
					}
					s.Close()
				}
			})
		}
		wg.Go(hand.rectangle)
	}
	wg.Wait()
	for i := range 30 {
		want(t, boards, fmt.Sprint("board", i), 2)
	}
	if store.most > 2 {
		t.Errorf("%d boards were read at a time", store.most)
	}
}
