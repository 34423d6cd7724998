package main

import (
	"context"
	"fmt"

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

// holdInboxes expects each talker to have what concerns it, and returns how many entries
// there are in all.
func (v *victim) holdInboxes(what string, all []*talker) int {
	v.t.Helper()
	n, err := v.checkInboxes(all)
	if err != nil {
		v.t.Fatalf("%s: %v", what, err)
	}
	return n
}

// checkInboxes returns an error unless each talker has what concerns it of all that is
// stored, once and as it reads, and nothing else, and what it has read before is read. It
// reads one thing more of each, and returns how many there are in all.
func (v *victim) checkInboxes(all []*talker) (n int, err error) {
	v.t.Helper()
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
	ctx, cancel := context.WithTimeout(v.t.Context(), patience)
	defer cancel()
	for _, k := range all {
		c, _ := v.visit(ctx, k)
		defer c.Close(uint32(wire.CodeNormal), "")
		list, unread := v.browses(ctx, c)
		n += len(list)
		count, last := uint32(0), uint64(1<<63)
		for _, e := range list {
			at := about{k.person, e.Message}
			one, ok := want[at]
			switch {
			case !ok:
				return n, fmt.Errorf("%s has an entry %d of %q, which does not concern it, or has it twice", k.hello.Name, e.Seq, e.Text)
			case e.Seq >= last || e.Seq == 0:
				return n, fmt.Errorf("%s has entry %d after %d", k.hello.Name, e.Seq, last)
			case e.Text != one.Text || e.Stamp != one.Stamp || e.From != one.Author:
				return n, fmt.Errorf("%s has an entry %d of %q at %x, and the message reads %q at %x", k.hello.Name, e.Seq, e.Text, e.Stamp, one.Text, one.Stamp)
			case e.What != as[at]:
				return n, fmt.Errorf("%s has %q as %d, want %d", k.hello.Name, e.Text, e.What, as[at])
			case e.Read != (e.Seq <= k.read):
				return n, fmt.Errorf("%s has read up to %d, and entry %d is read: %v", k.hello.Name, k.read, e.Seq, e.Read)
			}
			delete(want, at)
			last = e.Seq
			if !e.Read {
				count++
			}
		}
		if count != unread {
			return n, fmt.Errorf("%s has %d entries that are not read, and is told of %d", k.hello.Name, count, unread)
		}
		if unread > 0 {
			k.read = list[unread-1].Seq // the first of them
			v.settles(ctx, c, k.read)
		}
	}
	for at, one := range want {
		return n, fmt.Errorf("%q is not in the inbox of %v, whom it concerns as %d", one.Text, at.Person, as[at])
	}
	return n, nil
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
