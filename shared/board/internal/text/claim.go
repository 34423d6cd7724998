package text

import (
	"cmp"
	"iter"
	"slices"
)

// claim says that the characters of n local ids from cid on, which have consecutive numbers, were inserted with
// other origins than those that count (see IntegrateInsert): the first one behind left, each of the others
// behind the one before, all before right. Nothing looks at it but what passes the insertion on: to those for
// whom other characters are there, or are not, something else may count.
type claim struct {
	cid, n      uint32
	left, right ID
}

// claim notes what was stated of the n newest characters, of which counted is the right origin that counts.
func (a *Arena) claim(n uint32, left, right, counted ID) {
	first := a.chars.n - n
	if right == counted {
		n = 1 // the others have their left origin in any case
	}
	a.claims = append(a.claims, claim{first, n, left, right})
}

// stated gives the stated origins of the character cid, of which left and right count, and how many of the n
// from it on have theirs in common with it.
func (a *Arena) stated(cid, n uint32, left, right ID) (uint32, ID, ID) {
	i, _ := slices.BinarySearchFunc(a.claims, cid, func(c claim, cid uint32) int { return cmp.Compare(c.cid+c.n-1, cid) })
	if i == len(a.claims) {
		return n, left, right
	}
	switch c := &a.claims[i]; {
	case c.cid > cid:
		return min(n, c.cid-cid), left, right
	case c.cid < cid:
		return min(n, c.cid+c.n-cid), left, c.right
	default:
		return min(n, c.n), c.left, c.right
	}
}

// Claim is a run of characters, numbered from ID.Seq on, that were inserted with other origins than those that
// count: Left of the first one, which of the others is the one before, and Right of all.
type Claim struct {
	ID          ID
	Len         uint32
	Left, Right ID
}

// Claims yields the claims there are, by replica in the order of place and by number: as few as can be.
func (a *Arena) Claims(place []uint32) iter.Seq[Claim] {
	list := make([]Claim, len(a.claims))
	for i, c := range a.claims {
		list[i] = Claim{a.name(c.cid), c.n, c.left, c.right}
	}
	slices.SortFunc(list, func(x, y Claim) int {
		return cmp.Or(cmp.Compare(place[x.ID.Slot], place[y.ID.Slot]), cmp.Compare(x.ID.Seq, y.ID.Seq))
	})
	return func(yield func(Claim) bool) {
		for i := 0; i < len(list); {
			c := list[i]
			for i++; i < len(list) && c.follow(list[i]); i++ {
				c.Len += list[i].Len
			}
			if !yield(c) {
				return
			}
		}
	}
}

// follow reports whether d goes on where c ends.
func (c Claim) follow(d Claim) bool {
	return d.ID == ID{c.ID.Slot, c.ID.Seq + c.Len} && d.Left == ID{c.ID.Slot, d.ID.Seq - 1} && c.Right == d.Right
}

// HasClaims reports whether there are any.
func (a *Arena) HasClaims() bool { return len(a.claims) > 0 }

// LoadClaims notes claims for characters that were loaded. It reports whether these characters are there, and
// have one claim each.
func (a *Arena) LoadClaims(list []Claim) bool {
	for _, c := range list {
		have := uint32(0)
		a.eachPart(c.ID, c.Len, func(ri, cid, k, seq uint32) {
			l := claim{cid, k, c.Left, c.Right}
			if seq != c.ID.Seq {
				l.left = ID{c.ID.Slot, seq - 1}
			}
			a.claims = append(a.claims, l)
			have += k
		})
		if have != c.Len {
			return false
		}
	}
	slices.SortFunc(a.claims, func(x, y claim) int { return cmp.Compare(x.cid, y.cid) })
	for i := range a.claims[1:] {
		if a.claims[i].cid+a.claims[i].n > a.claims[i+1].cid {
			return false
		}
	}
	return true
}
