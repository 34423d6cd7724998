package cluster

import (
	"context"
	"encoding/hex"
	"errors"

	"edgeboard/relay/store/message"
	"edgeboard/relay/store/notice"
)

// LocalNotices is a relay's own store of inboxes, as far as it is read; see notify.Store.
type LocalNotices interface {
	Page(ctx context.Context, person [16]byte, q notice.Query) (page []notice.Entry, more bool, damaged int, now notice.Standing, err error)
	Due(ctx context.Context, now int64, limit int) (list []notice.Delivery, next int64, err error)
}

// Notices are persons' inboxes on all relays of a cluster (notify.Store). They are read
// here. One relay at a time delivers: to the others nothing is due.
type Notices struct {
	LocalNotices
	s *Speech
}

// Notices returns those of the cluster; local is the relay's own store.
func (s *Speech) Notices(local LocalNotices) *Notices { return &Notices{local, s} }

func inboxKey(person [16]byte) string { return "i/" + hex.EncodeToString(person[:]) }

// Put stores a batch on all relays, in parts if it is large. While the engine is not
// reached it is kept, and comes into inboxes later.
func (n *Notices) Put(b notice.Batch, done func([]notice.Change, error)) {
	n.s.begin(func(err error) { done(nil, err) }, func() { done(n.put(b)) })
}

func (n *Notices) put(b notice.Batch) (changes []notice.Change, err error) {
	key := "i/"
	if len(b.Put) == 1 {
		key = inboxKey(b.Put[0].Person)
	}
	step := message.Step{Notices: &b}
	err = n.s.doOrSpool(n.s.c.ctx, key, step, func() stepDo { return stepDo{Step: step} }, func(d message.Done) { changes = d.Notices })
	if !errors.Is(err, errTooLong) || len(b.Put) < 2 {
		return changes, err
	}
	half := len(b.Put) / 2
	first, err := n.put(notice.Batch{Put: b.Put[:half]})
	if err != nil {
		return nil, err
	}
	rest, err := n.put(notice.Batch{Put: b.Put[half:], Gone: b.Gone})
	return append(first, rest...), err
}

// Settle stores what was read on all relays.
func (n *Notices) Settle(ctx context.Context, person [16]byte, s notice.Settled) (change notice.Change, err error) {
	change.Person = person
	_, _, _, now, err := n.Page(ctx, person, notice.Query{Limit: 1})
	if err != nil {
		return change, err
	}
	if change.Standing = now; now.Unread == 0 {
		return change, nil
	}
	step := message.Step{Settle: &message.Settle{Person: person, What: s}}
	err = n.s.doOrSpool(context.WithoutCancel(ctx), inboxKey(person), step, func() stepDo { return stepDo{Step: step} }, func(d message.Done) {
		if len(d.Notices) > 0 {
			change = d.Notices[0]
		}
	})
	return change, err
}

// Due returns deliveries that are due, if this relay is to deliver.
func (n *Notices) Due(ctx context.Context, now int64, limit int) (list []notice.Delivery, next int64, err error) {
	if !n.s.courier.is() {
		return nil, 0, nil
	}
	return n.LocalNotices.Due(ctx, now, limit)
}

// Deliver stores what became of deliveries on all relays.
func (n *Notices) Deliver(ctx context.Context, list []notice.Outcome) error {
	o, err := newOperation(opStep, "i/", message.Step{Delivered: list})
	if err != nil || len(list) == 0 {
		return err
	}
	return n.s.do(ctx, o, func(message.Done) {})
}

// Forget removes some of the entries that were read and stored before a time, on all
// relays. The relay that delivers does so.
func (n *Notices) Forget(ctx context.Context, before int64) (more bool, err error) {
	if before <= 0 || !n.s.courier.is() {
		return false, nil
	}
	o, err := newOperation(opStep, "i/", message.Step{ForgetEntries: before})
	if err == nil {
		err = n.s.do(ctx, o, func(d message.Done) { more = d.More })
	}
	return more, err
}
