package server

import (
	"context"

	"edgeboard/relay/alarm"
	"edgeboard/relay/notify"
	"edgeboard/relay/room"
	"edgeboard/shared/wire"
)

// openAlarms returns what tells people of thresholds that live data reaches.
func (s *Server) openAlarms() *alarm.Alarms {
	return alarm.New(alarm.Config{
		Log: s.log,
		Read: func(ctx context.Context, board, version string) ([]alarm.Rule, string, error) {
			b, err := s.still.Open(ctx, board)
			if err != nil {
				return nil, "", err
			}
			defer b.Close()
			if b.Version == version {
				return nil, version, nil
			}
			return alarm.RulesOf(b.Doc), b.Version, nil
		},
		Tell: func(ctx context.Context, a alarm.Alert) error {
			persons, err := s.personsOf(ctx, a.Board)
			if err != nil {
				return err
			}
			_, err = s.notices.Tell(ctx, notify.Event{
				What: wire.EntryAlert, Board: a.Board, Element: a.Element.Text(), Title: a.Title, Text: a.Text, Persons: persons,
			})
			return err
		},
	})
}

// personsOf are those who have a role on a board, and those who are there.
func (s *Server) personsOf(ctx context.Context, board string) (persons []wire.Person, err error) {
	persons = s.hub.PersonsOn(board)
	if s.authority == nil {
		return persons, nil
	}
	subjects, err := s.authority.Subjects(ctx, board)
	for _, subject := range subjects {
		persons = append(persons, room.PersonOf(subject, ""))
	}
	return persons, err
}

// noted is the store of rooms: alarms are told which boards change.
type noted struct {
	boards
	alarms *alarm.Alarms // set before anybody comes
}

func (n *noted) Append(board string, updates []byte, done func(error)) {
	n.boards.Append(board, updates, func(err error) {
		if err == nil {
			n.alarms.Changed(board)
		}
		done(err)
	})
}

// Compact may store what was not appended: the updates beside the snapshot, and boards
// that are put whole.
func (n *noted) Compact(board string, updates, snapshot []byte, done func(error)) {
	n.boards.Compact(board, updates, snapshot, func(err error) {
		if err == nil {
			n.alarms.Changed(board)
		}
		done(err)
	})
}

var _ room.Store = (*noted)(nil)
