package talk

import (
	"context"
	"errors"
	"math"
	"strings"
	"unicode/utf8"

	"edgeboard/relay/store/message"
	"edgeboard/shared/wire"
)

// Recall returns the encoded answer to a question for messages. With RecallChanged
// Find says nothing. A search that takes too long is answered with no messages, and
// that there are more.
func (t *Talk) Recall(ctx context.Context, who Speaker, q *wire.Recall) (frame []byte, err error) {
	defer func() { t.Metrics.Recalled(err) }()
	answer := wire.Said{With: q.With, Answers: q.Ask}
	switch key := who.where(q.With).key(); {
	case q.With == who.Person:
	case q.What == wire.RecallOne:
		answer.Texts, err = t.one(ctx, key, q.Message)
	case q.What <= wire.RecallChanged:
		answer.Texts, answer.More, err = t.page(ctx, key, Query{
			What: int(q.What), Stamp: clamp(q.Stamp), Find: q.Find, Limit: int(q.Limit), Bytes: frameBytes,
		})
	}
	if err != nil {
		return nil, err
	}
	return wire.AppendFrame(nil, 0, &answer), nil
}

// one reads a message, and returns none if there is no such one.
func (t *Talk) one(ctx context.Context, key string, id wire.TextID) (texts []wire.Text, err error) {
	if id == (wire.TextID{}) {
		return nil, nil
	}
	messages, _, _, err := t.Store.Load(ctx, key, [][16]byte{id})
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		text, err := decode(m.Data)
		if err != nil {
			t.damaged(key, 1)
			continue
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// damaged tells the operator of messages that cannot be read.
func (t *Talk) damaged(key string, n int) {
	t.Metrics.Damaged(n)
	t.Log.Error("messages are damaged, and left out: put a backup in the file's place", "conversation", key, "count", n)
}

// page reads a page, whose limits may be what a client has said.
func (t *Talk) page(asking context.Context, key string, q Query) (texts []wire.Text, more bool, err error) {
	ctx := asking
	if q.Limit <= 0 || q.Limit > wire.MaxRecall {
		q.Limit = wire.MaxRecall
	}
	if q.What == message.QueryBefore && q.Stamp == 0 {
		q.Stamp = math.MaxInt64
	}
	if q.What == message.QueryChanged {
		q.Find = ""
	}
	if q.Find != "" {
		// A store has not many who read, and boards are to be opened meanwhile.
		select {
		case t.searches <- struct{}{}:
			defer func() { <-t.searches }()
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
		var end context.CancelFunc
		ctx, end = context.WithTimeout(asking, searchTimeout)
		defer end()
		find := message.Fold(q.Find)
		q.Holds = func(data []byte) bool {
			text, err := decode(data)
			return err != nil || strings.Contains(message.Fold(text.Text), find) // if not sound it is to be told of
		}
	}
	page, more, damaged, err := t.Store.Page(ctx, key, q)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && asking.Err() == nil:
		t.Log.Warn("a search took too long", "conversation", key, "characters", utf8.RuneCountInString(q.Find))
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	for _, m := range page {
		text, err := decode(m.Data)
		if err != nil {
			damaged++
			continue
		}
		texts = append(texts, text)
	}
	if damaged > 0 {
		t.damaged(key, damaged)
	}
	return texts, more, nil
}

// errDamaged is of an export that would not have all.
var errDamaged = errors.New("a message is damaged")

// Export calls each with all messages of a board's conversation, the oldest first,
// those that were taken back included, until that returns an error, which Export then
// returns. What is said meanwhile may be among them.
func (t *Talk) Export(ctx context.Context, board string, each func(*wire.Text) error) error {
	key := where{board: board}.key()
	for after, more := uint64(0), true; more; {
		var page []Message
		var damaged int
		var err error
		page, more, damaged, err = t.Store.Page(ctx, key, Query{What: message.QueryAfter, Stamp: after, Limit: wire.MaxRecall, Bytes: frameBytes})
		switch {
		case err != nil:
			return err
		case damaged > 0:
			return errDamaged
		}
		for _, m := range page {
			text, err := decode(m.Data)
			if err != nil {
				return errors.Join(errDamaged, err)
			}
			if err := each(&text); err != nil {
				return err
			}
			after = m.Stamp
		}
	}
	return nil
}
