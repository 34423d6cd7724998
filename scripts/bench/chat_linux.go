package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"edgeboard/relay/store/notice"
	relaystore "edgeboard/relay/store/sqlite"
	"edgeboard/relay/talk"
	"edgeboard/shared/wire"
)

// chatBench measures a conversation that is long, as the relay answers questions about it, an inbox that is, and a conversation
// that many follow.
type chatBench struct {
	relayFlags
	messages, asks int
	entries        int // of the inbox
	disk           string
	room           roomLoad
}

// roomLoad is what is said in the case room1000.
type roomLoad struct {
	members, rate, speakers, runs int
	seconds, warm                 float64
}

func benchChat(ctx context.Context, args []string, out *report) error {
	flags := newFlags("chat", out)
	var b chatBench
	b.relayFlags.add(flags)
	cases := flags.String("cases", "history,search,inbox,room1000", "what to measure: "+strings.Join(chatCases, ", "))
	flags.whole(&b.messages, "messages", 1_000_000, "how many messages the conversation has", 1000, endless)
	flags.whole(&b.entries, "entries", 100_000, "how many entries the inbox has", 1000, notice.MostEntries)
	flags.whole(&b.asks, "asks", 100, "how often each question is asked", 1, endless)
	flags.StringVar(&b.disk, "dir", "", "`folder` on the disk that is measured (default: the one for temporary files)")
	flags.whole(&b.room.members, "members", 1000, "how many are in the room", 2, 20_000)
	flags.whole(&b.room.rate, "rate", 50, "how many messages a second are said there in all", 1, 1000)
	flags.whole(&b.room.speakers, "speakers", 10, "by how many of the members", 1, 1000)
	flags.whole(&b.room.runs, "runs", 3, "how often the room is measured, and its floor in turn; the median counts", 1, endless)
	flags.real(&b.room.seconds, "seconds", 10, "how long each run is measured", 0.1, 3600)
	flags.real(&b.room.warm, "warm", 2, "how many seconds messages flow before that", 0.1, 3600)
	if err := flags.parse(args); err != nil {
		return err
	}
	if b.room.speakers >= b.room.members || b.room.rate > b.room.speakers*wire.SayRate {
		return fmt.Errorf("chat: %d of %d members say %d messages a second; each says %d at the most, and one listens", b.room.speakers, b.room.members, b.room.rate, wire.SayRate)
	}
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(*cases, ",") {
		if !strings.Contains(" "+strings.Join(chatCases, " ")+" ", " "+name+" ") {
			return fmt.Errorf("chat: there is no case %q, only: %s", name, strings.Join(chatCases, ", "))
		}
		wanted[name] = true
	}
	if wanted["inbox"] && b.asks > b.entries/2 {
		return fmt.Errorf("chat: an inbox of %d entries cannot be asked %d times: each time one more is read", b.entries, b.asks)
	}
	if wanted["history"] || wanted["search"] {
		if err := b.long(ctx, wanted, out); err != nil {
			return fmt.Errorf("chat: %w", err)
		}
	}
	if wanted["inbox"] {
		if err := b.inbox(ctx, out); err != nil {
			return fmt.Errorf("chat: %w", err)
		}
	}
	if wanted["room1000"] {
		return b.run(ctx, "chat", out, func() error { return b.inRoom(ctx, out) })
	}
	return nil
}

var chatCases = []string{"history", "search", "inbox", "room1000"}

// question is what is asked about the long conversation.
type question struct {
	group, name string
	ask         func(i int) error
}

// long asks all questions about a conversation of many messages.
func (b *chatBench) long(ctx context.Context, wanted map[string]bool, out *report) (err error) {
	dir, err := os.MkdirTemp(b.disk, "edgeboard-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	store, err := relaystore.Open(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	t := talk.New(talk.Config{Store: store.Messages(), Audience: nobody{}, Log: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, t.Close(context.Background())) }()
	l := newLongTalk(b.messages)
	if err := l.write(ctx, store, out); err != nil {
		return err
	}
	reader := talk.Speaker{Board: "long", Person: l.person(1), Name: "Reader", Role: wire.RoleEditor}
	// It has read half of it.
	if err := t.Mark(ctx, reader, &wire.Mark{Stamp: l.stamp(b.messages / 2)}); err != nil {
		return err
	}
	recall := func(q wire.Recall) error {
		q.Ask, q.Limit = 1, 50
		_, err := t.Recall(ctx, reader, &q)
		return err
	}
	at := func(i int) wire.Stamp { return l.stamp(i * 7919 * 131 % b.messages) }
	before := func(find func(i int) string) func(i int) error {
		return func(i int) error { return recall(wire.Recall{Find: find(i)}) }
	}
	questions := []question{
		{"history", "last", func(int) error { return recall(wire.Recall{}) }},
		{"history", "before", func(i int) error { return recall(wire.Recall{Stamp: at(i)}) }},
		{"history", "after", func(i int) error { return recall(wire.Recall{What: wire.RecallAfter, Stamp: at(i)}) }},
		{"history", "date", func(i int) error {
			return recall(wire.Recall{What: wire.RecallAfter, Stamp: wire.StampAt(at(i).Milliseconds()) - 1})
		}},
		{"history", "changed", func(i int) error { return recall(wire.Recall{What: wire.RecallChanged, Stamp: at(i)}) }},
		{"history", "unread", func(int) error { _, err := t.Talks(ctx, reader); return err }},
		{"search", "rare", before(func(i int) string { return l.rare(i % rareWords) })},
		{"search", "none", before(func(i int) string { return fmt.Sprint("qqqzzq", i) })},
		{"search", "frequent", before(func(int) string { return frequentWord })},
		{"search", "frequent_at", func(i int) error { return recall(wire.Recall{Find: frequentWord, Stamp: at(i)}) }},
		{"search", "phrase", before(func(i int) string { return l.words[i] + " " + l.words[i+1] })},
		{"search", "han2", before(func(i int) string { return string(l.han[i : i+2]) })},
		{"search", "han2_frequent", before(func(int) string { return frequentHan })},
		{"search", "one", before(func(i int) string { return string(rune('a' + i%26)) })},
	}
	return b.ask(ctx, wanted, out, questions)
}

// ask asks questions of the groups that are wanted.
func (b *chatBench) ask(ctx context.Context, wanted map[string]bool, out *report, questions []question) error {
	worst := map[string]time.Duration{}
	for _, q := range questions {
		if !wanted[q.group] {
			continue
		}
		var took spread
		for i := range b.asks {
			if err := ctx.Err(); err != nil {
				return err
			}
			start := time.Now()
			if err := q.ask(i); err != nil {
				return fmt.Errorf("%s %s: %w", q.group, q.name, err)
			}
			took.add(time.Since(start))
		}
		p50 := took.quantile(0.5)
		worst[q.group] = max(worst[q.group], p50)
		out.add(q.group, q.name+"_p50_ms", "ms", ms(p50))
		out.add(q.group, q.name+"_p99_ms", "ms", ms(took.quantile(0.99)))
	}
	// The median of the slowest question.
	for _, group := range chatCases {
		if took := worst[group]; took > 0 {
			out.add(group, "ms", "ms", ms(took))
		}
	}
	return nil
}

// nobody is told what is said.
type nobody struct{}

func (nobody) TellBoard(string, []byte)                 {}
func (nobody) TellPerson(wire.Person, []byte)           {}
func (nobody) TellPersonOn(string, wire.Person, []byte) {}

const (
	// rareWords are said once each.
	rareWords = 50
	// frequentWord and frequentHan are in a third of all messages.
	frequentWord = "meeting"
	frequentHan  = "明天"
	speakers     = 50
)

// longTalk makes messages of words as people use them: some often, most seldom. A third of them are Chinese.
type longTalk struct {
	count int
	rnd   *rand.Rand
	words []string
	han   []rune
}

func newLongTalk(count int) *longTalk {
	l := &longTalk{count: count, rnd: rand.New(rand.NewPCG(1, 2))}
	for range 20_000 {
		word := make([]byte, 2+l.rnd.IntN(9))
		for i := range word {
			word[i] = "etaoinshrdlcumwfgypbvk"[l.often(22)]
		}
		l.words = append(l.words, string(word))
	}
	for c := rune(0x4e00); c < 0x4e00+4000; c++ {
		l.han = append(l.han, c)
	}
	return l
}

// often is a number below n, the smaller the oftener.
func (l *longTalk) often(n int) int { return int(float64(n) * l.rnd.Float64() * l.rnd.Float64()) }

// stamp is that of message i: one each half minute.
func (l *longTalk) stamp(i int) wire.Stamp { return wire.StampAt(1_700_000_000_000 + int64(i)*30_000) }

func (l *longTalk) person(i int) (p wire.Person) {
	binary.BigEndian.PutUint64(p[:], uint64(i+1))
	return p
}

func (l *longTalk) rare(i int) string { return fmt.Sprintf("xyloq%03d", i) }

func (l *longTalk) text(i int) string {
	var b strings.Builder
	if i%3 == 0 {
		for range 5 + l.rnd.IntN(30) {
			b.WriteRune(l.han[l.often(len(l.han))])
		}
		b.WriteString(frequentHan)
	} else {
		for range 3 + l.rnd.IntN(17) {
			b.WriteString(l.words[l.often(len(l.words))])
			b.WriteByte(' ')
		}
		if i%3 == 1 {
			b.WriteString(frequentWord)
		}
	}
	if every := l.count / rareWords; i%every == every/2 {
		b.WriteString(l.rare(min(i/every, rareWords-1)))
	}
	return b.String()
}

// write stores the messages as package talk does, but more of them together.
func (l *longTalk) write(ctx context.Context, store *relaystore.Store, out *report) error {
	start := time.Now()
	const together = 1000
	for from := 0; from < l.count; from += together {
		if err := ctx.Err(); err != nil {
			return err
		}
		change := talk.Change{Key: "b:long"}
		for i := from; i < min(from+together, l.count); i++ {
			text := wire.Text{Author: l.person(i % speakers), Name: fmt.Sprint("Player ", i%speakers), Stamp: l.stamp(i), Changed: l.stamp(i), Text: l.text(i)}
			binary.LittleEndian.PutUint64(text.ID[:], l.rnd.Uint64())
			binary.LittleEndian.PutUint64(text.ID[8:], uint64(i)+1)
			change.Clock = uint64(text.Stamp)
			change.Messages = append(change.Messages, talk.Message{
				ID: text.ID, Author: text.Author, Stamp: uint64(text.Stamp), Changed: uint64(text.Changed),
				Data: (&wire.Said{Texts: []wire.Text{text}}).Append(nil), Text: text.Text, Retext: true,
			})
		}
		result := make(chan error, 1)
		store.Messages().Put(change, func(err error) { result <- err })
		if err := <-result; err != nil {
			return err
		}
		if done := from + together; done%100_000 == 0 {
			out.note("chat: %d messages are written, %v", done, time.Since(start).Round(time.Second))
		}
	}
	out.add("history", "write_us", "us", float64(time.Since(start).Microseconds())/float64(l.count))
	return nil
}
