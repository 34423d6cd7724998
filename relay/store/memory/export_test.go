package memory

// BoundInboxes makes that an inbox has so many entries at the most.
func (s *Store) BoundInboxes(most int) { s.mostEntries = most }
