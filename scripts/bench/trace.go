package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// trace is the recorded writing of one text, in the format of https://github.com/josephg/editing-traces.
type trace struct {
	Kind         string `json:"kind"` // "concurrent", or none
	StartContent string `json:"startContent"`
	EndContent   string `json:"endContent"`
	Txns         []txn  `json:"txns"`

	name string
}

// txn is what one agent did to the text as it was after the parents.
type txn struct {
	Parents []int   `json:"parents"` // indices of earlier ones; of concurrent traces
	Agent   int     `json:"agent"`
	Patches []patch `json:"patches"` // one after the other
}

// patch replaces remove characters from at on. Positions are in code points.
type patch struct {
	at, remove int
	insert     string
}

func (p *patch) UnmarshalJSON(b []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	if len(parts) != 3 {
		return fmt.Errorf("a patch has %d parts, want 3", len(parts))
	}
	for i, to := range []any{&p.at, &p.remove, &p.insert} {
		if err := json.Unmarshal(parts[i], to); err != nil {
			return err
		}
	}
	return nil
}

func (t *trace) concurrent() bool { return t.Kind == "concurrent" }

// patches are those of a sequential trace, in their order.
func (t *trace) patches() []patch {
	var all []patch
	if t.StartContent != "" {
		all = append(all, patch{insert: t.StartContent})
	}
	for i := range t.Txns {
		all = append(all, t.Txns[i].Patches...)
	}
	return all
}

// readTrace reads a file whose name ends in .json or .json.gz.
func readTrace(path string) (*trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read trace: %w", err)
	}
	defer f.Close()
	var r io.Reader = bufio.NewReader(f)
	base, zipped := strings.CutSuffix(filepath.Base(path), ".gz")
	if zipped {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, fmt.Errorf("read trace %s: %w", path, err)
		}
	}
	t, err := parseTrace(r)
	if err != nil {
		return nil, fmt.Errorf("read trace %s: %w", path, err)
	}
	t.name = strings.TrimSuffix(base, ".json")
	return t, nil
}

func parseTrace(r io.Reader) (*trace, error) {
	t := new(trace)
	if err := json.NewDecoder(r).Decode(t); err != nil {
		return nil, err
	}
	if t.Kind != "" && !t.concurrent() {
		return nil, fmt.Errorf("traces of kind %q are not known", t.Kind)
	}
	if t.concurrent() && t.StartContent != "" {
		return nil, fmt.Errorf("a concurrent trace begins with a text")
	}
	for i := range t.Txns {
		if err := t.Txns[i].check(i, t.concurrent()); err != nil {
			return nil, fmt.Errorf("transaction %d: %w", i, err)
		}
	}
	return t, nil
}

func (x *txn) check(i int, concurrent bool) error {
	for _, p := range x.Parents {
		if p < 0 || p >= i {
			return fmt.Errorf("parent %d does not come before it", p)
		}
	}
	if !concurrent && len(x.Parents) > 0 {
		return fmt.Errorf("a transaction of a sequential trace has parents")
	}
	if x.Agent < 0 {
		return fmt.Errorf("agent %d", x.Agent)
	}
	for _, p := range x.Patches {
		if p.at < 0 || p.remove < 0 {
			return fmt.Errorf("patch at %d removes %d", p.at, p.remove)
		}
	}
	return nil
}
