package sqlite_test

import (
	"testing"

	"edgeboard/relay/store/sqlite"
	"edgeboard/relay/store/storetest"
)

func TestNotices(t *testing.T) {
	type place struct {
		store *sqlite.Store
		dir   string
	}
	places := map[storetest.Inboxes]place{}
	openDir := func(t *testing.T, dir string) storetest.Inboxes {
		s := open(t, dir)
		n := storetest.Inboxes{Notices: s.Notices(), Messages: s.Messages()}
		places[n] = place{s, dir}
		return n
	}
	storetest.RunNotices(t, storetest.NoticesKind{
		Open:  func(t *testing.T) storetest.Inboxes { return openDir(t, memoryDir(t)) },
		Bound: func(n storetest.Inboxes, most int) { places[n].store.BoundInboxes(most) },
		Reopen: func(t *testing.T, n storetest.Inboxes) storetest.Inboxes {
			// What the model cannot see is sound as well.
			if err := places[n].store.Check(t.Context()); err != nil {
				t.Error(err)
			}
			mustClose(t, places[n].store)
			return openDir(t, places[n].dir)
		},
		Break: func(t *testing.T, n storetest.Inboxes) func() { return breakDown(t, places[n].dir) },
	})
}
