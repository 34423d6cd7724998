package main

import (
	"io"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"edgeboard/scripts/compat/recorded"
)

// Verbs and flags that a release had are there: scripts call them.
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
}
