package keeptest

import (
	"context"
	"slices"
	"sync"

	"edgeboard/shared/client"
)

// Device is a Shelf in memory for each board. The zero value is empty.
type Device struct {
	mu     sync.Mutex
	boards map[string]map[int]*place
	fail   error
	hold   chan struct{} // not nil: writing waits until it is closed
	writes int
}

type place struct {
	records [][]byte
	unsent  bool
	aside   [][][]byte
	owner   *slot
}

// Shelf returns the one of a board.
func (d *Device) Shelf(board string) client.Shelf { return &shelf{d, board} }

// Fail makes everything fail from now on, with nil nothing.
func (d *Device) Fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = err
}

// Hold makes writing wait until Release.
func (d *Device) Hold() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hold = make(chan struct{})
}

// Release lets writing go on.
func (d *Device) Release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.hold)
	d.hold = nil
}

// Writes returns how many records were written.
func (d *Device) Writes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes
}

// Unsent reports whether a slot's last record said that it has unsent changes.
func (d *Device) Unsent(board string, slot int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.place(board, slot).unsent
}

// Aside returns how often a slot was set aside.
func (d *Device) Aside(board string, slot int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.place(board, slot).aside)
}

// Put writes the records of a slot, whoever has it.
func (d *Device) Put(board string, slot int, records ...[]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.place(board, slot).records = records
}

// Crash ends the programs that have the given slots, all if none is given: the
// slots are free, and whatever those programs still write is lost.
func (d *Device) Crash(slots ...int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, places := range d.boards {
		for n, p := range places {
			if len(slots) == 0 || slices.Contains(slots, n) {
				p.owner = nil
			}
		}
	}
}

func (d *Device) place(board string, slot int) *place {
	if d.boards == nil {
		d.boards = map[string]map[int]*place{}
	}
	if d.boards[board] == nil {
		d.boards[board] = map[int]*place{}
	}
	p := d.boards[board][slot]
	if p == nil {
		p = &place{}
		d.boards[board][slot] = p
	}
	return p
}

type shelf struct {
	d     *Device
	board string
}

func (s *shelf) Slots(context.Context) ([]int, error) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	var slots []int
	for n, p := range s.d.boards[s.board] {
		if len(p.records) > 0 {
			slots = append(slots, n)
		}
	}
	slices.Sort(slots)
	return slots, s.d.fail
}

func (s *shelf) Read(_ context.Context, slot int) ([][]byte, error) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	return slices.Clone(s.d.place(s.board, slot).records), s.d.fail
}

func (s *shelf) Take(_ context.Context, n int) (client.Slot, error) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	p := s.d.place(s.board, n)
	if s.d.fail != nil || p.owner != nil {
		return nil, s.d.fail
	}
	p.owner = &slot{s, n}
	return p.owner, nil
}

type slot struct {
	*shelf
	n int
}

// write changes what a slot has, if that is still its program's.
func (s *slot) write(ctx context.Context, change func(*place)) error {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	for hold := s.d.hold; hold != nil; hold = s.d.hold {
		s.d.mu.Unlock()
		select {
		case <-hold:
		case <-ctx.Done():
		}
		s.d.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	p := s.d.place(s.board, s.n)
	if s.d.fail == nil && p.owner == s {
		change(p)
		s.d.writes++
	}
	return s.d.fail
}

func (s *slot) Append(ctx context.Context, r client.Record) error {
	return s.write(ctx, func(p *place) { p.records, p.unsent = append(p.records, slices.Clone(r.Data)), r.Unsent })
}

func (s *slot) Replace(ctx context.Context, r client.Record) error {
	return s.write(ctx, func(p *place) { p.records, p.unsent = [][]byte{slices.Clone(r.Data)}, r.Unsent })
}

func (s *slot) Remove(ctx context.Context) error {
	return s.write(ctx, func(p *place) { p.records, p.unsent = nil, false })
}

func (s *slot) SetAside(ctx context.Context) error {
	return s.write(ctx, func(p *place) {
		if p.records != nil {
			p.aside = append(p.aside, p.records)
		}
		p.records, p.unsent = nil, false
	})
}

func (s *slot) Close() {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if p := s.d.place(s.board, s.n); p.owner == s {
		p.owner = nil
	}
}
