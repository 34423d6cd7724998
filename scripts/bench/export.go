package main

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/export/pdf"
	"edgeboard/shared/export/plot"
	"edgeboard/shared/export/png"
	figures "edgeboard/shared/figure"
)

// benchExport measures how long a board full of handwriting takes to be written in other formats.
func benchExport(ctx context.Context, args []string, out *report) error {
	flags := newFlags("export", out)
	var runs int
	flags.whole(&runs, "runs", 7, "how often each is measured; the best counts", 1, endless)
	if err := flags.parse(args); err != nil {
		return err
	}
	doc, err := draw(handwriting(rand.New(rand.NewPCG(3, 4)), strokes, strokePoints))
	if err != nil {
		return err
	}
	const name = "strokes10k"
	fonts := plot.NewFonts()
	written := func(write func(io.Writer) error) int {
		var size counter
		if err := write(&size); err != nil {
			out.fail("write %s: %w", name, err)
		}
		return int(size)
	}
	measure := func(what string, write func(*board.Board) int) error {
		size := 0
		took, err := bestMS(ctx, runs, func() error {
			size = write(doc)
			return nil
		})
		if err == nil {
			out.add(name, what+"_ms", "ms", took)
			out.add(name, what+"_bytes", "bytes", float64(size))
		}
		return err
	}
	for _, format := range []struct {
		name  string
		write func(*board.Board) int
	}{
		{"svg", func(doc *board.Board) int {
			return len(export.AppendSVG(nil, slices.Collect(figures.New(doc, export.Fonts{}).All()), export.Options{}))
		}},
		{"json", func(doc *board.Board) int {
			return written(func(w io.Writer) error { return export.WriteJSON(w, doc, export.JSONOptions{}) })
		}},
		{"excalidraw", func(doc *board.Board) int {
			set := figures.New(doc, export.Fonts{})
			return written(func(w io.Writer) error { return export.WriteExcalidraw(w, set, export.ExcalidrawOptions{}) })
		}},
		{"pdf", func(doc *board.Board) int {
			f := pdf.New(pdf.Options{Options: plot.Options{Fonts: fonts}})
			f.Page(figures.New(doc, fonts).All())
			return written(f.Write)
		}},
		{"png", func(doc *board.Board) int {
			set := figures.New(doc, fonts)
			return written(func(w io.Writer) error {
				return png.Write(w, set.All(), png.Options{Options: plot.Options{Fonts: fonts}})
			})
		}},
		{"picture", func(doc *board.Board) int {
			return len(export.AppendPicture(nil, figures.New(doc, export.Fonts{}), export.PictureOptions{Dark: true}))
		}},
	} {
		if err := measure(format.name, format.write); err != nil {
			return err
		}
	}
	return nil
}
