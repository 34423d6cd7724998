package board

// Error is why an update or a snapshot was refused. The document is then
// unchanged. Errors are values to compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	ErrMalformed     = Error("board: bytes are not a well-formed update")
	ErrVersion       = Error("board: update is of a version this program does not know; install a newer one")
	ErrContradiction = Error("board: update contradicts what is known: its writer breaks the rules")
	ErrForeign       = Error("board: points may be appended only by the replica that created the stroke")
	ErrLimit         = Error("board: update is over a limit of the document")
	ErrFull          = Error("board: the document is full")
	ErrPosition      = Error("board: position is beyond the text or in the middle of a character")
	ErrCompacted     = Error("board: the history that the other board lacks was given up; send it a snapshot")
	ErrEpoch         = Error("board: the board was compacted: merge a snapshot of one that knows of it, if that is possible yet")
	ErrParked        = Error("board: too many updates wait for others that have not arrived")
)
