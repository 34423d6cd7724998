// Release packs what scripts/release.sh has built, from the root of the repository:
//
//	release version               prints the newest version of CHANGELOG.md
//	release pack FOLDER OS ARCH   makes FOLDER/edgeboard-VERSION-OS-ARCH.tar.gz, for
//	                              windows .zip, of the programs in FOLDER/OS-ARCH
//	release notices OS ARCH       prints the licences of what the programs are made of
//	release sums FOLDER           makes FOLDER/SHA256SUMS of the archives there
//
// The same files make the same bytes: in an archive they are in the order of their
// names, belong to nobody, and are as old as the release.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	verb := ""
	if len(args) > 0 {
		verb, args = args[0], args[1:]
	}
	switch {
	case verb == "version" && len(args) == 0:
		r, err := newest(changelog)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(stdout, r.version)
		return err
	case verb == "pack" && len(args) == 3:
		return pack(args[0], args[1], args[2])
	case verb == "notices" && len(args) == 2:
		return notices(stdout, args[0], args[1])
	case verb == "sums" && len(args) == 1:
		return sums(args[0])
	}
	return errors.New("usage: release version, release pack FOLDER OS ARCH, release notices OS ARCH, or release sums FOLDER")
}
