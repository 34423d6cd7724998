package main

import (
	"context"

	"edgeboard/shared/conn"
	"edgeboard/shared/wire"
)

// browses returns a talker's inbox as the relay has it, the last entry first, and how
// many of it are unread as the relay says.
func (v *victim) browses(ctx context.Context, c conn.Conn) (list []wire.Entry, unread uint32) {
	v.t.Helper()
	for q := (wire.Browse{Ask: 1}); ; q.Ask++ {
		if err := c.Send(ctx, wire.AppendFrame(nil, 0, &q)); err != nil {
			v.t.Fatal(err)
		}
		var page wire.Inbox
		v.await(ctx, c, func(f wire.Frame) (bool, error) {
			if f.Kind != wire.KindInbox {
				return false, nil
			}
			err := page.Parse(f.Body)
			return err != nil || page.Answers == q.Ask, err
		})
		if list = append(list, page.Entries...); !page.More {
			return list, page.Unread
		}
		q.Before = list[len(list)-1].Seq
	}
}

// concerned are the talkers whom a message of somebody's conversation concerns, and as
// what.
func (k *talker) concerned(one wire.Text) map[wire.Person]uint32 {
	whom := map[wire.Person]uint32{}
	if k.with != (wire.Person{}) {
		whom[k.person], whom[k.with] = wire.EntryPrivate, wire.EntryPrivate
	}
	for _, m := range one.Mentions {
		whom[m.Person] = wire.EntryMention
	}
	delete(whom, one.Author)
	return whom
}

// holdInboxes expects each talker to have what concerns it of all that is stored, once
// and as it reads, and nothing else, and what it has read before to be read. It reads one
// thing more of each, and returns how many there are in all.
func (v *victim) holdInboxes(what string, all []*talker) (n int) {
	t := v.t
	t.Helper()
	type about struct {
		wire.Person
		wire.TextID
	}
	want := map[about]wire.Text{}
	as := map[about]uint32{}
	for _, k := range all {
		for _, one := range v.recalls(k) {
			for p, kind := range k.concerned(one) {
				want[about{p, one.ID}] = one
				as[about{p, one.ID}] = kind
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, k := range all {
		c, _ := v.visit(ctx, k)
		list, unread := v.browses(ctx, c)
		n += len(list)
		count, last := uint32(0), uint64(1<<63)
		for _, e := range list {
			at := about{k.person, e.Message}
			one, ok := want[at]
			switch {
			case !ok:
				t.Fatalf("%s: %s has an entry %d of %q, which does not concern it, or has it twice", what, k.hello.Name, e.Seq, e.Text)
			case e.Seq >= last || e.Seq == 0:
				t.Fatalf("%s: %s has entry %d after %d", what, k.hello.Name, e.Seq, last)
			case e.Text != one.Text || e.Stamp != one.Stamp || e.From != one.Author:
				t.Fatalf("%s: %s has an entry %d of %q at %x, and the message reads %q at %x", what, k.hello.Name, e.Seq, e.Text, e.Stamp, one.Text, one.Stamp)
			case e.What != as[at]:
				t.Fatalf("%s: %s has %q as %d, want %d", what, k.hello.Name, e.Text, e.What, as[at])
			case e.Read != (e.Seq <= k.read):
				t.Fatalf("%s: %s has read up to %d, and entry %d is read: %v", what, k.hello.Name, k.read, e.Seq, e.Read)
			}
			delete(want, at)
			last = e.Seq
			if !e.Read {
				count++
			}
		}
		if count != unread {
			t.Fatalf("%s: %s has %d entries that are not read, and is told of %d", what, k.hello.Name, count, unread)
		}
		if unread > 0 {
			k.read = list[unread-1].Seq // the first of them
			v.settles(ctx, c, k.read)
		}
		c.Close(uint32(wire.CodeNormal), "")
	}
	for at, one := range want {
		t.Fatalf("%s: %q is not in the inbox of %v, whom it concerns as %d", what, one.Text, at.Person, as[at])
	}
	return n
}

// settles reads an inbox up to a place, and returns when that is stored.
func (v *victim) settles(ctx context.Context, c conn.Conn, upto uint64) {
	v.t.Helper()
	if err := c.Send(ctx, wire.AppendFrame(nil, 0, &wire.Settle{Read: []wire.Span{{From: 1, To: upto}}})); err != nil {
		v.t.Fatal(err)
	}
	v.await(ctx, c, func(f wire.Frame) (bool, error) {
		var news wire.Inbox
		if f.Kind != wire.KindInbox {
			return false, nil
		}
		err := news.Parse(f.Body)
		return err != nil || len(news.Read) > 0, err
	})
}
