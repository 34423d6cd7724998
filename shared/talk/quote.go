package talk

import (
	"unicode/utf8"

	"edgeboard/shared/wire"
)

// maxQuote is how many bytes of a text are held for a quote.
const maxQuote = 400

// Quoted returns a message for who shows a quote of it: it may stand far from all that
// is held, and then it has no more than the beginning of its text, and no mentions and
// signs. It reports false if nothing is known of it; known, it is nil if the
// conversation has no such message.
func (l *Log) Quoted(id wire.TextID) (t *wire.Text, known bool) {
	if t = l.byID[id]; t != nil {
		return t, true
	}
	t, known = l.quoted[id]
	return t, known
}

// takeOne takes the answer to the question for one message.
func (l *Log) takeOne(id wire.TextID, texts []wire.Text) {
	if l.quoted == nil || len(l.quoted) >= MaxTexts { // as many as may stand in the messages that are held
		l.quoted = map[wire.TextID]*wire.Text{}
	}
	l.quoted[id] = nil
	for i := range texts {
		if texts[i].ID == id {
			l.quoted[id] = quote(&texts[i])
		}
	}
}

// requote takes a message as it is now, if a quote of it is held.
func (l *Log) requote(t *wire.Text) {
	if old, ok := l.quoted[t.ID]; ok && (old == nil || old.Changed <= t.Changed) {
		l.quoted[t.ID] = quote(t)
	}
}

// quote returns what is held of a message for its quotes.
func quote(t *wire.Text) *wire.Text {
	q := *t
	q.Mentions, q.Reactions = nil, nil
	if n := maxQuote; len(q.Text) > n {
		for n > 0 && !utf8.RuneStart(q.Text[n]) {
			n--
		}
		q.Text = q.Text[:n]
	}
	return &q
}
