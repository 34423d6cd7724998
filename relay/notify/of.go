package notify

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// maxBatch is how many entries of an Event are stored together.
const maxBatch = 500

// Said is what was said, or changed, in a conversation.
type Said struct {
	// Board is on which; empty: two persons talk, who are Pair. Key is the
	// conversation's.
	Board, Key string
	Pair       [2]wire.Person
	Text       *wire.Text // as it is now: not kept
	New        bool       // it was said just now; otherwise it was edited or taken back
	// Was are the mentions of one that was edited, before that: only who is named anew
	// gets a new entry. Without them those get one who are named and have none.
	Was []wire.Mention
	To  wire.Person // the author of the message that it answers; nobody: it answers none
}

// concerned is somebody whom a message may concern.
type concerned struct {
	wire.Person
	what uint32 // bits of wire.EntryMention and so on: what it may be to the person
	anew bool   // the person may get an entry that is new
}

// concerned lists whom a message concerns, each once: at most wire.MaxMentions and two,
// and as many who were named before. What two persons say concerns nobody else, whomever
// they name.
func (s *Said) concerned() (list []concerned) {
	add := func(p wire.Person, what uint32, anew bool) {
		if p == (wire.Person{}) || p == s.Text.Author || s.Board == "" && p != s.Pair[0] && p != s.Pair[1] {
			return
		}
		for i := range list {
			if list[i].Person == p {
				list[i].what |= bit(what)
				list[i].anew = list[i].anew || anew
				return
			}
		}
		list = append(list, concerned{p, bit(what), anew})
	}
	was := map[wire.Person]bool{}
	for _, m := range s.Was {
		was[m.Person] = true
	}
	for _, m := range s.Text.Mentions {
		add(m.Person, wire.EntryMention, s.New || !was[m.Person])
	}
	if s.Board == "" {
		add(s.Pair[0], wire.EntryPrivate, s.New)
		add(s.Pair[1], wire.EntryPrivate, s.New)
	}
	add(s.To, wire.EntryReply, s.New)
	for _, m := range s.Was {
		add(m.Person, wire.EntryMention, false)
	}
	return list
}

// Of adds to a batch what becomes of inboxes (W94), by what those wish whom it concerns.
// What is not known of them soon, as the records fail, is taken for their having no
// wishes, and no devices.
func (c *Center) Of(b *notice.Batch, s Said) {
	source := sourceOf("talk", s.Key, string(s.Text.ID[:]))
	if s.Text.Deleted {
		b.Gone = append(b.Gone, source)
		return
	}
	list := s.concerned()
	if len(list) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(c.ctx, lookTimeout)
	defer cancel()
	entry := wire.Entry{
		Board: s.Board, From: s.Text.Author, Name: cut(oneLine(s.Text.Name), wire.MaxName),
		Text: cut(oneLine(talk.Plain(s.Text.Text)), wire.MaxExcerpt), Message: s.Text.ID, Stamp: s.Text.Stamp,
	}
	if s.Board == "" {
		entry.With = s.Text.Author
	}
	now := c.Now().UnixMilli()
	for _, who := range list {
		k := c.personSoon(ctx, who.Person)
		if k.shut(s.Board) {
			continue // also of the new words of what is there nothing
		}
		what, wanted := k.wanted(s.Board, who.what)
		if s.New && !wanted {
			continue
		}
		entry.What = what
		put := notice.Put{Edit: !who.anew || !wanted, Entry: notice.Entry{
			Person: who.Person, Source: source, Talk: s.Key, Stamp: uint64(s.Text.Stamp), Time: now, Data: encode(entry),
		}}
		if !put.Edit {
			put.Targets = c.targets(k, what)
		}
		b.Put = append(b.Put, put)
	}
}

// wanted chooses what a message is to a person, of some bits the first that it wants to
// hear of; of none that it wants the first, and false.
func (k *person) wanted(board string, bits uint32) (what uint32, wanted bool) {
	for _, w := range []uint32{wire.EntryMention, wire.EntryPrivate, wire.EntryReply} {
		if bits&bit(w) != 0 {
			if k.Off&bit(w) == 0 {
				return w, !k.muted[board]
			}
			if what == 0 {
				what = w
			}
		}
	}
	return what, false
}

// targets are where a person's entry of a kind is to be delivered to.
func (c *Center) targets(k *person, what uint32) (list []string) {
	for i := range c.Webhooks {
		list = append(list, webhookTarget+strconv.Itoa(i))
	}
	if k.Unpushed&bit(what) == 0 {
		for i := range k.devices {
			list = append(list, pushTarget+k.devices[i].name)
		}
	}
	return list
}

// Event is what a program, or the relay, has to tell persons.
type Event struct {
	Persons []wire.Person // nobody, and who comes twice, is passed over
	What    uint32        // wire.EntryInvitation, EntryAlert, EntryProgram; at most 31
	// ID is what it is known by, for each person: one that comes again changes the entry
	// that there is. Empty: it is another one each time.
	ID    string
	Board string // where it leads; empty: nowhere
	// From and Name say who has done it; nobody: a program.
	From wire.Person
	Name string // of this, Title and Text what is too long is cut off
	// Title and Text are what is shown.
	Title, Text string
	Element     string // on the board; at most wire.MaxElement bytes
}

// Tell puts an Event into inboxes, where that is wanted, and returns when it is stored
// how many persons have it. With an error it may be stored for some of them.
func (c *Center) Tell(ctx context.Context, e Event) (told int, err error) {
	select {
	case <-c.closing:
		return 0, ErrClosed
	default:
	}
	switch {
	case e.What == 0 || e.What > 31:
		return 0, fmt.Errorf("%d is no kind of entry", e.What)
	case e.Board != "" && !wire.ValidBoardName(e.Board):
		return 0, fmt.Errorf("%.80q is no name of a board", e.Board)
	case len(e.Element) > wire.MaxElement || !utf8.ValidString(e.Element):
		return 0, fmt.Errorf("an element has a name of at most %d bytes of UTF-8", wire.MaxElement)
	}
	if e.ID == "" {
		e.ID = rand.Text()
	}
	source := sourceOf("event", e.ID)
	data := encode(wire.Entry{
		What: e.What, Board: e.Board, From: e.From, Name: cut(oneLine(e.Name), wire.MaxName),
		Title: cut(oneLine(e.Title), wire.MaxTitle), Text: cut(strings.TrimSpace(visible(e.Text)), wire.MaxExcerpt), Element: e.Element,
	})
	var b notice.Batch
	seen := map[wire.Person]bool{{}: true}
	store := func() error {
		n := len(b.Put)
		if n == 0 {
			return nil
		}
		stored := make(chan error, 1)
		c.Store.Put(b, func(list []notice.Change, err error) {
			if err == nil {
				c.Changed(list)
			}
			stored <- err
		})
		b = notice.Batch{}
		select {
		case err := <-stored:
			if err != nil {
				return fmt.Errorf("storing what is told: %w", err)
			}
			told += n
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, p := range e.Persons {
		if seen[p] {
			continue
		}
		seen[p] = true
		k, err := c.person(ctx, p)
		if err != nil {
			return told, err
		}
		if k.Off&bit(e.What) != 0 || k.muted[e.Board] || k.shut(e.Board) {
			continue
		}
		b.Put = append(b.Put, notice.Put{Targets: c.targets(k, e.What), Entry: notice.Entry{
			Person: p, Source: source, Time: c.Now().UnixMilli(), Data: data,
		}})
		if len(b.Put) == maxBatch {
			if err := store(); err != nil {
				return told, err
			}
		}
	}
	return told, store()
}

// sourceOf is what an entry is known by. A message's ID is its author's choice, and
// known to others: with the conversation's key nobody reaches entries of another one.
func sourceOf(parts ...string) [16]byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return [16]byte(sum[:])
}

// visible is a text without what is invisible or turns it around: besides what
// talk.Clean takes away, the marks of direction and the fillers, as a notification is
// shown next to others' words.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u200e', '\u200f', '\u061c', '\u034f', '\u115f', '\u1160':
			return -1
		}
		return r
	}, talk.Clean(text))
}

// oneLine is visible with a space for each run of white space.
func oneLine(text string) string { return strings.Join(strings.Fields(visible(text)), " ") }

// cut shortens a text to so many bytes, at the end of a character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
