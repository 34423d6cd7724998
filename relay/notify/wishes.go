package notify

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"edgeboard/shared/wire"
)

// wishes is the record of how a person wants to be told; see wire.Wishes. The zero
// wishes are to be told of everything at any time.
type wishes struct {
	Off       uint32   `json:"off,omitempty"`
	Unpushed  uint32   `json:"unpushed,omitempty"`
	Muted     []string `json:"muted,omitempty"`
	QuietFrom uint32   `json:"quiet_from,omitempty"`
	QuietTo   uint32   `json:"quiet_to,omitempty"`
	Zone      string   `json:"zone,omitempty"`
}

// bit is that of a kind of entry, 0 of one that has none.
func bit(what uint32) uint32 {
	if what > 31 {
		return 0
	}
	return 1 << what
}

// minutesOfDay are those of any day: the clock shows no other times, also when it is put
// forward or back.
const minutesOfDay = 24 * 60

// quiet reports whether no device is to be woken at a time. It is the clock of the
// person's zone that counts: an hour that comes twice in autumn is quiet twice.
func (w *wishes) quiet(now time.Time) bool {
	if w.QuietFrom == w.QuietTo {
		return false
	}
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		zone = time.UTC // it was known once
	}
	hour, minute, _ := now.In(zone).Clock()
	at := uint32(60*hour + minute)
	if w.QuietFrom < w.QuietTo {
		return w.QuietFrom <= at && at < w.QuietTo
	}
	return at >= w.QuietFrom || at < w.QuietTo
}

// check says why wishes are not taken, in English; empty: they are.
func (w *wishes) check() string {
	for _, board := range w.Muted {
		if !wire.ValidBoardName(board) {
			return fmt.Sprintf("%.20q is no name of a board", board)
		}
	}
	switch {
	case len(w.Muted) > wire.MaxMuted:
		return fmt.Sprintf("at most %d boards can be muted", wire.MaxMuted)
	case w.QuietFrom >= minutesOfDay || w.QuietTo >= minutesOfDay:
		return fmt.Sprintf("a minute of the day is from 0 to %d", minutesOfDay-1)
	case len(w.Zone) > wire.MaxZone || w.Zone == "Local":
		return "this time zone is not known" // Local would be the relay's own
	}
	if _, err := time.LoadLocation(w.Zone); err != nil {
		return "this time zone is not known"
	}
	return ""
}

// Wish notes how a person wants to be told from now on, and tells all connections of the
// person; answer is nil then. What is not taken is answered with the wishes that hold,
// and with why.
func (c *Center) Wish(ctx context.Context, p wire.Person, w *wire.Wishes) (answer []byte, err error) {
	next := wishes{w.Off, w.Unpushed, slices.Clone(w.Muted), w.QuietFrom, w.QuietTo, w.Zone}
	slices.Sort(next.Muted)
	next.Muted = slices.Compact(next.Muted)
	refused := next.check()
	if p == (wire.Person{}) {
		refused = reasonNobody
	}
	if refused != "" {
		return c.wishesOf(ctx, p, refused)
	}
	value, err := json.Marshal(next)
	if err != nil {
		return nil, err
	}
	defer c.hold(p)()
	if err := c.put(ctx, p, ofWishes, hex.EncodeToString(p[:]), value); err != nil {
		return nil, fmt.Errorf("storing what a person wishes: %w", err)
	}
	return nil, c.tellWishes(ctx, p)
}

// reasonNobody is told to who has no inbox.
const reasonNobody = "who has no name has no inbox"

// tellWishes tells all connections of a person how the wishes are. The caller holds the
// person, so that what is told last is what holds.
func (c *Center) tellWishes(ctx context.Context, p wire.Person) error {
	frame, err := c.wishesOf(ctx, p, "")
	if err != nil {
		return err
	}
	c.Audience.TellPerson(p, frame)
	return nil
}

// wishesOf returns the encoded Wishes that hold for a person.
func (c *Center) wishesOf(ctx context.Context, p wire.Person, refused string) (frame []byte, err error) {
	k := nobodyKnown
	if p != (wire.Person{}) {
		if k, err = c.person(ctx, p); err != nil {
			return nil, err
		}
	}
	answer := wire.Wishes{
		Off: k.Off, Unpushed: k.Unpushed, Muted: k.Muted, QuietFrom: k.QuietFrom, QuietTo: k.QuietTo, Zone: k.Zone,
		Devices: uint32(len(k.devices)), Refused: cut(refused, wire.MaxReason),
	}
	if c.push != nil {
		answer.PushKey = c.push.public
	}
	return wire.AppendFrame(nil, 0, &answer), nil
}
