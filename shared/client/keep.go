package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

const (
	// Own changes are kept at once: what comes while one record is being written
	// goes into the next. What others do, and what the relay says that it has, can
	// be had again, and waits so long for company.
	keepEvery = time.Second
	// maxBatch bounds the updates that wait for the Shelf. Beyond it they are
	// dropped and the whole board is written instead (R4; Kept.Conflated counts).
	maxBatch = 4 << 20
	// A slot whose records after the first have grown larger than the first, and
	// than minLog, is written anew with the whole board.
	minLog = 256 << 10
	// After an error the whole board is tried again.
	keepRetry = 30 * time.Second
	// lookEvery is how often slots that other programs have left behind are looked
	// for; that is done on every Welcome as well.
	lookEvery = 30 * time.Second
	// keepLast is how long the last record may take when a Link ends.
	keepLast = 2 * time.Second
)

// Kept is the place of a board on a Shelf. Make one with Restore and give it to
// one Session, by its Config.
//
// What is kept is the board as this device knows it, own changes and others'. A
// program that starts draws a new replica to write as (see NewReplica), and does
// not go on with that of the program before: records are written beside the
// sending, not before it, so that a program that ended unexpectedly may have sent
// more than it kept. It has lost count, and to use a number twice would part
// boards for good (B2).
type Kept struct {
	shelf  Shelf
	slot   Slot // nil: nothing is kept
	number int
	err    error // why the board is not kept now

	found   []Pending     // what Restore found, until a Session has it
	bases   bases         // the same
	drafts  []*talk.Draft // the same: what was not said yet
	orphans []orphan      // of programs that have ended: they go when the board is kept here
	said    []*talk.Draft // what was said, and is in no record yet
	saying  bool          // what was said is in the record that is being written
	unsaid  []wire.TextID // what need not be kept any more, since the last record
	batch   []byte        // updates that are in no record yet
	whole   bool          // the next record is the whole board
	changed bool          // Pending has, or there is a batch
	urgent  bool          // now, not when due
	due     time.Time
	busy    bool      // a record is being written
	retry   time.Time // not before then, after an error
	aside   bool      // what is kept is to be set aside
	setting bool      // and is being
	unfit   bool      // nothing is kept until a relay welcomes the board

	handed     uint64 // own operations up to here are in a record, perhaps not written
	through    uint64 // own operations up to here are kept
	base, log  int    // bytes of the first record, and of those after it
	conflated  int
	writing    int // bytes of the record that is being written
	replacing  bool
	takingOver []orphan // those that go with it
}

// Restore takes a place on a shelf and lets doc, which is to be empty, have what
// was kept of its board. What programs have left behind that ended with changes
// unsent is taken over, whatever slot it is in.
//
// An error says what could not be read, and was set aside, or why the board is not
// kept from now on. The Kept can be used all the same.
func Restore(ctx context.Context, shelf Shelf, doc *board.Board) (*Kept, error) {
	k := &Kept{shelf: shelf}
	err := k.restore(ctx, doc)
	if k.err != nil {
		k.Close()
	}
	return k, err
}

func (k *Kept) restore(ctx context.Context, doc *board.Board) error {
	slots, err := k.shelf.Slots(ctx)
	if err != nil {
		k.err = fmt.Errorf("looking for what was kept: %w", err)
		return k.err
	}
	for n := 0; k.slot == nil && n < MaxSlots; n++ {
		if k.slot, err = k.shelf.Take(ctx, n); err != nil {
			k.err = fmt.Errorf("taking slot %d: %w", n, err)
			break
		}
		k.number = n
	}
	if k.slot == nil && k.err == nil {
		k.err = ErrNoSlot
	}
	errs := []error{k.err}
	for _, n := range slots {
		own := k.slot != nil && n == k.number
		slot := k.slot
		if !own && k.slot != nil {
			if slot, err = k.shelf.Take(ctx, n); err != nil {
				slot = nil // as one that another program has
			}
		}
		c, err := k.read(ctx, n, doc)
		switch {
		case err != nil && slot == nil:
			continue // another program is at it
		case err != nil && !unreadable(err):
			k.err = fmt.Errorf("reading slot %d: %w", n, err)
			errs = append(errs, k.err)
			if !own {
				slot.Close()
			}
			continue
		case err != nil:
			errs = append(errs, fmt.Errorf("slot %d: %w", n, err))
			if !own {
				break
			}
			if err := slot.SetAside(ctx); err != nil {
				k.err = fmt.Errorf("setting slot %d aside: %w", n, err)
				errs = append(errs, k.err)
			}
			c.whole, c.bytes = 0, 0
			k.whole, k.changed = true, true
		}
		if slot == nil {
			continue // its program sends what is pending
		}
		k.found = addPending(k.found, c.pending...)
		k.drafts = append(k.drafts, c.drafts...)
		if own {
			k.base, k.log = c.whole, c.bytes-c.whole
		} else {
			k.orphans = append(k.orphans, orphan{n, slot, nil, c.err})
			k.whole, k.changed = true, true
		}
	}
	k.urgent = k.changed
	return errors.Join(errs...)
}

// read lets doc have what is in a slot, as far as it can be read.
func (k *Kept) read(ctx context.Context, slot int, doc *board.Board) (contents, error) {
	records, err := k.shelf.Read(ctx, slot)
	if err != nil && !unreadable(err) {
		return contents{}, err
	}
	c := readContents(doc, &k.bases, records, err)
	c.updates = nil
	return c, c.err
}

// Close gives the slot back, for who has no Link: a Link does it at its end.
func (k *Kept) Close() {
	for _, o := range append(k.takingOver, k.orphans...) {
		o.slot.Close()
	}
	k.orphans, k.takingOver = nil, nil
	if k.slot != nil {
		k.slot.Close()
		k.slot = nil
	}
}

// Conflated returns how often the Shelf was so slow that updates were dropped,
// and the whole board written in their place.
func (k *Kept) Conflated() int { return k.conflated }

// add takes updates that the board has now.
func (k *Kept) add(updates []byte, urgent bool, now time.Time) {
	if k == nil || k.slot == nil {
		return
	}
	switch {
	case k.whole:
	case len(k.batch)+len(updates) > maxBatch:
		k.batch, k.whole = nil, true
		k.conflated++
	default:
		k.batch = append(k.batch, updates...)
	}
	k.touch(urgent, now)
}

// say takes what was said, or what became of it.
func (k *Kept) say(d *talk.Draft) {
	if k == nil || k.slot == nil {
		return
	}
	k.said = append(k.said, d)
	k.touch(true, time.Time{})
}

// unsay takes that something need not be kept any more.
func (k *Kept) unsay(id wire.TextID, now time.Time) {
	if k == nil || k.slot == nil {
		return
	}
	k.said = slices.DeleteFunc(k.said, func(d *talk.Draft) bool { return d.ID == id })
	if !k.whole { // otherwise the next record has what is left
		k.unsaid = append(k.unsaid, id)
	}
	k.touch(false, now)
}

// anew makes the next record the whole board.
func (k *Kept) anew(now time.Time) {
	if k == nil || k.slot == nil {
		return
	}
	k.batch, k.whole = nil, true
	k.touch(false, now)
}

// touch makes a record due.
func (k *Kept) touch(urgent bool, now time.Time) {
	if k == nil || k.slot == nil {
		return
	}
	if !k.changed {
		k.due = now.Add(keepEvery)
	}
	k.changed = true
	k.urgent = k.urgent || urgent
}

// when returns when the next record is due, the zero time if there is nothing to
// write, or one is being written.
func (k *Kept) when(now time.Time) time.Time {
	switch {
	case k == nil || k.slot == nil || k.busy:
		return time.Time{}
	case k.aside:
		return now
	case !k.changed || k.unfit:
		return time.Time{}
	case now.Before(k.retry):
		return k.retry
	case k.urgent:
		return now
	}
	return k.due
}

// chore is a record that is to be written.
type chore struct {
	slot    Slot
	record  Record
	aside   bool // set the slot aside, and write nothing
	replace bool
	over    []orphan // to be removed when it is written
}

func (c *chore) do(ctx context.Context) error {
	if c.aside {
		return c.slot.SetAside(ctx)
	}
	write := c.slot.Append
	if c.replace {
		write = c.slot.Replace
	}
	if err := write(ctx, c.record); err != nil {
		return err
	}
	for _, o := range c.over {
		remove := o.slot.Remove
		if o.err != nil {
			remove = o.slot.SetAside
		}
		_ = remove(ctx) // what stays is found once more
		o.slot.Close()
	}
	return nil
}

// KeepNow makes what there is to keep due at once: the program may end soon.
func (s *Session) KeepNow() {
	if k := s.cfg.Kept; k != nil && k.changed {
		k.urgent = true
	}
}

// chore returns what is to be written now, nil if nothing is. It is done before
// kept is called.
func (s *Session) chore(now time.Time) *chore {
	k := s.cfg.Kept
	if at := k.when(now); at.IsZero() || now.Before(at) {
		return nil
	}
	if k.aside {
		k.busy, k.setting = true, true
		return &chore{slot: k.slot, aside: true}
	}
	updates, snapshots, said, unsaid := k.batch, [][]byte(nil), k.said, k.unsaid
	replace := k.whole || k.log+len(k.batch) > max(k.base, minLog)
	if replace {
		var err error
		if updates, err = s.bases.rest(s.cfg.Doc); err != nil {
			s.notKept(fmt.Errorf("keeping the board: %w", err), now)
			return nil
		}
		snapshots, said, unsaid = s.bases.list, s.outbox.drafts, nil
	}
	pending := s.pending()
	c := &chore{
		slot:    k.slot,
		record:  Record{appendRecord(nil, pending, snapshots, said, unsaid, updates), len(pending) > 0 || s.outbox.waits()},
		replace: replace,
		over:    k.orphans,
	}
	k.takingOver, k.orphans = k.orphans, nil
	k.handed = s.cfg.Doc.Seq(s.cfg.Doc.Replica())
	k.writing, k.replacing = len(c.record.Data), replace
	k.said, k.unsaid, k.saying = nil, nil, len(said) > 0
	k.batch, k.whole, k.changed, k.urgent, k.busy = nil, false, false, false, true
	return c
}

// kept tells how a chore ended.
func (s *Session) kept(err error, now time.Time) {
	k := s.cfg.Kept
	before, why := s.isKept(), k.err
	k.busy, k.saying = false, false
	if k.setting {
		k.aside, k.setting, k.base, k.log, k.through = false, false, 0, 0, 0
		s.notKept(errors.Join(ErrUnfit, err), now)
		return
	}
	if err != nil {
		k.orphans = append(k.takingOver, k.orphans...)
		k.takingOver = nil
		s.notKept(fmt.Errorf("keeping the board: %w", err), now)
		return
	}
	k.takingOver = nil
	k.err, k.through = nil, k.handed
	if k.replacing {
		k.base, k.log = k.writing, 0
	} else {
		k.log += k.writing
	}
	if why != nil || s.isKept() != before {
		s.tell(StatusChanged)
	}
}

func (s *Session) notKept(err error, now time.Time) {
	k := s.cfg.Kept
	k.err, k.retry = err, now.Add(keepRetry)
	k.batch, k.whole, k.changed = nil, true, true
	s.tell(StatusChanged)
}

// misfit tells that the board contradicts what the relay has, or is refused by it.
// To keep it would be to fail again whenever the program starts, where one without
// a memory begins anew: what is kept is set aside, until a relay is content.
func (s *Session) misfit() {
	if k := s.cfg.Kept; k != nil && k.slot != nil {
		k.aside, k.unfit = true, true
	}
}

// fits tells that a relay has welcomed the board.
func (s *Session) fits(now time.Time) {
	if k := s.cfg.Kept; k != nil && k.unfit {
		k.unfit, k.retry = false, now.Add(keepRetry)
	}
}

// refuses reports whether a relay that ends a connection with a code refuses what
// the board has.
func refuses(code wire.Code) bool {
	return code == wire.CodeBadUpdate || code == wire.CodeBoardFull || code == wire.CodeBadFrame || code == wire.CodeTooLarge
}

// pending is what no relay is known to have: own changes, and those of programs
// that have ended.
func (s *Session) pending() []Pending {
	list := slices.Clone(s.inherited)
	if n := len(s.commits); n > 0 {
		list = append(list, Pending{s.cfg.Doc.Replica(), s.commits[n-1], n})
	}
	return list
}

// isKept reports whether every change that was made here is kept.
func (s *Session) isKept() bool {
	k := s.cfg.Kept
	return k != nil && k.slot != nil && k.err == nil && len(k.said) == 0 && !k.saying && s.cfg.Doc.Seq(s.cfg.Doc.Replica()) <= k.through
}

// keeper is a Link's way to its Shelf: one goroutine does chores and looks for
// what others have left.
type keeper struct {
	kept   *Kept
	chores chan *chore
	done   chan error
	look   chan struct{} // look now
	found  chan orphan
	stop   context.CancelFunc
	ended  chan struct{}

	chore *chore // the Session's, not yet taken by the goroutine
}

// orphan is a slot whose program has ended.
type orphan struct {
	number  int
	slot    Slot
	records [][]byte // until the board has them
	err     error    // not nil: it is to be set aside
}

// newKeeper starts the goroutine. Without a slot there is none, and the channels
// are never ready.
func newKeeper(k *Kept) *keeper {
	if k == nil || k.slot == nil {
		return &keeper{}
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &keeper{
		kept: k, chores: make(chan *chore), done: make(chan error, 1),
		look: make(chan struct{}, 1), found: make(chan orphan), stop: stop, ended: make(chan struct{}),
	}
	go w.run(ctx, k.shelf, k.number)
	return w
}

// next returns where to send the chore that is to be done next, nil if none is.
func (w *keeper) next(s *Session) chan<- *chore {
	if w.chore == nil {
		w.chore = s.chore(time.Now())
	}
	if w.chore == nil {
		return nil
	}
	return w.chores
}

// takeOver takes what a program has left.
func (l *Link) takeOver(o orphan) {
	if o.err = l.session.inherit(time.Now(), o.records, o.err); o.err != nil {
		l.tell(fmt.Errorf("slot %d of another program: %w", o.number, o.err))
	}
	o.records = nil
	k := l.keeper.kept
	k.orphans = append(k.orphans, o)
}

// lookNow makes the keeper look for slots that were left behind.
func (w *keeper) lookNow() {
	select {
	case w.look <- struct{}{}:
	default: // it will, or there is none
	}
}

func (w *keeper) run(ctx context.Context, shelf Shelf, own int) {
	defer close(w.ended)
	timer := time.NewTicker(lookEvery)
	defer timer.Stop()
	for {
		select {
		case c, more := <-w.chores:
			if !more {
				return
			}
			w.done <- c.do(ctx)
			continue
		case <-w.look:
		case <-timer.C:
		}
		slots, err := shelf.Slots(ctx)
		if err != nil {
			continue // the next chore will tell
		}
		for _, n := range slots {
			if n == own {
				continue
			}
			slot, err := shelf.Take(ctx, n)
			if err != nil || slot == nil {
				continue
			}
			records, err := shelf.Read(ctx, n)
			if err != nil && !unreadable(err) {
				slot.Close()
				continue
			}
			select {
			case w.found <- orphan{n, slot, records, err}:
			case <-ctx.Done():
				slot.Close()
			}
		}
	}
}

// end writes what is left and gives the slot back.
func (w *keeper) end(s *Session) {
	if w.kept == nil {
		return
	}
	// What is being written may still come to its end.
	timer := time.AfterFunc(keepLast, w.stop)
	defer timer.Stop()
	close(w.chores)
	for ended := false; !ended; {
		select {
		case o := <-w.found:
			o.slot.Close() // the next program finds it
		case <-w.ended:
			ended = true
		}
	}
	w.stop()
	ctx, cancel := context.WithTimeout(context.Background(), keepLast)
	defer cancel()
	switch {
	case w.chore != nil:
		s.kept(w.chore.do(ctx), time.Now())
	case w.kept.busy:
		s.kept(<-w.done, time.Now())
	}
	s.KeepNow()
	if c := s.chore(time.Now()); c != nil {
		s.kept(c.do(ctx), time.Now())
	}
	w.kept.Close()
}
