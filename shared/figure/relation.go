package figure

import (
	"maps"
	"slices"

	"edgeboard/shared/board"
)

// relation is which elements name something: the frame that they are in, the
// picture that they show.
type relation[K comparable] map[K]map[board.ID]bool

// move notes that an element names another thing than before. The zero K is none.
func (r relation[K]) move(id board.ID, before, after K) {
	var none K
	if before == after {
		return
	}
	if before != none {
		delete(r[before], id)
		if len(r[before]) == 0 {
			delete(r, before)
		}
	}
	if after != none {
		if r[after] == nil {
			r[after] = map[board.ID]bool{}
		}
		r[after][id] = true
	}
}

// of returns those that name a thing, in no order.
func (r relation[K]) of(k K) []board.ID { return slices.Collect(maps.Keys(r[k])) }
