package cluster_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"testing"

	"edgeboard/relay/cluster"
	"edgeboard/relay/cluster/clustertest"
	"edgeboard/scripts/compat/recorded"
	"edgeboard/shared/wire"
)

// shortened is what an engine has of a Journal that was shortened, and what was said.
type shortened struct {
	Snapshot cluster.Snapshot
	Blobs    map[string][]byte
	Entries  []cluster.Entry // after the snapshot
	Says     []string
}

// shorten has people talk until the Journal is shortened.
func shorten(t *testing.T) (x shortened) {
	h := newHouse(&town{t: t, keeps: shortly}, 1)
	a := h.relays[0]
	first := a.mustSay("Ada", "b", wire.Say{Text: "first @Bo", Mentions: []wire.Mention{{Person: person("Bo"), At: 6, Length: 3}}})
	a.mustSay("Ada", "b", wire.Say{With: person("Bo"), Text: "between us"})
	a.mustSay("Bo", "b", wire.Say{What: wire.SayReact, About: first, Text: "👍"})
	a.mustSay("Ada", "b", wire.Say{What: wire.SayEdit, About: first, Text: "edited"})
	for range 60 {
		a.mustSay("Ada", "other", wire.Say{Text: "word"})
	}
	isShort(t, h.engine, 30)
	a.mustSay("Bo", "b", wire.Say{Text: "last"})
	x.Says = a.has("b")
	a.close()
	h.relays = nil
	engine := h.engine.Handle()
	defer engine.Close()
	var err error
	if x.Snapshot, err = engine.Snapshot(t.Context(), cluster.Journal); err != nil {
		t.Fatal(err)
	}
	x.Blobs = map[string][]byte{}
	for _, name := range h.engine.Blobs() {
		blob, err := engine.Blob(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if x.Blobs[name], err = io.ReadAll(blob); err != nil {
			t.Fatal(err)
		}
		blob.Close()
	}
	err = engine.Read(t.Context(), cluster.Journal, x.Snapshot.Through, func(e cluster.Entry) error {
		x.Entries = append(x.Entries, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// engine returns one that has it.
func (x shortened) engine(t *testing.T) *clustertest.Memory {
	m := clustertest.NewMemory()
	h := m.Handle()
	defer h.Close()
	put := func(e cluster.Entry, want uint64) {
		done := make(chan error, 1)
		h.Append(cluster.Journal, e, func(position uint64, err error) {
			if err == nil && position != want {
				t.Errorf("an entry stands at %d, and stood at %d", position, want)
			}
			done <- err
		})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for i := range x.Snapshot.Through { // which the snapshot has dropped
		put(cluster.Entry{Key: "dropped", From: "x"}, i+1)
	}
	s := x.Snapshot
	s.Revision = 0 // it is the first
	if err := h.PutSnapshot(t.Context(), cluster.Journal, s); err != nil {
		t.Fatal(err)
	}
	for name, data := range x.Blobs {
		if err := h.PutBlob(t.Context(), name, bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range x.Entries {
		put(cluster.Entry{Key: e.Key, From: e.From, Data: e.Data}, e.Position)
	}
	return m
}

// A relay that comes to a cluster whose Journal was shortened by one of a release has what
// was said there, and they go on together.
func TestReleasesStay(t *testing.T) {
	var is []byte
	if os.Getenv(recorded.Into) != "" {
		var err error
		if is, err = json.Marshal(shorten(t)); err != nil {
			t.Fatal(err)
		}
	}
	for _, was := range recorded.Files(t, "../../scripts/compat/testdata", "journal.json", is) {
		var x shortened
		if err := json.Unmarshal(was.Data, &x); err != nil {
			t.Fatal(err)
		}
		h := &town{t: t, engine: x.engine(t)}
		r := &relay{town: h, name: "New", dir: t.TempDir()}
		h.relays = []*relay{r}
		r.open()
		t.Cleanup(r.close)
		r.heal()
		if got := r.has("b"); !slices.Equal(got, x.Says) || len(got) < 2 {
			t.Errorf("of a Journal of %s a relay has %q, want %q", was.Version, got, x.Says)
		}
		r.mustSay("Ada", "b", wire.Say{ID: wire.TextID{99}, Text: "later"})
	}
}
