package cluster

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// The Journal's snapshot is a state of a relay's store, as lines of JSON: a stateHead, then
// parts of what each op has, and a line that says how many there were; all by gzip, which
// also says whether it is whole.
//
// It is the state at a position, and may have some of what came after that: parts of ops
// are such that to apply the entries behind the position once more changes nothing, as
// after a crash. And it stands for less (Snapshot.Through): the last entries before the
// position stay in the Journal, so that relays which were cut off for a while read these
// and need no snapshot.

// journalSnapshot is the Data of the Journal's Snapshot, as JSON.
type journalSnapshot struct {
	Position uint64 `json:"position"`
	// A small state is here, a larger one a blob.
	State []byte `json:"state,omitempty"`
	Blob  string `json:"blob,omitempty"`
}

const (
	// stateInline is how long a state may be that is no blob: what is asked for often is
	// to be short.
	stateInline = 8 << 10
	// mostLine is how long a line of a state is believed to be: a part of a conversation
	// with two texts as long as may be, as base64.
	mostLine     = 64 << 20
	stateVersion = 1
)

// stateHead is the first line of a state.
type stateHead struct {
	Version     int    `json:"version"`
	Incarnation string `json:"incarnation"` // of the engine that Position is of
	Position    uint64 `json:"position"`
	// Before is where the store stood with an engine before, which has lost its data.
	Before origin `json:"before,omitzero"`
}

// stateLine is each other one: a part, or the last line.
type stateLine struct {
	Op   string          `json:"op,omitempty"`
	Do   json.RawMessage `json:"do,omitempty"`
	Ends *int            `json:"ends,omitempty"` // after so many parts
}

// loading is what op.load is told.
type loading struct {
	incarnation string
	// whole: the store becomes what the state says. Else it keeps what it has of an engine
	// that has lost its data, or of when it was alone, besides.
	whole bool
	// records: the same of records. They go by the state also where the engine has lost
	// its data, if this relay knew no more then: what was removed since must not come back.
	records bool
	// has is called with keys that the Journal has, though not an entry.
	has func(key string)
}

// loader takes the parts of a state that are of an op.
type loader interface {
	take(ctx context.Context, do json.RawMessage) error
	// end is called after the last one that was taken; whole: they were all.
	end(ctx context.Context, whole bool) error
}

// writeState writes the state of this relay's store.
func (j *journal) writeState(ctx context.Context, w io.Writer, head stateHead) error {
	z := gzip.NewWriter(w)
	to := json.NewEncoder(z)
	if err := to.Encode(head); err != nil {
		return err
	}
	parts := 0
	for _, name := range j.names {
		dump := j.ops[name].dump
		if dump == nil {
			continue
		}
		err := dump(ctx, func(do any) error {
			b, err := json.Marshal(do)
			if err != nil {
				return err
			}
			parts++
			return to.Encode(stateLine{Op: name, Do: b})
		})
		if err != nil {
			return err
		}
	}
	if err := to.Encode(stateLine{Ends: &parts}); err != nil {
		return err
	}
	return z.Close()
}

// readState reads one to its end, and calls f with each part. want gets its head.
func readState(r io.Reader, want *stateHead, f func(stateLine) error) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(make([]byte, 64<<10), mostLine)
	next := func(v any) error {
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return err
			}
			return io.ErrUnexpectedEOF
		}
		return json.Unmarshal(lines.Bytes(), v)
	}
	var head stateHead
	if err := next(&head); err != nil {
		return err
	}
	if head.Version > want.Version {
		return fmt.Errorf("a newer relay has made it (version %d): this one must be brought up to date", head.Version)
	}
	if head.Incarnation != want.Incarnation || head.Position != want.Position {
		return fmt.Errorf("it says that it is of %d of engine %q, where %d of %q was to be", head.Position, head.Incarnation, want.Position, want.Incarnation)
	}
	*want = head
	for parts := 0; ; parts++ {
		var line stateLine
		if err := next(&line); err != nil {
			return err
		}
		if line.Ends == nil {
			if err := f(line); err != nil {
				return err
			}
			continue
		}
		if *line.Ends != parts {
			return fmt.Errorf("it has %d parts, of %d", parts, *line.Ends)
		}
		// What comes after the last line is its checksum.
		if lines.Scan() || lines.Err() != nil {
			return fmt.Errorf("it goes on behind its end, or is garbled: %w", errors.Join(lines.Err(), io.ErrUnexpectedEOF))
		}
		return nil
	}
}

// scratch is a file without a name, of what is too large for memory.
type scratch struct{ *os.File }

func (c *Cluster) newScratch() (scratch, error) {
	f, err := os.CreateTemp(c.folder, "edgeboard-journal-*")
	if err == nil {
		os.Remove(f.Name()) // so that nothing is left should the relay be killed; where files with names alone can be open, close does it
	}
	return scratch{f}, err
}

func (s scratch) close() {
	s.Close()
	os.Remove(s.Name())
}

// again has it read from its beginning.
func (s scratch) again() error {
	_, err := s.Seek(0, io.SeekStart)
	return err
}

// fetch returns the state of a snapshot, as a file. It is whole.
func (j *journal) fetch(ctx context.Context, s journalSnapshot, incarnation string) (scratch, stateHead, error) {
	head := stateHead{Version: stateVersion, Incarnation: incarnation, Position: s.Position}
	var from io.Reader = bytes.NewReader(s.State)
	if s.Blob != "" {
		blob, err := j.c.engine.Blob(ctx, s.Blob)
		if err != nil {
			return scratch{}, head, fmt.Errorf("%s: %w", s.Blob, err)
		}
		defer blob.Close()
		from = blob
	}
	file, err := j.c.newScratch()
	if err != nil {
		return scratch{}, head, err
	}
	if _, err = io.Copy(file, from); err == nil {
		err = file.again()
	}
	if err == nil {
		err = readState(file, &head, func(stateLine) error { return ctx.Err() })
	}
	if err == nil {
		err = file.again()
	}
	if err != nil {
		file.close()
		return scratch{}, head, err
	}
	return file, head, nil
}
