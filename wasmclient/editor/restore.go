package editor

import "edgeboard/shared/board"

// Restore makes the board look like another, mostly like itself at an earlier time,
// in one step of the history. It reports whether there was anything to write.
func (e *Editor) Restore(to *board.Board) bool {
	if e.viewOnly {
		return false
	}
	e.quitWriting()
	e.release()
	e.choose(nil)
	return e.step(func(edit *board.Edit) { edit.Revert(to) })
}
