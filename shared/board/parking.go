package board

import (
	"maps"
	"slices"

	"edgeboard/shared/wire"
)

// parking holds updates that arrived before what they need, by the operation
// they wait for.
type parking struct {
	waiting map[Replica][]parkedUpdate
	bytes   int
}

type parkedUpdate struct {
	seq  uint64
	data []byte
}

// add takes a copy of u, if there is room.
func (p *parking) add(wait ID, u []byte) error {
	if p.bytes+len(u) > MaxParked {
		return ErrParked
	}
	p.put(wait, slices.Clone(u))
	return nil
}

func (p *parking) put(wait ID, u []byte) {
	if p.waiting == nil {
		p.waiting = make(map[Replica][]parkedUpdate)
	}
	p.waiting[wait.Replica] = append(p.waiting[wait.Replica], parkedUpdate{wait.Seq, u})
	p.bytes += len(u)
}

// release removes and returns the updates that waited for an operation of r up
// to seq, in order of arrival.
func (p *parking) release(r Replica, seq uint64) (free [][]byte) {
	list := p.waiting[r]
	if len(list) == 0 {
		return nil
	}
	stay := list[:0]
	for _, u := range list {
		if u.seq <= seq {
			free = append(free, u.data)
			p.bytes -= len(u.data)
		} else {
			stay = append(stay, u)
		}
	}
	clear(list[len(stay):])
	if len(stay) == 0 {
		delete(p.waiting, r)
	} else {
		p.waiting[r] = stay
	}
	return free
}

// ParkedUpdates returns the updates that wait for others to arrive, ready for
// Apply: they are part of no snapshot and no diff.
func (b *Board) ParkedUpdates() []byte {
	var all []byte
	for _, r := range slices.Sorted(maps.Keys(b.parking.waiting)) {
		for _, u := range b.parking.waiting[r] {
			all = wire.AppendBytes(all, u.data)
		}
	}
	return all
}
