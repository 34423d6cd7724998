// Package narrator says in words what is on a board and what becomes of it, for who
// hears it rather than sees it. It chooses what is said and in which order; the texts
// are those of package texts. It knows no browser, and has no goroutine.
package narrator

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// How much of a text is said, in characters: of an element itself, and of one that
// another is named by.
const (
	mostQuoted = 120
	fewQuoted  = 30
)

// Item is an element of the board in words.
type Item struct {
	ID   board.ID
	Text string
}

// Read says what lies around a part of the board, in the order in which it is read:
// in rows, and what is in a frame after the frame. Of more than most elements it is
// the nearest ones; more is how many there are besides.
func Read(l texts.Language, set *figure.Set, live Live, around geom.Box, most int) (items []Item, more int) {
	list, more := nearest(set, around, most)
	within := map[board.ID][]*figure.Figure{}
	listed := map[board.ID]bool{}
	for _, f := range list {
		listed[f.ID()] = true
	}
	for _, f := range list {
		in := board.ID{}
		if frame := set.Around(f); frame != nil && listed[frame.ID()] {
			in = frame.ID()
		}
		within[in] = append(within[in], f)
	}
	var read func(in board.ID)
	read = func(in board.ID) {
		contents := within[in]
		delete(within, in) // frames that held one another would have no end
		for _, f := range figure.ReadingOrder(contents) {
			items = append(items, Item{f.ID(), Describe(l, set, live, f)})
			read(f.ID())
		}
	}
	read(board.ID{})
	return items, more
}

// nearest returns at most so many figures, those that lie nearest to the middle of a
// part of the board, and how many there are besides. What shows nothing is left out.
func nearest(set *figure.Set, around geom.Box, most int) (list []*figure.Figure, more int) {
	found := nearby(set, around.Center(), most)
	if len(found) > most {
		more, found = set.Len()-most, found[:most]
	}
	for _, f := range found {
		if g := set.Of(f.Element.ID()); g != nil {
			list = append(list, g)
		}
	}
	return list, more
}

// near is a figure, and how far from a place it lies.
type near struct {
	figure.Found
	dist float64
}

// nearby returns at least so many figures, if there are as many, those that lie nearest to
// a place first. On a board of a hundred thousand it looks no further around than it must.
func nearby(set *figure.Set, at geom.Point, least int) (list []near) {
	all := set.Bounds()
	size := all.Size()
	// As many lie within this if they lie as close everywhere.
	reach := max(math.Sqrt(size.X*size.Y*float64(least)/float64(max(set.Len(), 1))), 1)
	if set.Len() <= least {
		reach = math.Inf(1)
	}
	var found []figure.Found
	for whole := false; !whole; reach *= 2 {
		part := geom.BoxOf(at, at).Grow(reach)
		if whole = math.IsInf(reach, 1) || math.IsNaN(reach) || part.ContainsBox(all); whole {
			part, reach = all, math.Inf(1)
		}
		found = set.Find(found[:0], part)
		list = list[:0]
		within := 0
		for _, f := range found {
			list = append(list, near{f, f.Bounds.Dist(at)})
			if list[len(list)-1].dist <= reach {
				within++ // of what is further away there may be nearer beside the part
			}
		}
		if within >= least {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b near) int { return cmp.Compare(a.dist, b.dist) })
	return list
}

// Describe says what an element is, what it says, what it looks like and where it
// lies: from the middle of the board, in its units. Of a tile of live data it says what
// that shows.
func Describe(l texts.Language, set *figure.Set, live Live, f *figure.Figure) string {
	parts := []string{live.tell(l, f, called(l, set, f), mostTold)}
	switch k := f.Kind(); {
	case k == board.KindImage, k == board.KindStamp, k == board.KindTimer, k == board.KindVote, k == board.KindFrame, k == board.KindTile:
	case k == board.KindNote:
		parts = append(parts, Color(l, cmp.Or(f.Style.Fill, figure.NoteColor)))
	default:
		parts = append(parts, Color(l, f.Style.Color))
		if f.Style.Filled {
			parts = append(parts, l.Text("said.filled", Color(l, f.Style.Fill)))
		}
	}
	parts = append(parts, Where(l, f))
	if frame := set.Around(f); frame != nil {
		parts = append(parts, l.Text("said.in-frame", name(l, frame, fewQuoted)))
	}
	if f.Group() != (board.ID{}) {
		parts = append(parts, l.Text("said.grouped"))
	}
	if f.Locked() {
		parts = append(parts, l.Text("said.locked"))
	}
	all := parts[0]
	for _, p := range parts[1:] {
		all = l.Text("said.comma", all, p)
	}
	return all
}

// called says what an element is and says, and between which others an arrow goes.
func called(l texts.Language, set *figure.Set, f *figure.Figure) string {
	own := name(l, f, mostQuoted)
	if f.Kind() != board.KindArrow {
		return own
	}
	other := func(key board.Key) string {
		if g := set.Of(f.Element.Get(key).Ref()); g != nil {
			return name(l, g, fewQuoted)
		}
		return ""
	}
	switch from, to := other(board.KeyStart), other(board.KeyEnd); {
	case from != "" && to != "":
		return l.Text("said.from-to", own, from, to)
	case from != "":
		return l.Text("said.from", own, from)
	case to != "":
		return l.Text("said.to", own, to)
	}
	return own
}

// Name says what an element is, and the beginning of what it says, or shows.
func Name(l texts.Language, live Live, f *figure.Figure) string {
	return live.tell(l, f, name(l, f, fewQuoted), fewTold)
}

func name(l texts.Language, f *figure.Figure, most int) string {
	kind := l.Text(kindKey(f.Kind()))
	if symbol := f.Symbol(); symbol != nil {
		if key := "stamp." + symbol.Name; texts.Has(key) {
			kind = l.Text(key)
		}
	}
	if said := cut(f.Element.Text(), most); said != "" {
		return l.Text("said.quoted", kind, said)
	}
	return kind
}

// cut returns the beginning of a text, on one line.
func cut(text string, most int) string {
	if len(text) > 8*most { // not all of a long one is looked at
		text = text[:8*most]
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// Where says where an element lies.
func Where(l texts.Language, f *figure.Figure) string {
	at := f.Frame.Bounds().Min
	key := "said.right-down"
	switch left, up := at.X <= -0.5, at.Y <= -0.5; {
	case left && up:
		key = "said.left-up"
	case left:
		key = "said.left-down"
	case up:
		key = "said.right-up"
	}
	number := func(v float64) string { return strconv.Itoa(int(math.Abs(math.Round(v)))) }
	return l.Text(key, number(at.X), number(at.Y))
}

// kindKeys are the texts of kinds. Those of several are the same and -count.
var kindKeys = map[board.Kind]string{
	board.KindStroke: "kind.stroke", board.KindRectangle: "kind.rectangle", board.KindEllipse: "kind.ellipse", board.KindDiamond: "kind.diamond",
	board.KindLine: "kind.line", board.KindArrow: "kind.arrow", board.KindText: "kind.text", board.KindNote: "kind.note", board.KindFrame: "kind.frame",
	board.KindImage: "kind.image", board.KindStamp: "kind.stamp", board.KindTimer: "kind.timer", board.KindVote: "kind.vote",
	board.KindTile: "kind.tile",
}

func kindKey(k board.Kind) string { return cmp.Or(kindKeys[k], "kind.element") }

// named are the colours that have a name: those that can be chosen, of lines and of
// what is filled.
var named = []struct {
	rgb uint32
	key string
}{
	{0x1e1e1e, "color.black"}, {0x8a8a8a, "color.grey"}, {0xe6e6e6, "color.grey"}, {0xffffff, "color.white"},
	{0xe03131, "color.red"}, {0xffc9c9, "color.red"}, {0xf08c00, "color.orange"}, {0xffd8a8, "color.orange"},
	{0xffd43b, "color.yellow"}, {0xffe08a, "color.yellow"}, {0x2f9e44, "color.green"}, {0xb9efc3, "color.green"},
	{0x0c8599, "color.teal"}, {0xa9e8ec, "color.teal"}, {0x1971c2, "color.blue"}, {0xb0d6ff, "color.blue"},
	{0x9c36b5, "color.purple"}, {0xe3c8fa, "color.purple"}, {0xd6336c, "color.pink"}, {0xffc6de, "color.pink"},
}

// Color says what a colour, 0xRRGGBB, is called: as the one of those with a name that
// looks most like it.
func Color(l texts.Language, rgb uint32) string {
	best, least := "", math.Inf(1)
	for _, c := range named {
		// Weighted as eyes do, roughly (Riemersma, "Colour metric").
		r := (float64(rgb>>16&0xff) + float64(c.rgb>>16&0xff)) / 2
		dr, dg, db := float64(rgb>>16&0xff)-float64(c.rgb>>16&0xff), float64(rgb>>8&0xff)-float64(c.rgb>>8&0xff), float64(rgb&0xff)-float64(c.rgb&0xff)
		if d := (2+r/256)*dr*dr + 4*dg*dg + (2+(255-r)/256)*db*db; d < least {
			best, least = c.key, d
		}
	}
	return strings.ToLower(l.Text(best))
}
