// Package public holds the page as it is served: the files of this folder, compressed and named by their content. scripts/pack makes them;
// before that the folder is empty and the relay says so instead of serving a page.
package public

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Packed is the content of dist.
func Packed() fs.FS {
	packed, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return packed
}
