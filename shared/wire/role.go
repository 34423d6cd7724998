package wire

// Role is what a client may do on a board (W65).
type Role uint32

const (
	RoleUnsaid    Role = 0 // by a relay that knows no roles
	RoleViewer    Role = 1 // sees the board and who is on it
	RoleCommenter Role = 2 // writes comments
	RoleEditor    Role = 3 // changes the board
	RoleOwner     Role = 4 // decides who may do what
)

// Edits reports whether the role allows to change the board.
func (r Role) Edits() bool { return r == RoleUnsaid || r == RoleEditor || r == RoleOwner }

// Comments reports whether the role allows to comment.
func (r Role) Comments() bool { return r == RoleCommenter || r.Edits() }

// Points reports whether the role allows to show the others where one points.
func (r Role) Points() bool { return r == RoleCommenter || r.Edits() }
