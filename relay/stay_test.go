package main

import (
	"flag"
	"testing"

	"edgeboard/scripts/compat/recorded"
)

// Flags that a release had are there, and with them their variables (see fromEnv).
func TestReleasesStay(t *testing.T) {
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	define(flags, &options{})
	var names []string
	flags.VisitAll(func(f *flag.Flag) { names = append(names, "-"+f.Name+" "+envName(f.Name)) })
	recorded.Stay(t, "../scripts/compat/testdata", "relay-flags.txt", names)
}
