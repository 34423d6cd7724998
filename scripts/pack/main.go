// Command pack prepares the page for embedding: from the files of public/ and public/build/ it makes public/dist/, where every file is named by
// its content and compressed. It is run by scripts/build.sh, at the root of the repository.
package main

import (
	"fmt"
	"os"
)

func main() {
	p := packer{
		sources: []string{"public", "public/build"},
		dist:    "public/dist",
		log:     os.Stderr,
	}
	if err := p.pack(parts); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// parts of the page. A part stands after those it names, and the page stands last: the name of a part is a hash of its content, which is known
// when the names in it are.
var parts = []string{
	"icon.svg",
	"icon-192.png",
	"icon-512.png",
	"style.css",
	"boot.js",
	"wasm_exec.js",
	program,
	"manifest.webmanifest",
	"index.html",
}

// program is the part whose size the page must know.
const program = "edgeboard.wasm"
