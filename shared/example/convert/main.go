// Convert writes a board in a file in another format, without a relay.
//
//	go run ./shared/example/convert drawing.excalidraw drawing.svg
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/export"
	"edgeboard/shared/export/pdf"
	"edgeboard/shared/export/plot"
	"edgeboard/shared/export/png"
	"edgeboard/shared/figure"
)

func main() {
	if err := convert(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func convert(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: convert FROM.json|.excalidraw TO.json|.excalidraw|.svg|.png|.pdf")
	}
	data, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	read, err := export.Parse(data) // of either format
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	doc := board.New(client.NewReplica())
	edit := doc.Edit()
	if _, err := read.Insert(doc, edit); err != nil {
		return err
	}
	edit.Commit()
	var out bytes.Buffer
	if err := write(&out, doc, filepath.Ext(args[1]), func(hash string) (export.Blob, bool) {
		blob, ok := read.Blobs[hash]
		return blob, ok
	}); err != nil {
		return fmt.Errorf("%s: %w", args[1], err)
	}
	return os.WriteFile(args[1], out.Bytes(), 0o666)
}

func write(w io.Writer, doc *board.Board, suffix string, image func(hash string) (export.Blob, bool)) error {
	// Texts are measured by the fonts that show them: those of whoever opens the file, or
	// of this machine, where they become a picture.
	theirs := figure.New(doc, export.Fonts{})
	fonts := plot.NewFonts()
	ours, drawing := figure.New(doc, fonts), plot.Options{Fonts: fonts, Image: image}
	switch suffix {
	case ".json":
		return export.WriteJSON(w, doc, export.JSONOptions{Image: image})
	case ".excalidraw":
		return export.WriteExcalidraw(w, theirs, export.ExcalidrawOptions{Image: image})
	case ".svg":
		_, err := w.Write(export.AppendSVG(nil, slices.Collect(theirs.All()), export.Options{Margin: 16, Image: image}))
		return err
	case ".png":
		return png.Write(w, ours.All(), png.Options{Options: drawing, Margin: 16, Scale: 2, Fill: 0xffffff, Filled: true})
	case ".pdf":
		file := pdf.New(pdf.Options{Options: drawing, Margin: 16})
		file.Page(ours.All())
		return file.Write(w)
	}
	return fmt.Errorf("%q is no format that is written", suffix)
}
