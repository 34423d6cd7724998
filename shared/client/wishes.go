package client

import (
	"bytes"
	"slices"

	"edgeboard/shared/wire"
)

// How this person wants to be told of what comes into the inbox, and whether this
// device is while no board is open on it.

// Wishes returns how this person wants to be told, and whether that is known.
func (s *Session) Wishes() (wire.Wishes, bool) { return s.inbox.wishes, s.inbox.known }

// AskWishes asks for Wishes, which WishesChanged tells, from now on after each Welcome.
func (s *Session) AskWishes() {
	b := &s.inbox
	if !b.curious {
		b.curious = true
		s.askWishes()
	}
}

func (s *Session) askWishes() {
	b := &s.inbox
	if s.phase == Live && b.curious && b.tells.ask == 0 {
		b.tells = s.browse(wire.Browse{Wishes: true})
	}
}

// SetWishes has it that way from now on, here at once. What the relay alone says of
// Wishes is left out of account.
func (s *Session) SetWishes(w wire.Wishes) {
	b := &s.inbox
	w.PushKey, w.Devices, w.Refused = b.wishes.PushKey, b.wishes.Devices, ""
	w.Muted = slices.Clone(w.Muted)
	b.wishes, b.known, b.wished = w, true, true
	s.sayWishes()
	s.tell(WishesChanged)
}

func (s *Session) sayWishes() {
	b := &s.inbox
	if s.phase == Live && b.wished {
		w := b.wishes
		w.PushKey, w.Devices, w.Refused = nil, 0, ""
		b.answers, b.wishAt = b.answers+1, s.now
		s.say(&w)
	}
}

// Subscribe has the relay push to this device, from now on after each Welcome, in the
// place of what was subscribed before; or, if it is Ended, no longer.
func (s *Session) Subscribe(m *wire.Subscribe) {
	b := &s.inbox
	x := *m
	x.Key, x.Auth = bytes.Clone(m.Key), bytes.Clone(m.Auth)
	b.expired = slices.DeleteFunc(b.expired, func(o wire.Subscribe) bool { return o.Endpoint == x.Endpoint })
	if b.subscribed && b.device.Endpoint != x.Endpoint {
		b.expire(b.device)
	}
	b.device, b.subscribed = x, !x.Ended
	if x.Ended {
		b.expire(x)
		b.device = wire.Subscribe{}
	}
	s.saySubscribed()
}

// maxExpired bounds the subscriptions whose end waits for a relay.
const maxExpired = 4

func (b *inbox) expire(m wire.Subscribe) {
	if len(b.expired) == maxExpired {
		b.expired = slices.Delete(b.expired, 0, 1)
	}
	b.expired = append(b.expired, wire.Subscribe{Endpoint: m.Endpoint, Ended: true})
}

func (s *Session) saySubscribed() {
	b := &s.inbox
	if s.phase != Live {
		return
	}
	say := func(m *wire.Subscribe) {
		s.say(m)
		b.owed, b.owedAt = b.owed+1, s.now
	}
	for i := range b.expired {
		say(&b.expired[i])
	}
	b.expired = nil
	if b.subscribed {
		say(&b.device)
	}
}

// Unsubscribing reports whether the end of a subscription is not told yet, or the relay
// has not answered: who leaves the relay for good waits for that a little.
func (s *Session) Unsubscribing() bool {
	b := &s.inbox
	return len(b.expired) > 0 || b.owed > 0 && !b.subscribed
}

// toldWishes takes how this person wants to be told, as the relay has it.
func (s *Session) toldWishes(m *wire.Wishes) {
	b := &s.inbox
	switch {
	case b.tells.ask != 0:
		b.tells = question{}
	case b.answers > 0:
		b.answers--
	case b.owed > 0:
		b.owed--
	}
	if b.answers == 0 {
		b.wishes, b.wished = *m, false
	}
	// Otherwise another answer is under way, to what was said last.
	b.wishes.PushKey, b.wishes.Devices, b.wishes.Refused = m.PushKey, m.Devices, m.Refused
	b.known = true
	s.tell(WishesChanged)
}
