package editor

import (
	"slices"
	"unicode/utf8"
)

// change is how one text differs from another one: at a place, in characters, some
// were removed and others inserted.
type change struct {
	at, removed int
	inserted    string
}

// difference finds out how a text was changed. caret is where the person's caret is
// in it afterwards, in bytes: of letters that are all the same it tells which were
// typed or deleted, those before it.
func difference(before, after string, caret int) change {
	// What lies behind the caret has not changed, as far as both texts agree.
	behind := commonEnd(before, after[caret:])
	at := commonBeginning(before[:len(before)-behind], after[:len(after)-behind])
	removed, inserted := before[at:len(before)-behind], after[at:len(after)-behind]
	if removed != "" && inserted != "" {
		// A word was replaced: of that the ends may agree too.
		more := commonEnd(removed, inserted)
		removed, inserted = removed[:len(removed)-more], inserted[:len(inserted)-more]
	}
	return change{utf8.RuneCountInString(before[:at]), utf8.RuneCountInString(removed), inserted}
}

// commonBeginning returns the length of what two texts begin with, in bytes of whole
// characters.
func commonBeginning(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && (n < len(a) && !utf8.RuneStart(a[n]) || n < len(b) && !utf8.RuneStart(b[n])) {
		n--
	}
	return n
}

// commonEnd returns the length of what two texts end with, in bytes of whole
// characters.
func commonEnd(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && !utf8.RuneStart(a[len(a)-n]) {
		n--
	}
	return n
}

// track says where the characters of the field are in the document: it is the
// document's text as stretches, of which each is some of the field's text, in its
// order, or what was inserted since without the field. Lengths are in characters.
type track []stretch

type stretch struct {
	field int // where it is in the field, -1 if it is not
	n     int
}

// joins reports whether a stretch goes on as another one.
func (s stretch) joins(t stretch) bool {
	return s.field < 0 && t.field < 0 || s.field >= 0 && s.field+s.n == t.field
}

// split makes a stretch begin at a place of the document, and returns which one.
func (t track) split(at int) (track, int) {
	for i, s := range t {
		if at <= 0 {
			return t, i
		}
		if at < s.n {
			rest := stretch{s.field, s.n - at}
			if s.field >= 0 {
				rest.field += at
			}
			t[i].n = at
			return slices.Insert(t, i+1, rest), i + 1
		}
		at -= s.n
	}
	return t, len(t)
}

// join puts together what belongs together.
func (t track) join() track {
	var joined track
	for _, s := range t {
		if last := len(joined) - 1; last >= 0 && joined[last].joins(s) {
			joined[last].n += s.n
		} else if s.n > 0 {
			joined = append(joined, s)
		}
	}
	return joined
}

// insert notes that the document has something more at a place.
func (t track) insert(at int, s stretch) track {
	t, i := t.split(at)
	return slices.Insert(t, i, s).join()
}

// remove notes that n characters of the document have gone.
func (t track) remove(at, n int) track {
	t, from := t.split(at)
	t, to := t.split(at + n)
	return slices.Delete(t, from, to).join()
}

// place returns where in the document a place of the field is: behind the character
// that it is behind of in the field, or where that was.
func (t track) place(field int) int {
	place, at := 0, 0
	for _, s := range t {
		if s.field >= 0 {
			if s.field >= field {
				break
			}
			place = at + min(s.n, field-s.field)
		}
		at += s.n
	}
	return place
}

// change carries out a change of the field. Of the document only what the field has
// removed is removed; splice is called with that, and with what is inserted.
func (t track) change(c change, splice func(at, remove int, insert string)) track {
	place := t.place(c.at)
	at := 0
	for _, s := range t {
		at += s.n
	}
	changed := slices.Clone(t)
	for _, s := range slices.Backward(t) {
		at -= s.n
		from, to := max(s.field, c.at), min(s.field+s.n, c.at+c.removed)
		if s.field >= 0 && from < to {
			// What is behind it stays where it is until it is looked at.
			splice(at+from-s.field, to-from, "")
			changed = changed.remove(at+from-s.field, to-from)
		}
	}
	n := utf8.RuneCountInString(c.inserted)
	changed, i := changed.split(place)
	for k := range changed[i:] {
		if s := &changed[i+k]; s.field >= 0 {
			s.field += n - c.removed
		}
	}
	if n == 0 {
		return changed.join()
	}
	splice(place, 0, c.inserted)
	return slices.Insert(changed, i, stretch{c.at, n}).join()
}
