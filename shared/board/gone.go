package board

import (
	"cmp"
	"slices"

	"edgeboard/shared/board/internal/text"
)

// goneRange says what has become of the characters of one replica with the n
// numbers from seq on, that were removed when an epoch began: an insertion of
// before counts left as its left origin where it names one of them, and right
// as its right one (B51). Numbers that are no characters may be among them.
type goneRange struct {
	left, right text.ID // the nearest characters that stayed, or text.None
	seq, n      uint32
	epoch       uint32 // that began with the removal
}

func (r *goneRange) end() uint32 { return r.seq + r.n }

// same reports whether two ranges say the same.
func (r *goneRange) same(o *goneRange) bool {
	return r.left == o.left && r.right == o.right && r.epoch == o.epoch
}

// findGone returns the range of ascending ones that has a number, or nil.
func findGone(list []goneRange, seq uint32) *goneRange {
	i, _ := slices.BinarySearchFunc(list, seq, func(r goneRange, seq uint32) int { return cmp.Compare(r.end()-1, seq) })
	if i < len(list) && list[i].seq <= seq {
		return &list[i]
	}
	return nil
}

// goneOf returns the ranges of a replica.
func (b *Board) goneOf(s text.Slot) []goneRange {
	if int(s) < len(b.gone) {
		return b.gone[s]
	}
	return nil
}

// removed returns what has become of a character, nil if it was not removed.
func (b *Board) removed(id text.ID) *goneRange {
	return findGone(b.goneOf(id.Slot), id.Seq)
}

// translate gives the insertions of an update of an older epoch origins that
// they have in this one.
func (b *Board) translate(d *decoder) {
	for i := range d.ops {
		if o := &d.ops[i]; o.tag == opInsert || o.tag == opHidden {
			if r := b.removed(b.char(o.left)); r != nil && uint64(r.epoch) > d.epoch {
				o.left = b.charID(r.left)
			}
			if r := b.removed(b.char(o.right)); r != nil && uint64(r.epoch) > d.epoch {
				o.right = b.charID(r.right)
			}
		}
	}
}

// bury returns the ranges of the next epoch, by slot; c has the texts that are
// left, dead is whether an element goes.
func (b *Board) bury(c *text.Arena, dead func(*Element) bool) [][]goneRange {
	epoch := uint32(b.epoch + 1)
	fresh := make([][]goneRange, len(b.writers))
	for t, e := range b.textOf {
		last := text.None
		type place struct{ slot, at int }
		var open []place // ranges whose right survivor is to come
		for s := range b.texts.Stretches(text.Text(t)) {
			if s.Life&1 == 0 || dead(e) {
				list := fresh[s.ID.Slot]
				open = append(open, place{int(s.ID.Slot), len(list)})
				fresh[s.ID.Slot] = append(list, goneRange{last, text.None, s.ID.Seq, s.Len, epoch})
				continue
			}
			for _, p := range open {
				fresh[p.slot][p.at].right = s.ID
			}
			open = open[:0]
			last = text.ID{Slot: s.ID.Slot, Seq: s.ID.Seq + s.Len - 1}
		}
	}
	for _, list := range fresh {
		slices.SortFunc(list, func(x, y goneRange) int { return cmp.Compare(x.seq, y.seq) })
	}
	next := make([][]goneRange, len(b.writers))
	for s := range next {
		old := slices.Clone(b.goneOf(text.Slot(s)))
		old = slices.DeleteFunc(old, func(r goneRange) bool { return r.epoch+MaxEpochs <= epoch })
		for i := range old {
			// What they count as may be removed in its turn.
			r := &old[i]
			if r.left != text.None {
				if f := findGone(fresh[r.left.Slot], r.left.Seq); f != nil {
					r.left = f.left
				}
			}
			if r.right != text.None {
				if f := findGone(fresh[r.right.Slot], r.right.Seq); f != nil {
					r.right = f.right
				}
			}
		}
		next[s] = lay(old, fresh[s], freeNumbers(c, text.Slot(s), b.writers[s].seq))
	}
	return next
}

// span is the numbers from first to last.
type span struct{ first, last uint32 }

// freeNumbers lists the stretches of the numbers up to last that no character
// of the replica has.
func freeNumbers(c *text.Arena, s text.Slot, last uint32) (free []span) {
	next := uint32(1)
	for seq, n := range c.Numbers(s) {
		if seq > last {
			break
		}
		if seq > next {
			free = append(free, span{next, seq - 1})
		}
		next = seq + n
	}
	if next <= last {
		free = append(free, span{next, last})
	}
	return free
}

// lay puts ranges of before and new ones together. A stretch of free numbers
// that has new ones is covered by them, as far as it is not by others: most
// stretches then are one range, whose bounds need not be told.
func lay(old, fresh []goneRange, free []span) (out []goneRange) {
	for _, f := range free {
		next := f.first     // not covered so far
		var last *goneRange // a new one of this stretch, which goes on to the next
		for {
			takeOld := len(old) > 0 && old[0].seq <= f.last
			takeNew := len(fresh) > 0 && fresh[0].seq <= f.last
			if takeOld && takeNew {
				takeOld = old[0].seq < fresh[0].seq
				takeNew = !takeOld
			}
			var r goneRange
			switch {
			case takeOld:
				r, old = old[0], old[1:]
				if last != nil {
					last.n = r.seq - last.seq
					last = nil
				}
				if k := len(out); k > 0 && out[k-1].same(&r) && out[k-1].end() == r.seq {
					out[k-1].n += r.n
				} else {
					out = append(out, r)
				}
			case takeNew:
				r, fresh = fresh[0], fresh[1:]
				if last != nil && last.same(&r) {
					break
				}
				if last != nil {
					last.n = r.seq - last.seq
				} else {
					r.seq = next // how many they are follows
				}
				out = append(out, r)
				last = &out[len(out)-1]
			default:
				if last != nil {
					last.n = f.last + 1 - last.seq
				}
			}
			if !takeOld && !takeNew {
				break
			}
			if k := len(out); last == nil && k > 0 {
				next = max(next, out[k-1].end())
			}
		}
	}
	return slices.Clip(out)
}
