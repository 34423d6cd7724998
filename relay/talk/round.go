package talk

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"iter"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// reasons say to people why something is refused.
var reasons = map[uint32]string{
	wire.RefusedText:  "there is nothing to be read in it, or a mention is no part of it",
	wire.RefusedRole:  "you may not say or change this here",
	wire.RefusedAbout: "the message that it is about is not there, or was taken back",
	wire.RefusedMost:  "the message has as many reactions as it may have",
	wire.RefusedWhat:  "this relay does not know what it is to do",
	wire.RefusedWith:  "nobody can talk with themselves",
}

// refusal says why a Say is refused whatever was said before; 0: it is not.
func refusal(who Speaker, s *wire.Say) uint32 {
	switch {
	case s.With == who.Person || who.Person == (wire.Person{}):
		return wire.RefusedWith
	case !who.Role.Edits() && who.Role != wire.RoleCommenter:
		return wire.RefusedRole
	case s.What > wire.SayUnact:
		return wire.RefusedWhat
	case s.ID == (wire.TextID{}):
		return wire.RefusedText
	}
	switch s.What {
	case wire.SayText, wire.SayEdit:
		if !visible(s.Text) || !within(s.Mentions, s.Text) {
			return wire.RefusedText
		}
	case wire.SayReact, wire.SayUnact:
		if len(s.Text) > wire.MaxSign || !visible(s.Text) {
			return wire.RefusedText
		}
	}
	if s.What != wire.SayText && s.About == (wire.TextID{}) {
		return wire.RefusedAbout
	}
	return 0
}

// visible reports whether there is something to be read in a text.
func visible(text string) bool {
	for _, c := range text {
		if !unicode.IsSpace(c) && !unicode.Is(unicode.Cc, c) && !unicode.Is(unicode.Cf, c) {
			return true
		}
	}
	return false
}

// within reports whether mentions are parts of a text, one after the other.
func within(mentions []wire.Mention, text string) bool {
	at := uint64(0)
	boundary := func(i uint64) bool { return i == uint64(len(text)) || utf8.RuneStart(text[i]) }
	for _, m := range mentions {
		from, to := uint64(m.At), uint64(m.At)+uint64(m.Length)
		if m.Person == (wire.Person{}) || from < at || to <= from || to > uint64(len(text)) || !boundary(from) || !boundary(to) {
			return false
		}
		at = to
	}
	return true
}

// round works out what a batch of Says makes of a conversation.
type round struct {
	known map[wire.TextID]*entry // messages
	done  map[wire.TextID]bool   // the IDs of changes
	clock uint64
	base  uint64     // clock, before this round
	ids   [][16]byte // of the changes of this round
}

// entry is a message as it is by now.
type entry struct {
	wire.Text
	retext  bool
	changed bool           // in this round
	said    bool           // in this round
	was     []wire.Mention // those before this round
}

// newRound begins with what the store has of what the batch speaks of. A message that
// does not parse was said, and can be no more than that.
func newRound(messages []Message, changes [][16]byte, clock uint64) round {
	r := round{known: map[wire.TextID]*entry{}, done: map[wire.TextID]bool{}, clock: clock, base: clock}
	for _, m := range messages {
		if text, err := decode(m.Data); err == nil && text.ID == m.ID {
			r.known[text.ID] = &entry{Text: text, was: text.Mentions}
		} else {
			r.done[m.ID] = true
		}
	}
	for _, id := range changes {
		r.done[id] = true
	}
	return r
}

// answered returns the messages that those answer which a batch edits, as far as they are
// not known.
func (r *round) answered(batch []said) (ids [][16]byte) {
	for i := range batch {
		e := r.known[batch[i].About]
		if batch[i].What != wire.SayEdit || e == nil || e.About == (wire.TextID{}) || r.known[e.About] != nil {
			continue
		}
		ids = append(ids, e.About)
	}
	return ids
}

// lacks reports whether a batch speaks of messages that are not known.
func (r *round) lacks(batch []said) bool {
	for i := range batch {
		about := batch[i].About
		if about != (wire.TextID{}) && r.known[about] == nil && !r.done[batch[i].ID] &&
			!slices.ContainsFunc(batch[:i], func(s said) bool { return s.What == wire.SayText && s.ID == about }) {
			return true
		}
	}
	return false
}

// know adds messages to those that are known.
func (r *round) know(messages []Message) {
	for _, m := range messages {
		if text, err := decode(m.Data); err == nil && text.ID == m.ID && r.known[text.ID] == nil {
			r.known[text.ID] = &entry{Text: text, was: text.Mentions}
		}
	}
}

// tick returns the next stamp, for which now is the least.
func (r *round) tick(now uint64) wire.Stamp {
	r.clock = max(r.clock+1, now)
	return wire.Stamp(r.clock)
}

// take does what a Say says, or returns why it is refused. now is the first stamp of
// the present millisecond.
func (r *round) take(at where, s *said, now uint64) (why uint32) {
	if r.done[s.ID] || r.known[s.ID] != nil {
		return 0 // it has come before
	}
	r.clock = max(r.clock, s.clock)
	about := r.known[s.About]
	// What was acknowledged stays, also if what it answers was taken back meanwhile.
	if !(s.again && s.What == wire.SayText) && s.About != (wire.TextID{}) && (about == nil || about.Deleted && s.What != wire.SayDelete) {
		return wire.RefusedAbout
	}
	if s.What == wire.SayText {
		stamp := r.tick(now)
		e := &entry{retext: true, changed: true, said: true, Text: wire.Text{
			ID: s.ID, Author: s.who.Person, Name: cut(s.who.Name), Stamp: stamp, Changed: stamp,
			Text: s.Text, About: s.About, Mentions: s.Mentions, Written: s.Time,
		}}
		r.known[s.ID] = e
		return 0
	}
	change, why := about.apply(at, s)
	if why != 0 {
		return why
	}
	r.done[s.ID] = true
	r.ids = append(r.ids, s.ID)
	if change {
		about.Changed, about.changed = r.tick(now), true
	}
	return 0
}

// apply changes a message, and reports whether it is another one then.
func (e *entry) apply(at where, s *said) (change bool, why uint32) {
	mine := e.Author == s.who.Person
	switch s.What {
	case wire.SayEdit:
		if !mine {
			return false, wire.RefusedRole
		}
		e.Text.Text, e.Mentions, e.Edited, e.retext = s.Text, s.Mentions, true, true
		return true, 0
	case wire.SayDelete:
		if !mine && (at.board == "" || s.who.Role != wire.RoleOwner) {
			return false, wire.RefusedRole
		}
		if e.Deleted {
			return false, 0
		}
		e.Text.Text, e.Mentions, e.Reactions, e.Deleted, e.retext = "", nil, nil, true, true
		return true, 0
	}
	i := slices.IndexFunc(e.Reactions, func(have wire.Reaction) bool { return have.Sign == s.Text })
	if s.What == wire.SayUnact {
		if i < 0 {
			return false, 0
		}
		of := &e.Reactions[i]
		k := slices.Index(of.Persons, s.who.Person)
		if k < 0 {
			return false, 0
		}
		if of.Persons = slices.Delete(of.Persons, k, k+1); len(of.Persons) == 0 {
			e.Reactions = slices.Delete(e.Reactions, i, i+1)
		}
		return true, 0
	}
	if i < 0 {
		if len(e.Reactions) >= wire.MaxSigns {
			return false, wire.RefusedMost
		}
		e.Reactions = append(e.Reactions, wire.Reaction{Sign: s.Text, Persons: []wire.Person{s.who.Person}})
		return true, 0
	}
	of := &e.Reactions[i]
	if slices.Contains(of.Persons, s.who.Person) {
		return false, 0
	}
	if len(of.Persons) >= wire.MaxReactors {
		return false, wire.RefusedMost
	}
	of.Persons = append(of.Persons, s.who.Person)
	return true, 0
}

// changed returns the messages that are new or others, in the order of their stamps.
func (r *round) changed() (texts []wire.Text) {
	for _, e := range r.known {
		if e.changed {
			texts = append(texts, e.Text)
		}
	}
	slices.SortFunc(texts, func(a, b wire.Text) int {
		return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return texts
}

// change is what there is to store.
func (r *round) change(key string) Change {
	c := Change{Key: key, Changes: r.ids, Clock: r.clock, Base: r.base}
	for _, text := range r.changed() {
		c.Messages = append(c.Messages, Message{
			ID: text.ID, Author: text.Author, Stamp: uint64(text.Stamp), Changed: uint64(text.Changed),
			Gone: text.Deleted, Data: encode(text), Text: text.Text, Retext: r.known[text.ID].retext,
		})
	}
	return c
}

// concerns calls each with the messages whose texts are new or others.
func (r *round) concerns(at where, key string, each func(Concern)) {
	c := Concern{Board: at.board, Key: key}
	if at.board == "" {
		c.Pair = [2]wire.Person{at.self, at.with}
	}
	for _, text := range r.changed() {
		if e := r.known[text.ID]; e.retext {
			c.Text, c.New, c.Was, c.To = &text, e.said, e.was, wire.Person{}
			if answered := r.known[text.About]; answered != nil {
				c.To = answered.Author
			}
			each(c)
		}
	}
}

// encode returns a message as the store has it: a Said with nothing else.
func encode(text wire.Text) []byte { return (&wire.Said{Texts: []wire.Text{text}}).Append(nil) }

func decode(data []byte) (wire.Text, error) {
	var one wire.Said
	if err := one.Parse(data); err != nil {
		return wire.Text{}, err
	}
	if len(one.Texts) != 1 {
		return wire.Text{}, wire.ErrEmpty
	}
	return one.Texts[0], nil
}

// pages yields messages in as many runs as it takes for frames of a fair size.
func pages(texts []wire.Text) iter.Seq[[]wire.Text] {
	return func(yield func([]wire.Text) bool) {
		for len(texts) > 0 {
			n, size := 0, 0
			for n < len(texts) && n < wire.MaxRecall {
				if size += len(encode(texts[n])); size > frameBytes && n > 0 {
					break
				}
				n++
			}
			if !yield(texts[:n:n]) {
				return
			}
			texts = texts[n:]
		}
	}
}

// pairKey is the key of what two persons say to each other.
func pairKey(a, b wire.Person) string {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return "p:" + hex.EncodeToString(a[:]) + hex.EncodeToString(b[:])
}

// clamp keeps a stamp of a client's within what a store counts.
func clamp(s wire.Stamp) uint64 { return uint64(min(s, math.MaxInt64)) }
