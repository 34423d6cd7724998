package figure

import (
	"encoding/binary"
	"sort"
	"sync"
	"unicode/utf8"
)

// lineClass is a class of characters where lines are broken, letterClass one of
// characters as parts of letters. Both are in text_classes.go.
type (
	lineClass   uint8
	letterClass uint8
	classes     struct {
		line   lineClass
		letter letterClass
	}
)

// extent is a range of characters of one kind, up to where the next begins.
type extent struct {
	from rune
	kind uint8
}

var extents = sync.OnceValue(func() []extent {
	var list []extent
	at := rune(0)
	for b := []byte(ranges); len(b) > 0; {
		behind, n := binary.Uvarint(b)
		at += rune(behind)
		list = append(list, extent{at, b[n]})
		b = b[n+1:]
	}
	return list
})

// classesOf returns the classes of a character.
func classesOf(r rune) classes {
	const firstSyllable, lastSyllable, finals = 0xac00, 0xd7a3, 28
	if r >= firstSyllable && r <= lastSyllable && (r-firstSyllable)%finals == 0 {
		return classes{lineH2, letterLV} // a Hangul syllable without a final consonant
	}
	list := extents()
	i := sort.Search(len(list), func(i int) bool { return list[i].from > r }) - 1
	return kinds[list[i].kind]
}

// lineSet is a set of classes.
type lineSet uint64

func linesOf(list ...lineClass) (s lineSet) {
	for _, c := range list {
		s |= 1 << c
	}
	return s
}

func (s lineSet) has(c lineClass) bool { return s>>c&1 != 0 }

var (
	lineLetters  = linesOf(lineAL, lineHL)
	linePictures = linesOf(lineID, lineEB, lineEM)
	lineHangul   = linesOf(lineJL, lineJV, lineJT, lineH2, lineH3)
	lineSigns    = linesOf(linePR, linePO)
	lineJoined   = linesOf(lineCM, lineZWJ)
	anyLine      = ^lineSet(0)
)

// lineRules are the rules of UAX #14, version 15, that look at two characters, in
// their order: between one and another a line may be broken or not. The first that
// fits holds. There are no spaces here, and none of the classes that stand for
// others (LB1).
var lineRules = [...]struct {
	before, after lineSet
	breaks        bool
}{
	{anyLine, linesOf(lineCL, lineCP, lineEX, lineIS, lineSY), false}, // LB13
	{linesOf(lineOP, lineOPwide), anyLine, false},                     // LB14
	{linesOf(lineCL, lineCP), linesOf(lineNS), false},                 // LB16
	{linesOf(lineB2), linesOf(lineB2), false},                         // LB17
	{anyLine, linesOf(lineQU), false},                                 // LB19
	{linesOf(lineQU), anyLine, false},                                 //
	{anyLine, linesOf(lineCB), true},                                  // LB20
	{linesOf(lineCB), anyLine, true},                                  //
	{anyLine, linesOf(lineBA, lineHY, lineNS, lineIN), false},         // LB21, LB22
	{linesOf(lineBB), anyLine, false},                                 // LB21
	{linesOf(lineSY), linesOf(lineHL), false},                         // LB21b
	{lineLetters, linesOf(lineNU), false},                             // LB23
	{linesOf(lineNU), lineLetters, false},                             //
	{linesOf(linePR), linePictures, false},                            // LB23a
	{linePictures, linesOf(linePO), false},                            //
	{lineSigns, lineLetters, false},                                   // LB24
	{lineLetters, lineSigns, false},                                   //
	{lineSigns | linesOf(lineHY), linesOf(lineNU), false},             // LB25
	{linesOf(lineJL), linesOf(lineJL, lineJV, lineH2, lineH3), false}, // LB26
	{linesOf(lineJV, lineH2), linesOf(lineJV, lineJT), false},         //
	{linesOf(lineJT, lineH3), linesOf(lineJT), false},                 //
	{lineHangul, linesOf(linePO), false},                              // LB27
	{linesOf(linePR), lineHangul, false},                              //
	{lineLetters | linesOf(lineIS), lineLetters, false},               // LB28, LB29
	{lineLetters | linesOf(lineNU), linesOf(lineOP), false},           // LB30
	{linesOf(lineCP), lineLetters | linesOf(lineNU), false},           //
	{linesOf(lineEB), linesOf(lineEM), false},                         // LB30b
	{anyLine, anyLine, true},                                          // LB31
}

// lineState is what of a word decides where it may be broken next. The zero
// lineState is the beginning of a word.
type lineState struct {
	last   lineClass // of the last character that combines with none
	begun  bool
	zwj    bool // the last character is a zero width joiner
	number bool // a number goes on: NU (NU | SY | IS)*
	closed bool // a bracket was closed behind one
	hebrew bool // a hyphen behind a Hebrew letter
	odd    bool // regional indicators: an odd number of them
}

// take notes the next character of the word.
func (s *lineState) take(c lineClass) {
	zwj := c == lineZWJ
	if lineJoined.has(c) {
		if s.begun && s.last != lineZW {
			s.zwj = zwj // LB9
			return
		}
		c = lineAL // LB10
	}
	number := c == lineNU || s.number && (c == lineSY || c == lineIS)
	*s = lineState{
		last: c, begun: true, zwj: zwj, number: number,
		closed: s.number && (c == lineCL || c == lineCP),
		hebrew: s.begun && s.last == lineHL && (c == lineHY || c == lineBA),
		odd:    c == lineRI && !(s.last == lineRI && s.odd),
	}
}

// breaks reports whether a line may be broken before the next character, of class c.
// next is that of the character behind it.
func (s *lineState) breaks(c, next lineClass) bool {
	switch last := s.last; {
	case !s.begun || c == lineZW: // LB7
		return false
	case last == lineZW: // LB8
		return true
	case s.zwj || lineJoined.has(c): // LB8a, LB9
		return false
	case c == lineWJ || last == lineWJ || last == lineGL: // LB11, LB12
		return false
	case c == lineGL: // LB12a
		return (last == lineBA || last == lineHY) && !s.hebrew
	case s.hebrew && c != lineCB: // LB21a
		return false
	case s.number && c == lineNU, (s.number || s.closed) && lineSigns.has(c): // LB25
		return false
	case lineSigns.has(last) && (c == lineOP || c == lineOPwide) && next == lineNU:
		return false
	case last == lineRI && c == lineRI: // LB30a
		return !s.odd
	}
	for _, r := range lineRules {
		if r.before.has(s.last) && r.after.has(c) {
			return r.breaks
		}
	}
	return true
}

// clusterLen returns the length of the first grapheme cluster of a text in bytes: a
// letter with all that combines with it (UAX #29, version 15, 3.1.1), of which no more
// than maxCluster.
func clusterLen(text string) int {
	if len(text) < 2 || text[0] < utf8.RuneSelf && text[1] < utf8.RuneSelf && text[0] != '\r' {
		return min(len(text), 1)
	}
	if text[0] == '\r' && text[1] == '\n' { // GB3
		return 2
	}
	first, at := utf8.DecodeRuneInString(text)
	last := classesOf(first).letter
	odd := last == letterRegionalIndicator
	picture := last == letterExtendedPictographic // with what extends it
	joiner := false                               // behind one
	for at < len(text) {
		r, n := utf8.DecodeRuneInString(text[at:])
		c := classesOf(r).letter
		if !(joins(last, c) || odd && c == letterRegionalIndicator || joiner && c == letterExtendedPictographic) || at+n > maxCluster {
			break
		}
		odd = c == letterRegionalIndicator && !odd
		joiner = picture && c == letterZWJ
		picture = c == letterExtendedPictographic || picture && c == letterExtend
		last, at = c, at+n
	}
	return at
}

// joins reports whether two characters belong to one letter whatever comes before.
func joins(a, b letterClass) bool {
	switch {
	case a == letterControl || b == letterControl: // GB4, GB5
		return false
	case b == letterExtend || b == letterZWJ || b == letterSpacingMark || a == letterPrepend: // GB9, GB9a, GB9b
		return true
	}
	switch a {
	case letterL: // GB6
		return b == letterL || b == letterV || b == letterLV || b == letterLVT
	case letterLV, letterV: // GB7
		return b == letterV || b == letterT
	case letterLVT, letterT: // GB8
		return b == letterT
	}
	return false
}
