package board

import "edgeboard/shared/wire"

// Confined reports whether all that updates do was written by one replica, and
// creates elements of kinds that may allows or changes such elements. It is for who
// takes updates of somebody who may not do everything, and changes nothing. What
// cannot be told is not confined: updates that do not parse, elements that the board
// does not have, operations of a later version.
func (b *Board) Confined(updates []byte, by Replica, may func(Kind) bool) bool {
	d := &b.dec
	defer d.shrink()
	var news map[ID]created
	for len(updates) > 0 {
		u, rest, err := wire.Bytes(updates)
		if err != nil || len(u) > MaxUpdate || d.decode(u) != nil || d.replica != by {
			return false
		}
		updates = rest
		for i := range d.ops {
			o := &d.ops[i]
			kind := o.kind
			switch {
			case o.tag == opSkip:
				continue
			case o.tag >= opFirstUnknown:
				return false
			case o.tag == opCreate:
				news = note(news, ID{by, o.seq}, created{kind: kind})
			default:
				c, known := news[o.element]
				if el := b.Element(o.element); el != nil {
					c.kind = el.kind
				} else if !known {
					return false
				}
				kind = c.kind
			}
			if !may(kind) {
				return false
			}
		}
	}
	return true
}
