package talk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// piece is a part of a line: text, or a mark that makes a style begin or end if it has
// found its other half.
type piece struct {
	text    string
	mark    mark // none: text
	paired  bool
	mono    bool
	link    string
	mention wire.Person
}

// mark is what stands around a styled text.
type mark uint8

const (
	none mark = iota
	star
	stars
	under
	unders
	tildes
	marks // how many there are
)

var styles = [marks]Style{star: Italic, stars: Bold, under: Italic, unders: Bold, tildes: Struck}

// inline is a line that is being taken apart.
type inline struct {
	p      *parser
	line   stretch
	at     int // up to where it is done
	text   int // from where on text has no piece yet
	pieces []piece
	open   [marks]int // where each mark was last opened, plus 1; 0: it is not
	ticks  []tick     // those that are still to come
}

// tick is a run of backquotes.
type tick struct{ at, length, next int } // next: where the next one of that length is, 0: nowhere

// line takes a line apart.
func (p *parser) line(s stretch) Line {
	l := inline{p: p, line: s, at: s.from, text: s.from}
	l.findTicks()
	for l.at < s.to {
		l.step()
	}
	l.flush(s.to)
	return l.spans()
}

// findTicks finds the runs of backquotes, and the other end of each.
func (l *inline) findTicks() {
	text := l.p.text
	for i := l.line.from; i < l.line.to; i++ {
		if text[i] != '`' {
			continue
		}
		n := i
		for n < l.line.to && text[n] == '`' {
			n++
		}
		l.ticks = append(l.ticks, tick{at: i, length: n - i})
		i = n
	}
	next := map[int]int{}
	for i := len(l.ticks) - 1; i >= 0; i-- {
		t := &l.ticks[i]
		t.next, next[t.length] = next[t.length], t.at
	}
}

// flush makes a piece of the text up to a place.
func (l *inline) flush(to int) {
	if l.text < to {
		l.pieces = append(l.pieces, piece{text: l.p.text[l.text:to]})
	}
	l.text = to
}

// take makes a piece of what stands at l.at, up to a place.
func (l *inline) take(to int, pc piece) {
	l.flush(l.at)
	l.pieces = append(l.pieces, pc)
	l.at, l.text = to, to
}

// step takes what stands at l.at.
func (l *inline) step() {
	rest := l.p.text[l.at:l.line.to]
	for len(l.p.mentions) > 0 && l.p.mentions[0].from < l.at {
		l.p.mentions = l.p.mentions[1:]
	}
	if m := l.p.mentions; len(m) > 0 && m[0].from == l.at && m[0].to <= l.line.to {
		l.take(m[0].to, piece{text: l.p.text[m[0].from:m[0].to], mention: m[0].person})
		return
	}
	switch c := rest[0]; c {
	case '\\':
		if len(rest) > 1 && strings.IndexByte("\\*_~`[]()>-:#", rest[1]) >= 0 {
			l.take(l.at+2, piece{text: rest[1:2]})
			return
		}
	case '`':
		l.code()
		return
	case '*', '_', '~':
		l.marks(c)
		return
	case '[':
		if words, link, n := labelled(rest); n > 0 {
			l.take(l.at+n, piece{text: words, link: link})
			return
		}
	case ':':
		if sign, n := shortcode(rest); n > 0 {
			l.take(l.at+n, piece{text: sign})
			return
		}
	case 'h', 'H', 'm', 'M':
		if wordy(l.before()) {
			break
		}
		if n, good := bare(rest); n > 0 {
			pc := piece{text: rest[:n]}
			if good {
				pc.link = rest[:n]
			}
			l.take(l.at+n, pc)
			return
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	l.at += n
}

// before is the character before l.at, 0 at the beginning of the line.
func (l *inline) before() rune {
	if l.at == l.line.from {
		return 0
	}
	r, _ := utf8.DecodeLastRuneInString(l.p.text[l.line.from:l.at])
	return r
}

// code takes what stands between two runs of backquotes of the same length.
func (l *inline) code() {
	for len(l.ticks) > 0 && l.ticks[0].at < l.at {
		l.ticks = l.ticks[1:]
	}
	if len(l.ticks) == 0 || l.ticks[0].at > l.at {
		l.at++ // the rest of a run of which a backslash has taken the first
		return
	}
	t := l.ticks[0]
	if t.next == 0 {
		l.at += t.length
		return
	}
	text := l.p.text[t.at+t.length : t.next]
	if n := len(text); n > 2 && text[0] == ' ' && text[n-1] == ' ' && strings.Trim(text, " ") != "" {
		text = text[1 : n-1]
	}
	l.take(t.next+t.length, piece{text: text, mono: true})
}

// marks takes a run of stars, underscores or tildes.
func (l *inline) marks(c byte) {
	text := l.p.text[l.at:l.line.to]
	n := 0
	for n < len(text) && text[n] == c {
		n++
	}
	before := l.before()
	after, _ := utf8.DecodeRuneInString(text[n:])
	if n == len(text) {
		after = 0
	}
	one, two := star, stars
	switch {
	case c == '_':
		one, two = under, unders
	case c == '~':
		one, two = none, tildes
	}
	if n > 3 || c == '~' && n != 2 {
		l.at += n
		return
	}
	opens := after != 0 && !unicode.IsSpace(after)
	closes := before != 0 && !unicode.IsSpace(before)
	l.flush(l.at)
	for n > 0 {
		// A mark of one character within a word, as in 2*3*4 or in_a_name, is none.
		m, length := two, 2
		if one != none && (n == 1 || l.open[one] > l.open[two] && closes) {
			m, length = one, 1
		}
		inner := (length == 1 || c == '_') && wordy(before) && wordy(after)
		pc := piece{text: text[:length], mark: m}
		switch from := l.open[m]; {
		case closes && from > 0 && from < len(l.pieces) && !inner:
			l.pieces[from-1].paired, pc.paired = true, true
			for k := range l.open {
				if l.open[k] >= from {
					l.open[k] = 0
				}
			}
		case opens && from == 0 && !inner:
			l.open[m] = len(l.pieces) + 1
		}
		l.pieces = append(l.pieces, pc)
		l.at, n = l.at+length, n-length
	}
	l.text = l.at
}

// wordy reports whether a character is a part of a word that has spaces around it.
func wordy(r rune) bool {
	return r == '_' || (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

// spans puts pieces together that look the same.
func (l *inline) spans() (line Line) {
	var on [marks]bool
	var text strings.Builder // of the last span
	end := func() {
		if n := len(line); n > 0 {
			line[n-1].Text = text.String()
		}
		text.Reset()
	}
	defer end()
	for i := range l.pieces {
		pc := &l.pieces[i]
		if pc.mark != none && pc.paired {
			on[pc.mark] = !on[pc.mark]
			continue
		}
		s := Span{Link: pc.link, Mention: pc.mention}
		for m, is := range on {
			if is {
				s.Style |= styles[m]
			}
		}
		if pc.mono {
			s.Style |= Mono
		}
		if l.p.spans >= MaxSpans {
			s = Span{}
		}
		if n := len(line); n > 0 && s.Mention == (wire.Person{}) && s.same(&line[n-1]) {
			text.WriteString(pc.text)
			continue
		}
		end()
		line = append(line, s)
		text.WriteString(pc.text)
		l.p.spans++
	}
	return line
}

func (s *Span) same(o *Span) bool {
	return s.Style == o.Style && s.Link == o.Link && s.Mention == o.Mention
}
