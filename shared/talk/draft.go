package talk

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// Draft is what this person says and is not among the messages of all yet.
type Draft struct {
	wire.Say
	// Author is who wrote it. Nobody: it was written before a relay had said who sits
	// here, and is that of whoever is welcomed next.
	Author wire.Person
	State  State
	// Why and Reason are the relay's, of a Draft that is Refused; see wire.Refusal.
	Why    uint32
	Reason string
}

// State is how far a Draft has come.
type State uint8

// States of a Draft.
const (
	Waiting State = iota // not handed to a transport
	Sent                 // on its way, or with a relay that has not stored it
	Stored               // the relay has it; it is a message in a moment
	Refused              // it never will be
)

// Errors of what cannot be said.
var (
	ErrEmpty    = errors.New("talk: there is nothing to be read in it")
	ErrLong     = errors.New("talk: it is too long")
	ErrMentions = errors.New("talk: a mention is no part of the text")
)

// Check returns why a relay would not take a Say, as far as that can be told without
// one: an error of this package, or nil.
func Check(s *wire.Say) error {
	limit := wire.MaxText
	switch s.What {
	case wire.SayReact, wire.SayUnact:
		limit = wire.MaxSign
	case wire.SayDelete:
		return nil
	}
	switch {
	case len(s.Text) > limit:
		return ErrLong
	case !utf8.ValidString(s.Text) || !visible(s.Text):
		return ErrEmpty
	case !fits(s.Text, s.Mentions):
		return ErrMentions
	}
	return nil
}

// visible reports whether something is left of a text without white space, control
// and format characters.
func visible(text string) bool {
	for _, r := range text {
		if !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf) {
			return true
		}
	}
	return false
}

// fits reports whether mentions are parts of a text, in its order.
func fits(text string, mentions []wire.Mention) bool {
	if len(mentions) > wire.MaxMentions {
		return false
	}
	end := uint64(0)
	for _, m := range mentions {
		from, to := uint64(m.At), uint64(m.At)+uint64(m.Length)
		if m.Person == (wire.Person{}) || m.Length == 0 || from < end || to > uint64(len(text)) || !boundary(text, from) || !boundary(text, to) {
			return false
		}
		end = to
	}
	return true
}

// boundary reports whether no character lies across a place in a text.
func boundary(text string, at uint64) bool {
	return at == uint64(len(text)) || utf8.RuneStart(text[at])
}
