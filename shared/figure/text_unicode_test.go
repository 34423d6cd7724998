package figure

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// lineBreaks returns where a word may be broken by our rules, in bytes.
func lineBreaks(word string) (at []int) {
	var s lineState
	for i, r := range word {
		next := lineAL
		if rest := word[i+utf8.RuneLen(r):]; rest != "" {
			after, _ := utf8.DecodeRuneInString(rest)
			next = classesOf(after).line
		}
		if s.breaks(classesOf(r).line, next) {
			at = append(at, i)
		}
		s.take(classesOf(r).line)
	}
	return at
}

// oracleLines returns where uniseg breaks it.
func oracleLines(word string) (at []int) {
	state, rest := -1, word
	for {
		_, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		if rest == "" {
			return at
		}
		at = append(at, len(word)-len(rest))
	}
}

func clusters(text string) (at []int) {
	for i := 0; i < len(text); {
		i += clusterLen(text[i:])
		at = append(at, i)
	}
	return at
}

func oracleClusters(text string) (at []int) {
	state, rest := -1, text
	for rest != "" {
		_, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		at = append(at, len(text)-len(rest))
	}
	return at
}

// stands reports whether a character has a place in a word. Spaces and breaks are looked
// at elsewhere.
func stands(r rune) bool {
	return utf8.ValidRune(r) && !strings.ContainsRune(" \t\n\v\f\r\u0085\u2028\u2029", r)
}

// forgets matches where uniseg forgets that it is in a number (LB25), or lets one with
// a sign be joined to what is to be broken from it (LB8, LB20).
var forgets = regexp.MustCompile(`[0-9][\pM\p{Cf}]*[/.,:;][\pM\p{Cf}]*[\pP\pS]|[\x{fffc}\x{200b}][\pM\p{Cf}]*-[0-9]`)

// compare holds our rules against uniseg's. Texts with modifiers of emoji are not given
// to it: behind one uniseg has forgotten where it is.
func compare(t *testing.T, text string) {
	t.Helper()
	if got, want := lineBreaks(text), oracleLines(text); !slices.Equal(got, want) && !forgets.MatchString(text) {
		t.Errorf("%+q may be broken at %v, want %v", text, got, want)
	}
	if got, want := clusters(text), oracleClusters(text); !slices.Equal(got, want) {
		t.Errorf("%+q has letters that end at %v, want %v", text, got, want)
	}
}

// Each character is of the class that another implementation has it in, as far as its
// company tells.
func TestCharactersAgainstOracle(t *testing.T) {
	for r := rune(1); r <= 0xe01ff; r++ {
		if r == 0x32000 {
			r = 0xe0000 // there is nothing between
		}
		if !stands(r) {
			continue
		}
		if k := classesOf(r); k.line == lineEB && !unicode.In(r, unicode.S) {
			continue // places for emoji to come, of which uniseg forgets that they are like ideographs
		}
		c := string(r)
		for _, text := range []string{"a" + c + "b", "字" + c + "字", "1" + c + "1", "$" + c + "(", c + c + "%", "\u1100" + c + "\u1161", "א-" + c + "\u3041"} {
			compare(t, text)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// Words of characters of all classes are broken as by another implementation.
func TestWordsAgainstOracle(t *testing.T) {
	const some = "a1字א-!?$%(),./:;\"'[]{}|\u00a0\u00ad\u00b4\u0301\u200b\u200d\u2014\u2018\u2019\u2026\u2060\u0e01\u0e31\u1100\u1161\u11a8가각っあー、。「」（）￥％\ufe0f👶👨😀🇨🇳☎\ufffc\u0903\u0600\u093f\U0001fa70\U000e0001"
	runes := []rune(some)
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		word := make([]rune, 2+r.IntN(6))
		for i := range word {
			word[i] = runes[r.IntN(len(runes))]
		}
		compare(t, string(word))
		if t.Failed() {
			t.FailNow()
		}
	}
}

func TestModifiedEmoji(t *testing.T) {
	// A person with the colour of a skin, twice, and in brackets; one that has no skin.
	const text = "👶🏽👶🏽「👶🏽」☎🏽"
	if got, want := lineBreaks(text), []int{8, 16, 30, 33}; !slices.Equal(got, want) {
		t.Errorf("%q may be broken at %v, want %v", text, got, want)
	}
}
