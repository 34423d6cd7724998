package notify

import (
	"context"
	"math"
	"sync"
	"testing"

	"edgeboard/relay/store/memory"
	"edgeboard/relay/store/notice"
)

// shelf is a Store in memory, which counts.
type shelf struct {
	*memory.Notices
	disk *memory.Store

	mu    sync.Mutex
	asked int    // how often what is due
	kept  int    // outcomes that were stored
	paged func() // is called once, when the next page was read
}

func newShelf() *shelf {
	disk := new(memory.Store)
	return &shelf{Notices: disk.Notices(), disk: disk}
}

// Fail makes it fail, until it is called with nil.
func (s *shelf) Fail(err error) { s.disk.Fail(err) }

func (s *shelf) Page(ctx context.Context, person [16]byte, q notice.Query) (page []notice.Entry, more bool, damaged int, now notice.Standing, err error) {
	page, more, damaged, now, err = s.Notices.Page(ctx, person, q)
	s.mu.Lock()
	paged := s.paged
	s.paged = nil
	s.mu.Unlock()
	if paged != nil {
		paged()
	}
	return page, more, damaged, now, err
}

func (s *shelf) Due(ctx context.Context, now int64, limit int) ([]notice.Delivery, int64, error) {
	s.mu.Lock()
	s.asked++
	s.mu.Unlock()
	return s.Notices.Due(ctx, now, limit)
}

func (s *shelf) Deliver(ctx context.Context, list []notice.Outcome) error {
	err := s.Notices.Deliver(ctx, list)
	if err == nil {
		s.mu.Lock()
		s.kept += len(list)
		s.mu.Unlock()
	}
	return err
}

// counts returns how often it was asked, and how many outcomes were stored, since it was
// called last.
func (s *shelf) counts() (asked, kept int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, kept = s.asked, s.kept
	s.asked, s.kept = 0, 0
	return asked, kept
}

// deliveries are those that are not over.
func (s *shelf) deliveries(t *testing.T) []notice.Delivery {
	t.Helper()
	list, _, err := s.Notices.Due(t.Context(), math.MaxInt64, 1<<20)
	if err != nil {
		t.Errorf("Due: %v", err)
	}
	return list
}

// put stores an entry as it is.
func (s *shelf) put(t *testing.T, p notice.Put) {
	t.Helper()
	s.Put(notice.Batch{Put: []notice.Put{p}}, func(_ []notice.Change, err error) {
		if err != nil {
			t.Errorf("Put: %v", err)
		}
	})
}
