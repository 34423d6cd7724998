package memory

import (
	"context"
	"fmt"
	"slices"
)

// Since reads what a board has beyond a position, "" for all of it, and returns the
// position it is then at: "" if nothing is stored of it. It calls snapshot if there
// is one that the position does not stand on, in the place of all that was read
// before, and then update with each that was appended since, in order.
func (s *Store) Since(_ context.Context, board, position string, snapshot, update func([]byte) error) (string, error) {
	var known struct{ snapshots, updates int }
	if position != "" {
		if _, err := fmt.Sscanf(position, positionFormat, &known.snapshots, &known.updates); err != nil {
			return "", fmt.Errorf("position %q: %w", position, err)
		}
	}
	s.mu.Lock()
	var k kept
	if b := s.boards[board]; b != nil {
		k = *b
		k.updates = slices.Clone(b.updates)
	}
	err := s.fail
	s.mu.Unlock()
	switch {
	case err != nil:
		return "", err
	case k.snapshot == nil && len(k.updates) == 0:
		return "", nil
	}
	fresh := k.updates
	if position != "" && known.snapshots == k.snapshots {
		fresh = fresh[known.updates:]
	} else if k.snapshot != nil {
		if err := snapshot(slices.Clone(k.snapshot)); err != nil {
			return "", err
		}
	}
	for _, u := range fresh {
		if err := update(slices.Clone(u)); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf(positionFormat, k.snapshots, len(k.updates)), nil
}

// positionFormat is which snapshot it is, and how many updates came after it.
const positionFormat = "%d.%d"
