package talk

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"edgeboard/shared/wire"
)

// maxHeard is how much of what other relays have stored waits to be told in a
// conversation. Whoever brings more waits, for no longer than telling takes.
const maxHeard = 64

// Heard tells what another relay has stored, after what this one has stored before it.
// Of one conversation it is called in the order in which that was stored, also with
// regard to what Put's done is called for.
func (t *Talk) Heard(c Change) {
	at, ok := whereOf(c.Key)
	if !ok {
		return
	}
	t.mu.Lock()
	for i, p := range c.Persons {
		if known, ok := t.names[p]; ok && c.Names[i] != "" && known != c.Names[i] {
			delete(t.names, p) // it is not what the store has any more
		}
	}
	for {
		open := t.open[c.Key]
		if open == nil || !open.telling {
			t.mu.Unlock()
			t.tellChange(at, c)
			return
		}
		if len(open.heard) < maxHeard {
			open.heard = append(open.heard, c)
			t.mu.Unlock()
			return
		}
		told := open.told
		t.mu.Unlock()
		<-told
		t.mu.Lock()
	}
}

// tellHeard tells what was heard while something else was told.
func (t *Talk) tellHeard(c *conversation) {
	for {
		t.mu.Lock()
		list := c.heard
		c.heard, c.telling = nil, len(list) > 0
		close(c.told)
		c.told = make(chan struct{})
		t.mu.Unlock()
		if len(list) == 0 {
			return
		}
		for _, one := range list {
			t.tellChange(c.where, one)
		}
	}
}

func (t *Talk) tellChange(at where, c Change) {
	var texts []wire.Text
	for i := range c.Messages {
		if text, err := decode(c.Messages[i].Data); err == nil {
			texts = append(texts, text)
		}
	}
	t.tell(at, texts)
}

// HeardMark tells that another relay has stored how far a person has read.
func (t *Talk) HeardMark(key string, p wire.Person, read uint64) {
	at, ok := whereOf(key)
	if !ok || read == 0 {
		return
	}
	if at.board == "" {
		if at.with == p {
			at.self, at.with = at.with, at.self
		}
		if at.self != p {
			return
		}
	}
	t.tellMark(at, p, wire.Stamp(read))
}

// HeardName says that another relay has stored how a person is shown.
func (t *Talk) HeardName(p wire.Person) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.names, p)
}

// whereOf is which conversation a key names.
func whereOf(key string) (at where, ok bool) {
	if board, ok := strings.CutPrefix(key, "b:"); ok {
		return where{board: board}, board != ""
	}
	pair, ok := strings.CutPrefix(key, "p:")
	if !ok {
		return at, false
	}
	both, err := hex.DecodeString(pair)
	if err != nil || len(both) != 2*len(at.self) {
		return at, false
	}
	copy(at.self[:], both)
	copy(at.with[:], both[len(at.self):])
	return at, true
}

// saidAgain is a Say as it is kept to be said again.
type saidAgain struct {
	Board  string
	Person wire.Person
	Name   string
	Role   wire.Role
	Clock  uint64 // of the conversation, after it was said
	Say    []byte
}

// says returns what of a batch is not refused, for Again.
func says(batch []said, refused []uint32, clock uint64) (list [][]byte) {
	for i := range batch {
		if refused[i] != 0 {
			continue
		}
		who := batch[i].who
		one, err := json.Marshal(saidAgain{who.Board, who.Person, who.Name, who.Role, clock, batch[i].Say.Append(nil)})
		if err != nil {
			panic(err) // it has nothing that could fail
		}
		list = append(list, one)
	}
	return list
}

// Again says what was said before, while the relay was cut off from the others: what a
// Change's Says has returned. It returns when that is stored. What the others have
// changed meanwhile stays: what is said now comes after it. What was stored before under
// the same ID is not said twice, and what is not possible any more is not said at all.
func (t *Talk) Again(ctx context.Context, says [][]byte) error {
	answered := make(chan struct{}, len(says))
	queued := 0
	for _, data := range says {
		var one saidAgain
		s := said{again: true}
		err := json.Unmarshal(data, &one)
		if err == nil {
			err = s.Say.Parse(one.Say)
		}
		if err != nil {
			return fmt.Errorf("what is to be said again does not parse: %w", err)
		}
		s.who = Speaker{Board: one.Board, Person: one.Person, Name: one.Name, Role: one.Role}
		s.clock = one.Clock
		s.answer = func(frame []byte) {
			if frame != nil {
				answered <- struct{}{}
			}
		}
		if err := t.enqueue(ctx, s.who.where(s.With), s); err != nil {
			return err
		}
		queued++
	}
	for range queued {
		select {
		case <-answered:
		case <-ctx.Done():
			return ctx.Err()
		case <-t.ctx.Done():
			return ErrClosed
		}
	}
	return nil
}
