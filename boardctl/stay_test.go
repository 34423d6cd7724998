package main

import (
	"io"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"edgeboard/scripts/compat/recorded"
	"edgeboard/shared/board"
)

// Verbs and flags that a release had are there, since scripts call them, and its backups
// are read.
func TestReleasesStay(t *testing.T) {
	var names []string
	var visit func(v *cobra.Command)
	visit = func(v *cobra.Command) {
		names = append(names, v.CommandPath())
		v.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, v.CommandPath()+" --"+f.Name) })
		v.PersistentFlags().VisitAll(func(f *pflag.Flag) { names = append(names, v.CommandPath()+" --"+f.Name) })
		for _, below := range v.Commands() {
			visit(below)
		}
	}
	visit(newRoot(&terminal{stdout: io.Discard, stderr: io.Discard}))
	recorded.Stay(t, "../scripts/compat/testdata", "boardctl-flags.txt", names)

	// Its backups are read.
	for _, was := range recorded.Files(t, "../scripts/compat/testdata", "boards.zip", backedUp(t)) {
		a, err := opened(was.Data)
		if err != nil {
			t.Fatalf("a backup of %s: %v", was.Version, err)
		}
		for i, name := range []string{"plans", "team"} {
			part, err := a.part(snapshotPart(name))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := board.Load(1, part)
			if err != nil || doc.Len() != 50 || a.Boards[i].Name != name || a.Boards[i].Elements != 50 {
				t.Errorf("a backup of %s has %+v with %d elements, %v", was.Version, a.Boards[i], doc.Len(), err)
			}
		}
		if b, err := a.image(a.Boards[0].Images[0]); err != nil || string(b.Data) != "GIF89a, or so" {
			t.Errorf("a backup of %s has the image %q, %v", was.Version, b.Data, err)
		}
	}
}
