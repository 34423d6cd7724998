package narrator

import (
	"slices"
	"strings"

	"edgeboard/public/texts"
	"edgeboard/shared/board"
	"edgeboard/shared/figure"
)

// mostDigested is how many elements a Digest knows by name at most. Of more it says
// no more: they are many.
const mostDigested = 4096

// mostPeople is of how many people a Digest tells by name.
const mostPeople = 3

// Digest gathers what others do on a board, to be told at times in few words. The
// zero Digest is empty.
type Digest struct {
	deeds map[board.ID]*deed
	order []board.ID // in which they were touched first
}

// deed is what has become of an element.
type deed struct {
	who  string
	what string // a text: said.added, said.changed or said.deleted
}

// Take takes a change that somebody has made; who is a name, "" if that is not known.
func (d *Digest) Take(e board.Event, who string) {
	if e.Element == nil || !figure.Drawn(e.Element.Kind()) {
		return
	}
	id := e.Element.ID()
	was := d.deeds[id]
	what := "said.changed"
	switch {
	case e.Kind == board.Created:
		what = "said.added"
	case e.Kind == board.Set && e.Key == board.KeyDeleted && e.Element.Deleted():
		if was != nil && was.what == "said.added" { // it is as if it had never been
			delete(d.deeds, id)
			return
		}
		what = "said.deleted"
	case e.Kind == board.Set && e.Key == board.KeyDeleted:
		what = "said.added" // again
	}
	switch {
	case was == nil && len(d.order) < mostDigested:
		if d.deeds == nil {
			d.deeds = map[board.ID]*deed{}
		}
		d.deeds[id] = &deed{who, what}
		d.order = append(d.order, id)
	case was != nil && what != "said.changed":
		was.what, was.who = what, who
	case was != nil && was.who == "":
		was.who = who
	}
}

// Empty reports whether there is nothing to tell.
func (d *Digest) Empty() bool { return len(d.deeds) == 0 }

// Tell says what was done since the last time, and empties the Digest: "" if that is
// nothing. Who has voted for what is not told.
func (d *Digest) Tell(l texts.Language, doc *board.Board) string {
	type line struct {
		deed
		kind  string
		count int
	}
	var lines []*line
	var people []string
	for _, id := range d.order {
		done, e := d.deeds[id], doc.Element(id)
		if done == nil || e == nil || e.Kind() == board.KindStamp && e.Get(board.KeyParent).Ref() != (board.ID{}) {
			continue
		}
		delete(d.deeds, id) // it may stand in order twice
		deed := *done
		if !slices.Contains(people, deed.who) {
			if len(people) == mostPeople {
				deed.who = l.Text("said.others")
			} else {
				people = append(people, deed.who)
			}
		}
		i := slices.IndexFunc(lines, func(n *line) bool { return n.deed == deed })
		if i < 0 {
			i, lines = len(lines), append(lines, &line{deed: deed, kind: kindKey(e.Kind())})
		}
		if lines[i].count++; lines[i].kind != kindKey(e.Kind()) {
			lines[i].kind = "kind.element"
		}
	}
	clear(d.deeds)
	d.order = d.order[:0]
	var sentences []string
	for _, n := range lines {
		who := n.who
		if who == "" {
			who = l.Text("said.somebody")
		}
		sentences = append(sentences, l.Text(n.what, who, l.Count(n.kind+"-count", n.count)))
	}
	return strings.Join(sentences, " ")
}
