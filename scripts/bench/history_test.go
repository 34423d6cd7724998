package main

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// concurrent traces in small, and how their authors are told apart.
var histories = map[string]struct {
	txns    []txn
	authors [][]int
	text    string
}{
	"two write at a time, and one merges": {
		txns: []txn{
			{Agent: 0, Patches: []patch{{0, 0, "one two"}}},
			{Agent: 0, Parents: []int{0}, Patches: []patch{{3, 0, "!"}}},
			{Agent: 1, Parents: []int{0}, Patches: []patch{{7, 0, "?"}}},
			{Agent: 1, Parents: []int{1, 2}, Patches: []patch{{0, 3, "1"}}},
		},
		authors: [][]int{{0, 1}, {2, 3}},
		text:    "1! two?",
	},
	"criss-cross: both merge the same two, each in a way of its own": {
		txns: []txn{
			{Agent: 0, Patches: []patch{{0, 0, "abc"}}},
			{Agent: 0, Parents: []int{0}, Patches: []patch{{0, 1, "A"}}},
			{Agent: 1, Parents: []int{0}, Patches: []patch{{2, 1, "C"}}},
			{Agent: 0, Parents: []int{1, 2}, Patches: []patch{{0, 0, "<"}}},
			{Agent: 1, Parents: []int{2, 1}, Patches: []patch{{3, 0, ">"}}},
			{Agent: 1, Parents: []int{3, 4}, Patches: []patch{{2, 1, "-"}, {3, 0, "-"}}},
		},
		authors: [][]int{{0, 1, 3}, {2, 4, 5}},
		text:    "<A--C>",
	},
	"one agent on two branches, which another merges": {
		txns: []txn{
			{Agent: 7, Patches: []patch{{0, 0, "abc"}}},
			{Agent: 7, Parents: []int{0}, Patches: []patch{{0, 3, "x"}}},
			{Agent: 7, Parents: []int{0}, Patches: []patch{{3, 0, "def"}}}, // does not see the x
			{Agent: 7, Parents: []int{1}, Patches: []patch{{1, 0, "y"}}},
			{Agent: 7, Parents: []int{2}, Patches: []patch{{5, 1, ""}}},
			{Agent: 3, Parents: []int{3, 4}, Patches: []patch{{2, 1, "D"}}},
			{Agent: 7, Parents: []int{5}, Patches: []patch{{0, 0, ">"}}}, // goes on with what it wrote last
		},
		authors: [][]int{{0, 1, 3}, {2, 4, 6}, {5}},
		text:    ">xyDe",
	},
	"two begin, and one changes nothing": {
		txns: []txn{
			{Agent: 0, Patches: []patch{{0, 0, "a"}}},
			{Agent: 1},
			{Agent: 1, Parents: []int{0, 1, 0}, Patches: []patch{{1, 0, "b"}}},
		},
		authors: [][]int{{0}, {1, 2}},
		text:    "ab",
	},
}

func TestHistory(t *testing.T) {
	for name, want := range histories {
		t.Run(name, func(t *testing.T) {
			h := newHistory(want.txns)
			var authors [][]int
			for _, a := range h.authors {
				authors = append(authors, a.txns)
			}
			if !slices.EqualFunc(authors, want.authors, slices.Equal) {
				t.Errorf("authors are %v, want %v", authors, want.authors)
			}
			w, err := h.write(t.Context(), maxBoards)
			if err != nil {
				t.Fatal(err)
			}
			checkOrders(t, h, w, want.text)

			// With one board, every author's is made anew each time another has written.
			again, err := h.write(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(again.updates, w.updates, bytes.Equal) {
				t.Error("boards that are made anew write other updates than those that were kept")
			}
		})
	}
}

// checkOrders applies the updates in several orders.
func checkOrders(t *testing.T, h *history, w *written, text string) {
	t.Helper()
	var snapshot []byte
	for seed := range uint64(10) {
		var rng *rand.Rand
		if seed > 0 {
			rng = rand.New(rand.NewPCG(seed, 0))
		}
		order := h.order(rng)
		checkCausal(t, h, order)
		b, err := merge(w.ordered(order))
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Element(w.element).Text(); got != text {
			t.Errorf("in order %v the text is %q, want %q", order, got, text)
		}
		if snapshot == nil {
			snapshot = b.Snapshot()
		}
		if !bytes.Equal(b.Snapshot(), snapshot) {
			t.Errorf("in order %v the snapshot is another", order)
		}
	}
}

func checkCausal(t *testing.T, h *history, order []int) {
	t.Helper()
	if len(order) != len(h.txns) {
		t.Fatalf("order %v leaves some of %d transactions out", order, len(h.txns))
	}
	seen := map[int]bool{}
	for _, i := range order {
		for _, p := range h.txns[i].Parents {
			if !seen[p] {
				t.Errorf("order %v: %d comes before its parent %d", order, i, p)
			}
		}
		seen[i] = true
	}
}

// A history that nobody thought up: agents that branch and merge as they like. What each saw is kept beside as a set.
func TestHistoryAtRandom(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var txns []txn
		var past []map[int]bool // of each transaction, with itself
		for i := range 60 {
			x := txn{Agent: rng.IntN(4)}
			seen := map[int]bool{i: true}
			for range min(i, 1+rng.IntN(2)) {
				p := i - 1 - rng.IntN(min(i, 6))
				x.Parents = append(x.Parents, p)
				for q := range past[p] {
					seen[q] = true
				}
			}
			x.Patches = []patch{{0, 0, string(rune('a' + i%26))}}
			txns, past = append(txns, x), append(past, seen)
		}
		h := newHistory(txns)
		for i := range txns {
			missing := h.missing(nil, h.past[i])
			if len(missing) != len(past[i]) {
				t.Fatalf("seed %d: transaction %d has %v behind it, want %v", seed, i, missing, past[i])
			}
			for _, m := range missing {
				if !past[i][m] {
					t.Fatalf("seed %d: transaction %d has %d behind it, and it has not", seed, i, m)
				}
			}
		}
		w, err := h.write(t.Context(), 3)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		b, err := merge(w.ordered(h.order(nil)))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		checkOrders(t, h, w, b.Element(w.element).Text())
	}
}
