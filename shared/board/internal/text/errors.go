package text

// Error is the type of every error this package returns. All are constants, so that a caller branches
// with == and reporting one allocates nothing. Whatever the error, the arena is as it was before the call.
type Error uint8

const (
	// ErrNotReady: an origin or a target has not arrived yet. The caller parks the operation and tries again.
	ErrNotReady Error = iota + 1
	// ErrGone: an origin or a target can never arrive: its replica is already past that number. The character
	// was removed by Compact, or the sender is hostile.
	ErrGone
	// ErrSeq: the operation's numbers are already taken or lie behind those already applied; a duplicate.
	ErrSeq
	// ErrOrigin: the origins contradict each other: another text, the left one is not left of the right one, or
	// something that was there before them lies between.
	ErrOrigin
	// ErrTarget: the target run of a life operation belongs to another text.
	ErrTarget
	// ErrTextDropped: hidden characters cannot be shown or read because DropText forgot them, and the operation
	// did not come with their content.
	ErrTextDropped
	// ErrRange: a position, length or life outside its documented range.
	ErrRange
	// ErrSplit: a UTF-16 or UTF-8 position inside a code point.
	ErrSplit
	// ErrUTF8: the inserted string is not valid UTF-8.
	ErrUTF8
	// ErrText: no such text in this arena.
	ErrText
	// ErrReplica: no such replica slot in this arena.
	ErrReplica
	// ErrFull: the arena's space for characters is used up.
	ErrFull
	// ErrSnapshot: the bytes are not a canonical snapshot.
	ErrSnapshot
	// ErrInvariant: Check found the arena inconsistent; a bug of this package.
	ErrInvariant
)

func (e Error) Error() string {
	switch e {
	case ErrNotReady:
		return "text: origin or target has not arrived yet"
	case ErrGone:
		return "text: origin or target does not exist any more"
	case ErrSeq:
		return "text: operation number already taken"
	case ErrOrigin:
		return "text: inconsistent origins"
	case ErrTarget:
		return "text: target in another text"
	case ErrTextDropped:
		return "text: hidden characters were forgotten"
	case ErrRange:
		return "text: value out of range"
	case ErrSplit:
		return "text: position inside a character"
	case ErrUTF8:
		return "text: invalid UTF-8"
	case ErrText:
		return "text: no such text"
	case ErrReplica:
		return "text: no such replica"
	case ErrFull:
		return "text: arena is full"
	case ErrSnapshot:
		return "text: malformed snapshot"
	case ErrInvariant:
		return "text: broken invariant"
	}
	return "text: unknown error"
}
