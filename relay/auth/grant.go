package auth

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// Role is what somebody may do on a board. Each may do all that those before it
// may.
type Role uint8

const (
	None      Role = iota // may not come in
	Viewer                // sees the board and who is on it
	Commenter             // writes comments
	Editor                // changes the board
	Owner                 // decides who may do what
)

var roles = [...]string{"none", "viewer", "commenter", "editor", "owner"}

func (r Role) String() string {
	if int(r) < len(roles) {
		return roles[r]
	}
	return fmt.Sprintf("Role(%d)", uint8(r))
}

// MarshalText is for encoding/json and package flag.
func (r Role) MarshalText() ([]byte, error) {
	if int(r) >= len(roles) {
		return nil, fmt.Errorf("%d is no role", uint8(r))
	}
	return []byte(roles[r]), nil
}

// UnmarshalText takes viewer, commenter, editor or owner. None is not written.
func (r *Role) UnmarshalText(text []byte) error {
	for i, name := range roles[1:] {
		if name == string(text) {
			*r = Role(i + 1)
			return nil
		}
	}
	return fmt.Errorf("a role is viewer, commenter, editor or owner, not %.20q", text)
}

// Grant is who somebody is and what that somebody may do. It is not changed once
// it is made.
type Grant struct {
	// Subject is who it is, the same each time: at most MaxSubject bytes. Empty:
	// nobody in particular, as in open mode.
	Subject string
	// Name is how the person is shown to others, at most wire.MaxName bytes. Empty:
	// as it says itself.
	Name string
	// Boards says the role on each board: a name, or the beginning of names with
	// * behind it, or * for all. At most MaxBoards. Boards of the relay's own, whose
	// names begin with _, are in none of these but by their names.
	Boards map[string]Role
	// Feeds allows to publish live data on these boards.
	Feeds bool
	// Notices allows a program of the operator's to put notices into the inboxes of
	// people, whoever they are. It is not handed on to sessions.
	Notices bool
	// Until is when it ends; zero: never.
	Until time.Time

	// Issued is when it was given: revocations concern what was given before.
	Issued time.Time
	// Token, Session and Invite are the names of what it comes from, by which it
	// can be revoked; empty: of none.
	Token, Session, Invite string

	// given says that Issued is by a relay's clock, and by is which one it was.
	given bool
	by    string
}

// Limits of a Grant.
const (
	MaxSubject = 255
	MaxBoards  = 256
)

// Open returns the Grant of open mode: everybody may edit every board whose name
// they know.
func Open() *Grant { return &Grant{Boards: map[string]Role{"*": Editor}, Feeds: true} }

// Role returns the role on a board. Its own name counts before beginnings of it,
// and a longer one of these before a shorter one: so a board can be taken out of
// what holds for many. On boards of the relay's own nobody is more than a Viewer.
func (g *Grant) Role(board string) Role {
	if r, ok := g.Boards[board]; ok {
		if ofRelay(board) {
			return min(r, Viewer)
		}
		return r
	}
	if ofRelay(board) {
		return None
	}
	for n := len(board); n >= 0; n-- {
		if r, ok := g.Boards[board[:n]+"*"]; ok {
			return r
		}
	}
	return None
}

// Over reports whether the Grant has ended.
func (g *Grant) Over(now time.Time) bool { return !g.Until.IsZero() && !now.Before(g.Until) }

// On returns a Grant for one board alone.
func (g *Grant) On(board string) *Grant {
	one := *g
	one.Boards = map[string]Role{board: g.Role(board)}
	return &one
}

// Same reports whether two Grants allow the same, to the same one.
func (g *Grant) Same(o *Grant) bool {
	return g.Subject == o.Subject && g.Name == o.Name && g.Feeds == o.Feeds && g.Notices == o.Notices && maps.Equal(g.Boards, o.Boards)
}

// checkPattern says what is wrong with a key of Boards.
func checkPattern(p string) error {
	name := strings.TrimSuffix(p, "*")
	if len(p) == 0 || len(name) > maxBoardName || strings.ContainsFunc(name, notInName) {
		return fmt.Errorf("%.80q is neither a board's name nor the beginning of one with * behind it", p)
	}
	return nil
}

// ofRelay reports whether a board is one of the relay's own.
func ofRelay(board string) bool { return strings.HasPrefix(board, "_") }

// maxBoardName is wire.MaxBoardName: this package is a leaf.
const maxBoardName = 64

func notInName(c rune) bool {
	return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_')
}
