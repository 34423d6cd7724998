package editor

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"edgeboard/shared/board"
)

// author is who this person is, for what says who has made it.
type author struct{ name, person string }

// Introduce tells who this person is: a name to be shown, and one that lasts.
func (e *Editor) Introduce(name, person string) { e.author = author{name, person} }

// Voter returns by what name this person puts dots in a vote: it is another one in
// each vote, and nobody's name.
func (e *Editor) Voter(vote board.ID) string {
	sum := sha256.Sum256([]byte(e.author.person + " " + strconv.FormatUint(uint64(vote.Replica), 10) + " " + strconv.FormatUint(vote.Seq, 10)))
	return hex.EncodeToString(sum[:9])
}
