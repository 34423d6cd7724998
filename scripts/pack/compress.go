package main

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/andybalholm/brotli"
)

// A compressor makes one of the forms in which a file is held.
type compressor struct {
	suffix string
	open   func(io.Writer) (io.WriteCloser, error)
}

var (
	toGzip = compressor{".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) }}

	toBrotli = compressor{".br", func(w io.Writer) (io.WriteCloser, error) {
		// The window spans the whole program. Browsers take windows up to this size.
		return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24}), nil
	}}
)

func (c compressor) compress(content []byte) ([]byte, error) {
	var compressed bytes.Buffer
	w, err := c.open(&compressed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return compressed.Bytes(), nil
}
