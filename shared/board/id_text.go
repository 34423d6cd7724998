package board

import (
	"strconv"
	"strings"
)

// Text returns the ID as text, for links and files: both numbers in base 36 with
// a hyphen between them. That of the zero ID is "".
func (a ID) Text() string {
	if a == (ID{}) {
		return ""
	}
	return strconv.FormatUint(uint64(a.Replica), 36) + "-" + strconv.FormatUint(a.Seq, 36)
}

// ParseID returns the ID that Text wrote, and whether text is one that an element
// can have. Other ways to write the same number are none.
func ParseID(text string) (id ID, ok bool) {
	r, s, _ := strings.Cut(text, "-")
	replica, err := strconv.ParseUint(r, 36, 64)
	seq, err2 := strconv.ParseUint(s, 36, 64)
	id = ID{Replica(replica), seq}
	if err != nil || err2 != nil || replica == 0 || replica > MaxReplica || seq == 0 || seq > MaxSeq || id.Text() != text {
		return ID{}, false
	}
	return id, true
}
