package notify

import (
	"bytes"
	"encoding/hex"
	"sync"
	"testing"
	"testing/synctest"

	"edgeboard/relay/store/notice"
	"edgeboard/shared/wire"
)

// Two relays of a cluster have the same inboxes. What one stores the other tells its
// people, and what somebody wishes on one holds on the other.
func TestHeard(t *testing.T) {
	atDesk(t, Config{}, func(t *testing.T, d *desk) {
		other := newDesk(t, Config{})
		other.store, other.records = d.store, d.records
		other.open()
		defer other.close()
		if _, err := other.Browse(t.Context(), bo, &wire.Browse{Wishes: true}); err != nil { // it remembers what it knows
			t.Fatal(err)
		}
		d.wishes(bo, wire.Wishes{Off: 1 << wire.EntryAlert})
		other.HeardRecord(t.Context(), ofWishes, hex.EncodeToString(bo[:]))
		if list := other.wished[bo]; len(list) != 1 || list[0].Off != 1<<wire.EntryAlert {
			t.Errorf("on the other relay Bo is told of the wishes %+v", list)
		}
		if told, err := other.Tell(t.Context(), Event{Persons: []wire.Person{bo}, What: wire.EntryAlert, Title: "x"}); told != 0 || err != nil {
			t.Errorf("an alert that is not wanted comes to %d: %v", told, err)
		}
		for _, key := range []string{"", "zz", hex.EncodeToString(bo[:3])} {
			other.HeardRecord(t.Context(), ofWishes, key) // of a version to come, perhaps
		}
		other.HeardRecord(t.Context(), "revoked", hex.EncodeToString(bo[:]))

		if _, err := d.Tell(t.Context(), Event{Persons: []wire.Person{bo}, What: wire.EntryProgram, Title: "x"}); err != nil {
			t.Fatal(err)
		}
		page, _, _, now, err := d.store.Page(t.Context(), bo, notice.Query{Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
		other.Heard([]notice.Change{{Person: bo, Entries: page, Standing: now}})
		synctest.Wait()
		if list := other.told[bo]; len(list) != 1 || list[0].Unread != 1 || len(list[0].Entries) != 1 || list[0].Entries[0].Title != "x" {
			t.Errorf("on the other relay Bo is told %+v", list)
		}
		if other.news[wire.EntryProgram] != 0 {
			t.Error("what another relay has counted is counted again")
		}
	})
}

// Two relays that start at once have one key for push.
func TestOneKey(t *testing.T) {
	atDesk(t, pushing(), func(t *testing.T, d *desk) {
		keys := make(chan []byte, 8)
		records := newDesk(t, Config{}).records.Records()
		var wg sync.WaitGroup
		for range cap(keys) {
			wg.Go(func() {
				key, err := vapidKey(t.Context(), records)
				if err != nil {
					t.Error(err)
					return
				}
				keys <- key.Bytes()
			})
		}
		wg.Wait()
		close(keys)
		first := <-keys
		for key := range keys {
			if !bytes.Equal(key, first) {
				t.Error("there are two keys")
			}
		}
	})
}
