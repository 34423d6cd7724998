package server

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/andybalholm/brotli"
)

// quality is of brotli, for what is made while somebody waits: from there on it takes
// twice the time for some percent.
const quality = 5

// compressed returns content in a coding of negotiate.
func compressed(content []byte, coding string) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "br":
		w = brotli.NewWriterLevel(&b, quality)
	case "gzip":
		w = gzip.NewWriter(&b)
	default:
		return content
	}
	// A Buffer takes all.
	w.Write(content)
	w.Close()
	return b.Bytes()
}
