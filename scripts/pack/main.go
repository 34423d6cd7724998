// Command pack prepares the page for embedding: from the files of public/ and public/build/ it makes public/dist/, where every file is named by
// its content and compressed. It makes the templates too, in public/build/. It is run by scripts/build.sh, at the root of the repository.
package main

import (
	"fmt"
	"os"
	"slices"

	"edgeboard/public/compose"
	"edgeboard/public/templates"
)

func main() {
	p := packer{
		public:  "public",
		sources: []string{"public", "public/build"},
		dist:    "public/dist",
		log:     os.Stderr,
	}
	err := templates.Write("public/build")
	if err == nil {
		err = p.pack(slices.Concat(templates.Names(), parts))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// parts of the page besides the templates. A part stands after those it names, and the page after all of them, once for each language: the name of a part is a hash of
// its content, which is known when the names in it are. The worker names the pages too: when one of them is another, so is the worker.
var parts = []string{
	"icon.svg",
	"icon-maskable.svg",
	"icon-192.png",
	"icon-512.png",
	compose.StyleName,
	"boot.js",
	"wasm_exec.js",
	program,
	"manifest.webmanifest",
	"help.css",
	"help.js",
	helpPage,
	page,
	worker,
}

// page stands for the page in each language.
const page = "index.html"

// helpPage stands for the help in each language.
const helpPage = "help.html"

// worker is the service worker. Browsers know it by its address, so the relay serves it by the name that it has here.
const worker = "sw.js"

// program is the part whose size the page must know.
const program = "edgeboard.wasm"
