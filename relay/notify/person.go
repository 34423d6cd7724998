package notify

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"edgeboard/shared/wire"
)

// Kinds of records.
const (
	ofWishes  = "wishes" // hex(person): wishes
	ofDevices = "push"   // hex(person)/name of the device: device
	ofOwners  = "device" // name of the device: whose it is, 16 bytes
	ofBarred  = "barred" // hex(person)/board: the person may not see the board; without one: anything
	ofKey     = "vapid"  // keyName: the relay's private key for push, 32 bytes
)

const (
	// maxKnown is of how many persons it is remembered what is known.
	maxKnown = 4096
	// lookTimeout is how long what is said waits for what is known of those whom it
	// concerns, all together; after one that was that slow nothing waits for lookPause.
	lookTimeout = 250 * time.Millisecond
	lookPause   = 2 * time.Second
)

// person is what is known of one. It is not changed.
type person struct {
	wishes
	muted   map[string]bool // wishes.Muted
	barred  map[string]bool // boards that the person may not see; of "" nothing at all
	devices []device        // that may be pushed to, by since
}

// nobodyKnown is somebody of whom nothing is known.
var nobodyKnown = &person{}

// people remembers what is known of persons: the records are asked when somebody is not
// among them, and after each change of somebody's.
type people struct {
	// writing are held by those who change what is known of a person; each is for many.
	writing [64]sync.Mutex

	mu     sync.Mutex
	known  map[wire.Person]*person
	writes uint64    // so many changes there were
	paused time.Time // until then what is said does not wait for records
}

func newPeople() people { return people{known: map[wire.Person]*person{}} }

// hold lets one at a time change what is known of a person.
func (c *Center) hold(p wire.Person) (release func()) {
	mu := &c.people.writing[int(p[0])%len(c.people.writing)]
	mu.Lock()
	return mu.Unlock
}

// put stores a record of a person's, nil: removes it, and has what is known of the
// person read again.
func (c *Center) put(ctx context.Context, p wire.Person, kind, key string, value []byte) error {
	err := c.Records.Put(ctx, kind, key, value, time.Time{})
	// It may be stored also if it failed.
	c.people.mu.Lock()
	c.people.writes++
	delete(c.people.known, p)
	c.people.mu.Unlock()
	return err
}

// HeardRecord says that another relay has put a record: what is known of its person is
// read again, and all connections of the person are told of other wishes.
func (c *Center) HeardRecord(ctx context.Context, kind, key string) {
	if kind != ofWishes && kind != ofDevices && kind != ofBarred {
		return
	}
	name, _, _ := strings.Cut(key, "/")
	id, err := hex.DecodeString(name)
	var p wire.Person
	if copy(p[:], id); err != nil || len(id) != len(p) {
		return
	}
	defer c.hold(p)()
	c.people.mu.Lock()
	c.people.writes++
	delete(c.people.known, p)
	c.people.mu.Unlock()
	if kind == ofBarred {
		return
	}
	if err := c.tellWishes(ctx, p); err != nil {
		c.Log.Warn("a person is not told what it wishes, as another relay has stored it", "error", err)
	}
}

// person returns what is known of one.
func (c *Center) person(ctx context.Context, p wire.Person) (*person, error) {
	c.people.mu.Lock()
	k, writes := c.people.known[p], c.people.writes
	c.people.mu.Unlock()
	if k != nil {
		return k, nil
	}
	k, err := c.look(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("reading what a person wishes: %w", err)
	}
	c.people.mu.Lock()
	defer c.people.mu.Unlock()
	// What was changed meanwhile may be missing in it.
	if c.people.writes == writes {
		if len(c.people.known) >= maxKnown {
			for other := range c.people.known { // any one
				delete(c.people.known, other)
				break
			}
		}
		c.people.known[p] = k
	}
	return k, nil
}

// personSoon is person for those who cannot wait: if it cannot be known soon it is as if
// nothing were known. ctx has lookTimeout.
func (c *Center) personSoon(ctx context.Context, p wire.Person) *person {
	c.people.mu.Lock()
	k, paused := c.people.known[p], time.Now().Before(c.people.paused)
	c.people.mu.Unlock()
	if k != nil {
		return k
	}
	if paused || ctx.Err() != nil {
		return nobodyKnown
	}
	k, err := c.person(ctx, p)
	if err == nil {
		return k
	}
	c.Log.Warn("an entry is made without what its person wishes", "error", err)
	if ctx.Err() != nil {
		c.people.mu.Lock()
		c.people.paused = time.Now().Add(lookPause)
		c.people.mu.Unlock()
	}
	return nobodyKnown
}

// look asks the records. What does not parse is as if it were not there: it is logged.
func (c *Center) look(ctx context.Context, p wire.Person) (*person, error) {
	k, name := &person{}, hex.EncodeToString(p[:])
	value, err := c.Records.Get(ctx, ofWishes, name)
	if err != nil {
		return nil, err
	}
	if value != nil {
		if err := json.Unmarshal(value, &k.wishes); err != nil {
			c.Log.Error("what a person wishes does not parse", "person", name, "error", err)
			k.wishes = wishes{}
		}
	}
	if len(k.Muted) > 0 {
		k.muted = map[string]bool{}
		for _, board := range k.Muted {
			k.muted[board] = true
		}
	}
	err = c.Records.List(ctx, ofBarred, name+"/", func(key string, _ []byte) error {
		if k.barred == nil {
			k.barred = map[string]bool{}
		}
		k.barred[strings.TrimPrefix(key, name+"/")] = true
		return nil
	})
	if err != nil || c.push == nil {
		return k, err
	}
	err = c.Records.List(ctx, ofDevices, name+"/", func(key string, value []byte) error {
		var d device
		if err := json.Unmarshal(value, &d); err != nil {
			c.Log.Error("a subscription does not parse", "record", key, "error", err)
			return nil
		}
		d.name = strings.TrimPrefix(key, name+"/")
		// The operator may have allowed other hosts when it was made.
		if len(k.devices) < 2*maxDevices && c.push.check(&d) == "" {
			k.devices = append(k.devices, d)
		}
		return nil
	})
	slices.SortStableFunc(k.devices, func(a, b device) int { return cmp.Compare(a.Since, b.Since) })
	return k, err
}

// shut reports whether nothing of a board, or of none, may come to a person.
func (k *person) shut(board string) bool { return k.barred[board] || k.barred[""] }

// Bar says that nothing of a board comes to a person from now on, or that it does again;
// without a board it is all that comes, of boards or not, and does not change what is said
// of single ones. It returns when that is stored. What is in the inbox stays there.
func (c *Center) Bar(ctx context.Context, board string, p wire.Person, barred bool) error {
	if p == (wire.Person{}) || board != "" && !wire.ValidBoardName(board) {
		return nil
	}
	defer c.hold(p)()
	var value []byte
	if barred {
		value = []byte{1}
	}
	k, err := c.person(ctx, p)
	if err == nil && k.barred[board] == barred {
		return nil
	}
	if err := c.put(ctx, p, ofBarred, hex.EncodeToString(p[:])+"/"+board, value); err != nil {
		return fmt.Errorf("storing who may not see board %q: %w", board, err)
	}
	return nil
}
