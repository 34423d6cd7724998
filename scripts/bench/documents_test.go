package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// smallDocuments are inputs of every kind, small.
func smallDocuments(t *testing.T) []*documentInput {
	inputs := []*documentInput{strokesInput(20, false), strokesInput(20, true), elementsInput(20)}
	for _, tr := range []*trace{
		{name: "alone", EndContent: "höhe", Txns: []txn{{Patches: []patch{{0, 0, "hohe!"}, {1, 1, "ö"}}}, {Patches: []patch{{4, 1, ""}}}}},
		{name: "together", Kind: "concurrent", EndContent: "the cat sat", Txns: []txn{
			{Agent: 0, Patches: []patch{{0, 0, "cat"}}},
			{Agent: 0, Parents: []int{0}, Patches: []patch{{0, 0, "the "}}},
			{Agent: 1, Parents: []int{0}, Patches: []patch{{3, 0, " sits"}, {5, 3, "at"}}},
			{Agent: 1, Parents: []int{1, 2}, Patches: []patch{{9, 2, "at"}}},
		}},
	} {
		in, err := textInput(tr)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, in)
	}
	return inputs
}

// Ours takes every input, and prints what the tables have columns for.
func TestOurDocuments(t *testing.T) {
	for _, in := range smallDocuments(t) {
		r, err := ourDocument(t.Context(), in, 2)
		if err != nil {
			t.Errorf("%s: %v", in.name, err)
			continue
		}
		if r.Differs {
			t.Errorf("%s: nobody wrote where another did, and the text is another than the trace's", in.name)
		}
		var stdout bytes.Buffer
		if err := r.print(in.name+"/edgeboard", &report{bench: "peers", stdout: &stdout, stderr: io.Discard}); err != nil {
			t.Error(err)
		}
		for _, metric := range []string{"apply_ms", "merge_ms", "catch_up_ms", "load_ms", "memory_mib", "update_bytes", "bytes", "bytes_br", "state_bytes", "state_bytes_br"} {
			alone := in.history == nil
			if printed := strings.Contains(stdout.String(), `"metric":"`+metric+`"`); printed != (alone || metric != "apply_ms") {
				t.Errorf("%s: %s is printed: %t", in.name, metric, printed)
			}
		}
	}
}

// A board that lacks what was drawn is found out, or nothing that is compared would mean much.
func TestDocumentsAreVerified(t *testing.T) {
	for _, in := range smallDocuments(t) {
		if in.history != nil {
			continue // there everything is in the one text
		}
		updates, err := in.edit()
		if err != nil {
			t.Fatal(err)
		}
		b, err := merge(updates[:len(updates)-1])
		if err != nil {
			t.Fatal(err)
		}
		if in.verify(b) == nil {
			t.Errorf("%s: the last update is missing, and nobody sees it", in.name)
		}
	}
}

func TestCharactersThatJavaScriptCountsTwice(t *testing.T) {
	_, err := textInput(&trace{name: "emoji", Txns: []txn{{Patches: []patch{{0, 0, "😀"}}}}})
	if err == nil || !strings.Contains(err.Error(), "beyond U+FFFF") {
		t.Errorf("a trace with them: error %v", err)
	}
}

// The other libraries take the same inputs, where they are installed: `scripts/bench.sh peers -cases documents` does that.
func TestLibraryDocuments(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "bin", "peers", "documents"))
	if err != nil {
		t.Fatal(err)
	}
	installed, err := os.ReadFile(filepath.Join(dir, "installed"))
	if err != nil {
		t.Skipf("they are not installed: %v", err)
	}
	from := filepath.Join("peers", "documents")
	wanted, err := os.ReadFile(filepath.Join(from, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(installed, wanted) {
		t.Skip("other versions are installed")
	}
	if err := copyFiles(dir, from); err != nil {
		t.Fatal(err)
	}
	for _, in := range smallDocuments(t)[1:] { // packed points go the way of those that are not
		var stdout, stderr bytes.Buffer
		out := &report{bench: "peers", stdout: &stdout, stderr: &stderr}
		if err := compareDocuments(t.Context(), in, "edgeboard", dir, 1, out); err != nil {
			t.Fatal(err)
		}
		if err := out.err(); err != nil {
			t.Errorf("%v\n%s", err, &stderr)
		}
		for _, library := range documentLibraries {
			if !strings.Contains(stdout.String(), `"case":"`+in.name+"/"+library+`","metric":"bytes"`) {
				t.Errorf("%s with %s: no bytes in\n%s", in.name, library, &stdout)
			}
		}
	}
}
