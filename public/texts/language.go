package texts

import (
	"strconv"
	"strings"
)

// A Language is one that the page speaks. The zero value is English.
type Language uint8

const (
	English Language = iota
	Chinese          // as it is written on the mainland
)

// Languages is all of them, the one that is spoken to strangers first.
var Languages = [...]Language{English, Chinese}

// Tag returns the language's tag (BCP 47).
func (l Language) Tag() string {
	if l == Chinese {
		return "zh-CN"
	}
	return "en"
}

// Name returns what the language is called in itself.
func (l Language) Name() string {
	if l == Chinese {
		return "简体中文"
	}
	return "English"
}

// Direction returns "ltr" or "rtl", as HTML's dir has it.
func (l Language) Direction() string { return "ltr" }

// ranges are the language ranges that find a language: its tag, and what of other
// tags is left when their ends are cut off.
var ranges = [...]struct {
	of string
	l  Language
}{{"en", English}, {"zh-cn", Chinese}, {"zh-hans", Chinese}, {"zh", Chinese}}

// Tagged returns the language of a tag, or false: it is compared without case, and
// shortened from its end until there is one (RFC 4647, 3.4: lookup).
func Tagged(tag string) (Language, bool) {
	for tag = strings.ToLower(tag); tag != ""; {
		for _, r := range ranges {
			if r.of == tag {
				return r.l, true
			}
		}
		end := max(strings.LastIndexByte(tag, '-'), 0)
		tag = tag[:end]
		if len(tag) > 2 && tag[len(tag)-2] == '-' { // a single letter begins what follows, and goes with it
			tag = tag[:len(tag)-2]
		}
	}
	return English, false
}

// maxRanges is how many ranges of a list are looked at.
const maxRanges = 32

// Choose returns the language for a list as the header Accept-Language has it, or
// as navigator.languages joined by commas: of those that are wanted most the first
// that there is (RFC 4647, 3.4; weights are of RFC 9110, 12.4.2). It is English where
// there is none.
func Choose(accept string) Language {
	chosen, best := English, 0.0
	n := 0
	for item := range strings.SplitSeq(accept, ",") {
		if n++; n > maxRanges {
			break
		}
		tag, parameter, _ := strings.Cut(item, ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q="); ok {
			weight, _ = strconv.ParseFloat(strings.TrimSpace(q), 64) // what is none wants nothing
		}
		if l, ok := Tagged(strings.TrimSpace(tag)); ok && best < weight && weight <= 1 {
			chosen, best = l, weight
		}
	}
	return chosen
}
