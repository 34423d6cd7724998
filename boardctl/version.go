package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// version is that of the release, which the linker is told (-X main.version=1.0.0).
var version = "devel"

func versionVerb(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "says which one this is",
		Long:              "Prints the version of boardctl, of Go, and what it was built for.",
		Example:           "  boardctl version",
		Args:              counted(0, 0, "version takes nothing"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(t.stdout, "boardctl %s, %s, %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
