package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"edgeboard/shared/board"
)

// history is who wrote the transactions of a concurrent trace, and what they had seen.
type history struct {
	creator board.Replica // makes the element everybody writes in
	txns    []txn
	authors []author
	by      []int    // the author of each transaction
	past    []vector // what each transaction's author had when it was written, with itself
}

// author is a replica: it has all it wrote before. An agent that worked on several branches at a time is several.
type author struct {
	replica board.Replica
	txns    []int
}

// vector is how many transactions of each author there are. It may end before authors that it has none of.
type vector []int

func (v vector) of(author int) int {
	if author < len(v) {
		return v[author]
	}
	return 0
}

// with returns v with all that w has, in v's memory if there is room.
func (v vector) with(w vector) vector {
	for len(v) < len(w) {
		v = append(v, 0)
	}
	for a, n := range w {
		v[a] = max(v[a], n)
	}
	return v
}

// creator is a history's creator, if nobody sets another.
const creator board.Replica = 1

func newHistory(txns []txn) *history {
	h := &history{creator: creator, txns: txns}
	ofAgent := map[int][]int{}
	for i := range txns {
		t := &txns[i]
		var past vector
		for _, p := range t.Parents {
			past = past.with(h.past[p])
		}
		by := -1
		for _, a := range ofAgent[t.Agent] {
			// It goes on with what it wrote last if it has all it wrote.
			own := h.authors[a].txns
			if past.of(a) == len(own) && (by < 0 || own[len(own)-1] > h.last(by)) {
				by = a
			}
		}
		if by < 0 {
			by = len(h.authors)
			branch := len(ofAgent[t.Agent])
			// Agents stay in their order, which settles where concurrent text goes.
			h.authors = append(h.authors, author{replica: board.Replica(t.Agent+1)<<20 + board.Replica(branch)})
			ofAgent[t.Agent] = append(ofAgent[t.Agent], by)
		}
		for len(past) <= by {
			past = append(past, 0)
		}
		past[by]++
		h.authors[by].txns = append(h.authors[by].txns, i)
		h.by = append(h.by, by)
		h.past = append(h.past, past)
	}
	return h
}

// last returns the author's last transaction.
func (h *history) last(author int) int {
	own := h.authors[author].txns
	return own[len(own)-1]
}

// missing returns the transactions that are in want and not in have, each after its parents.
func (h *history) missing(have, want vector) []int {
	var list []int
	for a, n := range want {
		list = append(list, h.authors[a].txns[have.of(a):n]...)
	}
	slices.Sort(list) // parents have smaller indices
	return list
}

// order returns all transactions, each after its parents: as they were recorded, or at random.
func (h *history) order(rng *rand.Rand) []int {
	order := make([]int, 0, len(h.txns))
	if rng == nil {
		for i := range h.txns {
			order = append(order, i)
		}
		return order
	}
	children := make([][]int, len(h.txns))
	waits := make([]int, len(h.txns)) // for how many parents
	var ready []int
	for i := range h.txns {
		for _, p := range h.txns[i].Parents {
			children[p] = append(children[p], i)
			waits[i]++
		}
		if waits[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		k := rng.IntN(len(ready))
		i := ready[k]
		ready[k] = ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		order = append(order, i)
		for _, c := range children[i] {
			if waits[c]--; waits[c] == 0 {
				ready = append(ready, c)
			}
		}
	}
	return order
}

// written is a history as updates.
type written struct {
	element board.ID
	create  []byte   // the update that makes the element
	updates [][]byte // of each transaction; nil if it changed nothing
}

// ordered returns the updates of the transactions in the given order, after the element's.
func (w *written) ordered(order []int) [][]byte {
	list := [][]byte{w.create}
	for _, i := range order {
		if len(w.updates[i]) > 0 {
			list = append(list, w.updates[i])
		}
	}
	return list
}

// maxBoards is how many authors' boards are kept. Others are made anew when their author goes on.
const maxBoards = 64

// desk is an author's board, and how far it is.
type desk struct {
	board *board.Board
	have  vector
	used  int // by which transaction last
}

// write makes every transaction's update, on a board that has exactly what its author had. It keeps at most so many boards.
func (h *history) write(ctx context.Context, boards int) (*written, error) {
	b := board.New(h.creator)
	e := b.Edit()
	w := &written{element: e.Create(board.KindNote), updates: make([][]byte, len(h.txns))}
	w.create = e.Commit()

	desks := map[int]*desk{}
	for i := range h.txns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		by := h.by[i]
		d := desks[by]
		if d == nil {
			if len(desks) >= boards {
				delete(desks, longestUnused(desks))
			}
			d = &desk{board: board.New(h.authors[by].replica)}
			if err := d.board.Apply(w.create); err != nil {
				return nil, fmt.Errorf("create: %w", err)
			}
			desks[by] = d
		}
		before := slices.Clone(h.past[i])
		before[by]--
		for _, m := range h.missing(d.have, before) {
			if err := d.board.Apply(w.updates[m]); err != nil {
				return nil, fmt.Errorf("transaction %d: apply transaction %d: %w", i, m, err)
			}
		}
		if n := d.board.Parked(); n > 0 {
			return nil, fmt.Errorf("transaction %d: %d bytes of updates wait for others, and all before it have arrived", i, n)
		}
		e := d.board.Edit()
		for _, p := range h.txns[i].Patches {
			e.Splice(w.element, board.Chars, p.at, p.remove, p.insert)
		}
		w.updates[i] = e.Commit()
		if err := e.Err(); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i, err)
		}
		d.have, d.used = h.past[i], i
		if h.last(by) == i {
			delete(desks, by)
		}
	}
	return w, nil
}

func longestUnused(desks map[int]*desk) int {
	least := -1
	for a, d := range desks {
		if least < 0 || d.used < desks[least].used {
			least = a
		}
	}
	return least
}
