package board

import (
	"math"

	"edgeboard/shared/board/internal/text"
)

// Limits of a document. Every replica has the same ones: they are checked when
// an update is applied, before memory is taken.
const (
	MaxElements = 200_000  // elements of a board, deleted ones included
	MaxReplicas = 50_000   // replicas that ever wrote
	MaxPoints   = 20_000   // points of one stroke
	MaxValue    = 16 << 10 // bytes of a string property
	MaxInsert   = 64 << 10 // bytes of text in one operation; Edit makes several
	MaxText     = 64 << 20 // characters of all texts, deleted ones included
	MaxSeq      = math.MaxUint32 - 1
	// maxLife is even, so that whatever is visible can be deleted.
	maxLife = text.MaxLife - 1
	// MaxLamport bounds the clock. No board has as many operations.
	MaxLamport = 1 << 48
	// MaxLamportJump bounds how far one update may push the clock where it is
	// accepted, so that no broken writer can use the clock up. A board that was
	// edited offline is ahead by as many operations.
	MaxLamportJump = 1 << 24
	// MaxUpdate bounds one encoded update in bytes.
	MaxUpdate = 512 << 10
	// splitUpdate is where Edit and Diff begin a new update. What one operation
	// adds at the most (the points of a stroke) still fits under MaxUpdate.
	splitUpdate = 64 << 10
	// maxPayload bounds an operation of a later version.
	maxPayload = 128 << 10
	// MaxEpochs is how many compactions a board may be behind another, or an
	// update behind a board, and still be understood, see Board.Compact.
	MaxEpochs = 8
	// maxGone bounds the ranges of removed characters.
	maxGone = 8 << 20
	// maxEpoch keeps epochs in the range of numbers.
	maxEpoch = MaxSeq
	// MaxParked bounds the bytes of updates that wait for others.
	MaxParked = 4 << 20
)
