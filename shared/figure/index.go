package figure

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// index finds boxes in a part of the plane. It is a hierarchical hash grid: each
// level has square cells of twice the side of those below, and a box is kept in
// one cell of the lowest level whose cells are at least as large as the box, by
// its top left corner. So it reaches no further than into the next cell to the
// right and below, and there is nothing to find twice.
//
// A box that is empty or has a NaN is nowhere. The zero index has nothing in it.
type index struct {
	slots map[board.ID]int32
	boxes []indexed
	// free heads the list of boxes that were removed, linked by next; it and all
	// other links are one more than what they lead to, so that 0 is the end.
	free   int32
	levels [indexLevels]map[cell]int32 // the first box of each cell that has any
	all    geom.Box
	stale  bool // all may be too large
}

// indexed is a box in the list of its cell.
type indexed struct {
	id         board.ID
	box        geom.Box
	next, prev int32
	at         cell
	level      int8
}

// cell is where a cell lies in its level, counted in cells from the origin.
type cell struct{ x, y int32 }

const (
	// Cells of the lowest level have sides of 1<<lowestCell board units: what is
	// smaller than that seldom lies so dense that smaller ones would pay.
	lowestCell = 6
	// Up to indexReach from the origin the cells of all levels can be counted in
	// 32 bits. Nothing that is drawn lies further.
	indexReach = 1 << (lowestCell + 30)
	// The last level has one cell, with what is too large or too far for the
	// others.
	indexLevels = 32
	farLevel    = indexLevels - 1
)

// put adds a box, in place of the one of the same name.
func (x *index) put(id board.ID, box geom.Box) {
	slot, known := x.slots[id]
	switch {
	case known && x.boxes[slot].box == box:
		return
	case known:
		x.remove(id)
	}
	if !(box.Min.X <= box.Max.X && box.Min.Y <= box.Max.Y) {
		return
	}
	if x.slots == nil {
		x.slots, x.all = map[board.ID]int32{}, geom.NoBox
	}
	if x.free > 0 {
		slot = x.free - 1
		x.free = x.boxes[slot].next
	} else {
		slot = int32(len(x.boxes))
		x.boxes = append(x.boxes, indexed{})
	}
	level := levelOf(box)
	at := cellOf(level, box.Min)
	if x.levels[level] == nil {
		x.levels[level] = map[cell]int32{}
	}
	next := x.levels[level][at]
	if next > 0 {
		x.boxes[next-1].prev = slot + 1
	}
	x.levels[level][at] = slot + 1
	x.boxes[slot] = indexed{id: id, box: box, next: next, at: at, level: int8(level)}
	x.slots[id] = slot
	x.all = x.all.Union(box)
}

// remove removes a box, if there is one.
func (x *index) remove(id board.ID) {
	slot, known := x.slots[id]
	if !known {
		return
	}
	b := &x.boxes[slot]
	if b.next > 0 {
		x.boxes[b.next-1].prev = b.prev
	}
	switch cells := x.levels[b.level]; {
	case b.prev > 0:
		x.boxes[b.prev-1].next = b.next
	case b.next > 0:
		cells[b.at] = b.next
	default:
		delete(cells, b.at)
	}
	if b.box.Min.X <= x.all.Min.X || b.box.Min.Y <= x.all.Min.Y || b.box.Max.X >= x.all.Max.X || b.box.Max.Y >= x.all.Max.Y {
		x.stale = true
	}
	*b = indexed{box: geom.NoBox, next: x.free}
	x.free = slot + 1
	delete(x.slots, id)
}

// in yields the names of the boxes that overlap a part of the plane, in no
// order. yield may not change the index.
func (x *index) in(part geom.Box, yield func(board.ID)) {
	if !(part.Min.X <= part.Max.X && part.Min.Y <= part.Max.Y) {
		return
	}
	list := func(first int32) {
		for link := first; link > 0; {
			b := &x.boxes[link-1]
			if b.box.Overlaps(part) {
				yield(b.id)
			}
			link = b.next
		}
	}
	for level, cells := range x.levels {
		if len(cells) == 0 {
			continue
		}
		from, to := cellOf(level, part.Min), cellOf(level, part.Max)
		// Boxes reach into the next cell.
		from.x--
		from.y--
		if wide, high := int64(to.x)-int64(from.x)+1, int64(to.y)-int64(from.y)+1; wide*high <= int64(len(cells)) {
			for cy := from.y; cy <= to.y; cy++ {
				for cx := from.x; cx <= to.x; cx++ {
					list(cells[cell{cx, cy}])
				}
			}
			continue
		}
		for at, first := range cells {
			if from.x <= at.x && at.x <= to.x && from.y <= at.y && at.y <= to.y {
				list(first)
			}
		}
	}
}

// bounds returns the smallest box around all boxes.
func (x *index) bounds() geom.Box {
	if x.stale || len(x.slots) == 0 {
		x.all, x.stale = geom.NoBox, false
		for i := range x.boxes {
			x.all = x.all.Union(x.boxes[i].box)
		}
	}
	return x.all
}

// levelOf returns the level of a box.
func levelOf(b geom.Box) int {
	reach := max(-b.Min.X, -b.Min.Y, b.Max.X, b.Max.Y)
	if !(reach <= indexReach) || b.Min.X > indexReach || b.Min.Y > indexReach {
		return farLevel
	}
	_, exp := math.Frexp(max(b.Max.X-b.Min.X, b.Max.Y-b.Min.Y))
	return min(max(exp-lowestCell, 0), farLevel)
}

// cellOf returns the cell of a level that a place lies in; beyond indexReach it
// is one of the last.
func cellOf(level int, p geom.Point) cell {
	if level == farLevel {
		return cell{}
	}
	side := math.Ldexp(1, level+lowestCell)
	count := func(v float64) int32 {
		return int32(math.Floor(min(max(v, -indexReach), indexReach) / side))
	}
	return cell{count(p.X), count(p.Y)}
}
