package talk

import (
	"cmp"
	"slices"
	"sort"

	"edgeboard/shared/wire"
)

// Tail is the place behind all messages.
const Tail = ^wire.Stamp(0)

const (
	// Page is how many messages are recalled at once.
	Page = 50
	// MaxTexts and MaxBytes bound what a Log holds, in messages and in bytes of text.
	// Beyond that it forgets those that are the furthest from where somebody looks,
	// which Around, Earlier, Later and Jump are told; they can be recalled.
	MaxTexts = 2000
	MaxBytes = 4 << 20
	// maxCatchUp is how many answers a Log takes to catch up. What has missed more
	// begins anew at the end.
	maxCatchUp = 4
)

// Log is what is known of a conversation. The zero Log knows nothing. A *wire.Text
// that it returns is never changed: when the message is, another takes its place.
type Log struct {
	texts []*wire.Text // by stamp, then ID; what is in no span is not shown
	byID  map[wire.TextID]*wire.Text
	bytes int    // of text in texts
	spans []span // ascending, with something unknown between two
	focus wire.Stamp

	begun bool // an answer has come
	live  bool // what is new comes by itself, and nothing was missed
	// changed is up to where all changes of what is known are known, heard the
	// greatest that was told before this Log had caught up.
	changed, heard wire.Stamp
	// cut is where the tail ended when the connection was lost, if it was known.
	cut    wire.Stamp
	hasCut bool
	// edge is that the relay is cut off from others, and sure, with unsure, changed
	// when that began: what the others have is stamped as if it had come before.
	edge    bool
	unsure  bool
	sure    wire.Stamp
	caught  int // answers so far, of catching up
	drafts  []*Draft
	quoted  map[wire.TextID]*wire.Text // by themselves, for quotes; nil: there is none
	version uint64
}

// span says that all messages whose stamps are in it are known.
type span struct{ from, to wire.Stamp }

// Stretch is a part of a conversation in which no message is missing.
type Stretch struct {
	Texts []*wire.Text // by stamp
	// Drafts are behind Texts, in the order in which they were written, if After is
	// false. Only those that say something are among them (see Log.Changes).
	Drafts []*Draft
	// Before and After say that there may be more on that side.
	Before, After bool
}

// Version is another number whenever something about the Log has changed.
func (l *Log) Version() uint64 { return l.version }

// Live reports whether all is known that was ever changed in what is held: what
// comes from then on is new.
func (l *Log) Live() bool { return l.live }

// Around returns the stretch that has a stamp in it; of Tail the last messages. It
// is empty, with Before and After set, if nothing is known there. The lists are the
// caller's.
func (l *Log) Around(at wire.Stamp) Stretch {
	l.focus = at
	s, ok := l.find(at)
	if !ok {
		return Stretch{Before: true, After: at != Tail, Drafts: l.said(at == Tail)}
	}
	from, to := l.index(s.from), len(l.texts)
	if s.to != Tail {
		to = l.index(s.to + 1)
	}
	st := Stretch{Texts: slices.Clone(l.texts[from:to]), Before: s.from > 0, After: s.to != Tail && at != Tail}
	st.Drafts = l.said(!st.After)
	return st
}

// find returns the span that has a stamp in it. Without a connection the last one
// reaches up to Tail.
func (l *Log) find(at wire.Stamp) (span, bool) {
	for _, s := range l.spans {
		if s.from <= at && at <= s.to {
			return s, true
		}
	}
	if n := len(l.spans); n > 0 && at == Tail && !l.live && l.hasCut {
		return l.spans[n-1], true
	}
	return span{}, false
}

// said returns the drafts that say something.
func (l *Log) said(wanted bool) (list []*Draft) {
	if wanted {
		for _, d := range l.drafts {
			if d.What == wire.SayText {
				list = append(list, d)
			}
		}
	}
	return list
}

// Changes returns the drafts that change a message, in the order in which they were
// written: edits, reactions, its deletion.
func (l *Log) Changes(about wire.TextID) (list []*Draft) {
	for _, d := range l.drafts {
		if d.What != wire.SayText && d.About == about {
			list = append(list, d)
		}
	}
	return list
}

// Text returns a message, nil if it is not known.
func (l *Log) Text(id wire.TextID) *wire.Text { return l.byID[id] }

// Last returns the last message of all, nil if it is not known or there is none.
func (l *Log) Last() *wire.Text {
	s, ok := l.find(Tail)
	n := len(l.texts)
	if !ok || n == 0 || l.texts[n-1].Stamp < s.from {
		return nil
	}
	return l.texts[n-1]
}

// Unread counts the messages after a stamp that others than self have written and
// not taken back. It reports false if not all of them are known.
func (l *Log) Unread(after wire.Stamp, self wire.Person) (n uint32, ok bool) {
	s, ok := l.find(Tail)
	if !ok || after < Tail && s.from > after+1 {
		return 0, false
	}
	for i := len(l.texts) - 1; i >= 0 && l.texts[i].Stamp > after; i-- {
		if t := l.texts[i]; t.Author != self && !t.Deleted && n < wire.MaxUnread {
			n++
		}
	}
	return n, true
}

// Earlier returns what to recall so that more is known before the stretch around a
// stamp. It reports false if there is nothing more.
func (l *Log) Earlier(at wire.Stamp) (wire.Recall, bool) {
	s, ok := l.find(at)
	switch {
	case ok:
	case at == Tail:
		l.focus = Tail
		return page(wire.RecallBefore, 0), true
	default:
		s.from = at
	}
	l.focus = s.from
	return page(wire.RecallBefore, s.from), s.from > 0
}

// Later is Earlier for what is behind the stretch.
func (l *Log) Later(at wire.Stamp) (wire.Recall, bool) {
	s, ok := l.find(at)
	if !ok {
		s.to = max(at, 1) - 1
	}
	if at == Tail {
		return wire.Recall{}, false
	}
	l.focus = s.to
	return page(wire.RecallAfter, s.to), s.to != Tail
}

// Jump returns what to recall so that there is a stretch around a stamp.
func (l *Log) Jump(at wire.Stamp) (list []wire.Recall) {
	if _, ok := l.find(at); ok {
		return nil
	}
	l.focus = at
	if at == Tail {
		return []wire.Recall{page(wire.RecallBefore, 0)}
	}
	if at > 0 {
		list = append(list, page(wire.RecallBefore, at))
	}
	return append(list, page(wire.RecallAfter, max(at, 1)-1))
}

func page(what uint32, from wire.Stamp) wire.Recall {
	return wire.Recall{What: what, Stamp: from, Limit: Page}
}

// Cut tells that the connection is gone: what is new does not come any more.
func (l *Log) Cut() {
	if !l.begun {
		*l = Log{drafts: l.drafts, version: l.version}
	}
	l.caught, l.edge = 0, false
	if n := len(l.spans); n > 0 && l.spans[n-1].to == Tail {
		s := &l.spans[n-1]
		if s.to = s.from; len(l.texts) > 0 {
			s.to = max(s.to, l.texts[len(l.texts)-1].Stamp)
		}
		// One that began with what was told before this Log had caught up is not
		// what changes were missed of.
		if l.live {
			l.cut, l.hasCut = s.to, true
		}
	}
	l.live = false
	l.version++
}

// Edge says whether the relay is cut off from others (wire.CodeEdgeOnly). When it no longer
// is, and until then the connection has not been lost, it has told all that they have said
// meanwhile; otherwise that is recalled.
func (l *Log) Edge(on bool) {
	if on && !l.unsure {
		l.unsure, l.sure = true, l.changed
	}
	l.edge = on
	l.unsure = l.unsure && (on || !l.live)
}

// Stand takes how the conversation stands, by the relay. It returns what to recall
// to be Live, and reports false if that is nothing.
func (l *Log) Stand(t *wire.Talk) (wire.Recall, bool) {
	l.caught = 0
	changed := l.changed
	if l.unsure {
		changed = min(changed, l.sure)
	}
	switch {
	case !l.begun:
		l.heard, l.focus = max(l.heard, t.Changed), Tail
		return page(wire.RecallBefore, 0), true
	case t.Changed > changed:
		return wire.Recall{What: wire.RecallChanged, Stamp: changed, Limit: wire.MaxRecall}, true
	}
	l.caughtUp()
	return wire.Recall{}, false
}

// caughtUp takes note that nothing is missed any more.
func (l *Log) caughtUp() {
	l.live, l.changed = true, max(l.changed, l.heard)
	l.unsure = l.unsure && l.edge
	if l.hasCut {
		l.cover(span{l.cut, Tail})
		l.hasCut = false
	}
	// What was stored is among the messages, or has gone since.
	l.drafts = slices.DeleteFunc(l.drafts, func(d *Draft) bool { return d.State == Stored })
	l.version++
}

// News takes messages that the relay tells of, as they are now.
func (l *Log) News(texts []wire.Text) {
	for i := range texts {
		t := &texts[i]
		if l.heard = max(l.heard, t.Changed); l.live {
			l.changed = max(l.changed, t.Changed)
		}
		if n := len(l.spans); t.Changed == t.Stamp && (n == 0 || l.spans[n-1].to < t.Stamp) {
			l.cover(span{t.Stamp, Tail}) // all that follows comes as well
		}
		// Also one that is in no span: an answer that is under way may cover it, and
		// have been read before this was said or changed.
		l.put(t)
	}
	l.trim()
	l.version++
}

// Take takes the answer to a Recall without Find. It returns what to recall next, and
// reports false if that is nothing.
func (l *Log) Take(q *wire.Recall, a *wire.Said) (next wire.Recall, more bool) {
	l.version++
	if q.What == wire.RecallOne {
		l.takeOne(q.Message, a.Texts)
		return next, false
	}
	n := len(a.Texts)
	if n == 0 && a.More {
		return next, false // it says nothing
	}
	if q.What == wire.RecallChanged {
		next, more = l.takeChanged(q, a)
		l.trim()
		return next, more
	}
	for i := range a.Texts {
		l.heard = max(l.heard, a.Texts[i].Changed)
		l.put(&a.Texts[i])
	}
	first := !l.begun
	if l.begun = true; first {
		l.caughtUp()
	}
	s := span{0, Tail}
	switch {
	case q.What == wire.RecallBefore && q.Stamp > 0:
		s.to = q.Stamp - 1
	case q.What == wire.RecallAfter:
		s.from = q.Stamp + 1
		if a.More {
			s.to = max(s.from, a.Texts[n-1].Stamp)
		}
	}
	if q.What == wire.RecallBefore && a.More {
		s.from = min(s.to, a.Texts[0].Stamp)
	}
	if s.to == Tail && !l.live {
		if s.to = s.from; n > 0 {
			s.to = max(s.from, a.Texts[n-1].Stamp)
		}
	}
	l.cover(s)
	l.trim()
	return next, false
}

// takeChanged takes messages by the stamps of their changes.
func (l *Log) takeChanged(q *wire.Recall, a *wire.Said) (next wire.Recall, more bool) {
	last := q.Stamp
	for i := range a.Texts {
		t := &a.Texts[i]
		last = max(last, t.Changed)
		if l.byID[t.ID] != nil || l.knows(t.Stamp) || l.hasCut && t.Stamp > l.cut {
			l.put(t)
		} else {
			l.requote(t)
		}
	}
	l.changed = max(l.changed, last)
	if l.caught++; !a.More || last == q.Stamp {
		l.caughtUp()
		return next, false
	}
	if l.caught < maxCatchUp {
		return wire.Recall{What: wire.RecallChanged, Stamp: last, Limit: wire.MaxRecall}, true
	}
	*l = Log{drafts: l.drafts, version: l.version, heard: max(l.changed, l.heard), edge: l.edge, unsure: l.edge}
	return page(wire.RecallBefore, 0), true
}

// put takes a message, unless a newer state of it is known.
func (l *Log) put(t *wire.Text) {
	l.drafts = slices.DeleteFunc(l.drafts, func(d *Draft) bool { return d.What == wire.SayText && d.ID == t.ID })
	l.requote(t)
	old := l.byID[t.ID]
	if old != nil && old.Stamp != t.Stamp {
		// A message keeps its place, but for one that was said while its relay was cut off
		// from the others: it was said again.
		if old.Changed >= t.Changed {
			return
		}
		if i, found := slices.BinarySearchFunc(l.texts, old, order); found {
			l.texts = slices.Delete(l.texts, i, i+1)
			l.bytes -= len(old.Text)
		}
	} else if old != nil && old.Changed > t.Changed {
		return
	}
	i, found := slices.BinarySearchFunc(l.texts, t, order)
	if found {
		l.bytes -= len(old.Text)
		l.texts[i] = t
	} else {
		l.texts = slices.Insert(l.texts, i, t)
	}
	l.bytes += len(t.Text)
	if l.byID == nil {
		l.byID = map[wire.TextID]*wire.Text{}
	}
	l.byID[t.ID] = t
}

func order(a, b *wire.Text) int {
	return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), slices.Compare(a.ID[:], b.ID[:]))
}

// index returns where the messages from a stamp on begin.
func (l *Log) index(from wire.Stamp) int {
	i, _ := slices.BinarySearchFunc(l.texts, from, func(t *wire.Text, s wire.Stamp) int { return cmp.Compare(t.Stamp, s) })
	return i
}

// knows reports whether a stamp is in a span.
func (l *Log) knows(at wire.Stamp) bool {
	return slices.ContainsFunc(l.spans, func(s span) bool { return s.from <= at && at <= s.to })
}

// cover adds a span, and joins those that it touches.
func (l *Log) cover(s span) {
	var list []span
	for _, o := range l.spans {
		if s.to != Tail && o.from > s.to+1 || o.to != Tail && o.to+1 < s.from {
			list = append(list, o)
			continue
		}
		s = span{min(s.from, o.from), max(s.to, o.to)}
	}
	list = append(list, s)
	sort.Slice(list, func(i, j int) bool { return list[i].from < list[j].from })
	l.spans = list
}

// trim forgets what is the furthest from what is looked at.
func (l *Log) trim() {
	from, to := 0, len(l.texts)
	if over := func() bool { return to-from > MaxTexts || l.bytes > MaxBytes }; !over() {
		return
	} else {
		for at := l.index(l.focus); over(); {
			i := from
			if at-from < to-at {
				to--
				i = to
			} else {
				from++
			}
			l.bytes -= len(l.texts[i].Text)
			delete(l.byID, l.texts[i].ID)
		}
	}
	var list []span
	for _, s := range l.spans {
		if from > 0 {
			s.from = max(s.from, l.texts[from-1].Stamp+1)
		}
		if to < len(l.texts) {
			s.to = min(s.to, l.texts[to].Stamp-1)
		}
		if s.from <= s.to {
			list = append(list, s)
		}
	}
	l.spans = list
	l.texts = slices.Clone(l.texts[from:to])
}

// Write puts a Draft behind the others. Its State may be changed from outside, which
// Touch tells.
func (l *Log) Write(d *Draft) {
	if l.byID[d.ID] == nil {
		l.drafts = append(l.drafts, d)
	}
	l.version++
}

// Touch tells that the State of a Draft has changed.
func (l *Log) Touch() { l.version++ }

// Remove takes a Draft away.
func (l *Log) Remove(id wire.TextID) {
	l.drafts = slices.DeleteFunc(l.drafts, func(d *Draft) bool { return d.ID == id })
	l.version++
}
