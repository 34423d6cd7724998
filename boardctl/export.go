package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"edgeboard/shared/board"
	"edgeboard/shared/client"
	"edgeboard/shared/export"
	"edgeboard/shared/export/pdf"
	"edgeboard/shared/export/plot"
	"edgeboard/shared/export/png"
	"edgeboard/shared/figure"
)

const exportAbout = `Writes a board to a file. BOARD is the address of its page, or a file that boardctl
import reads. FILE is written whole or not at all; its suffix says the format:

  .json        all that is on the board, exactly (docs/board-json.md)
  .excalidraw  a drawing for Excalidraw (docs/excalidraw.md)
  .svg         a picture without end of detail
  .png         a picture of pixels
  .pdf         a page for each page of the board

With - as FILE it is written to standard output, in the format that -as says. Of a
board of several pages, .excalidraw, .svg and .png have one, see -page.
`

// exporting is a call of boardctl export.
type exporting struct {
	remote
	as, page      string
	scale, margin float64
	clear         bool
}

var exportFormats = []string{"json", "excalidraw", "svg", "png", "pdf"}

func exportCommand() command {
	return command{
		name: "export", args: "BOARD FILE", what: "writes a board to a file", about: exportAbout,
		flags: func(flags *flag.FlagSet) func(context.Context, *terminal, []string) error {
			x := &exporting{}
			x.declare(flags)
			flags.StringVar(&x.as, "as", "", "`format`, instead of the one that the suffix says")
			flags.StringVar(&x.page, "page", "", "`page` of the board, by its name or its number; without it the first")
			flags.Float64Var(&x.scale, "scale", 2, "`pixels` of a .png for one of the board at 100 %")
			flags.Float64Var(&x.margin, "margin", 16, "`units` around what is on the board, which are its pixels at 100 %")
			flags.BoolVar(&x.clear, "clear", false, "leave out the white ground of .svg and .png")
			return x.run
		},
	}
}

func (x *exporting) run(ctx context.Context, t *terminal, args []string) error {
	if len(args) != 2 {
		return usageError("name the board, and the file to write")
	}
	from, to := args[0], args[1]
	format, err := formatOf(to, x.as, exportFormats)
	if err != nil {
		return err
	}
	if !(x.scale > 0) || !(x.margin >= 0) {
		return usageError("-scale is more than 0, and -margin not less")
	}
	at, is, err := parseAddress(from)
	if err != nil {
		return err
	}
	if !is {
		d, err := readFile(t, from)
		if err != nil {
			return err
		}
		x.tellLeft(t, d)
		doc := board.New(client.NewReplica())
		edit := doc.Edit()
		if _, err := d.Insert(doc, edit); err != nil {
			return err
		}
		edit.Commit()
		return x.write(t, doc, format, to, func(hash string) (export.Blob, bool) {
			b, ok := d.Blobs[hash]
			return b, ok
		})
	}
	token, err := x.token(t)
	if err != nil {
		return err
	}
	var doc *board.Board
	err = x.visit(ctx, t, at, token, func(s *client.Session) (bool, error) {
		doc = s.Doc()
		return s.UpToDate(), nil
	})
	if err != nil {
		return err
	}
	// The link has ended, and the board is ours.
	var missing error
	err = x.write(t, doc, format, to, func(hash string) (export.Blob, bool) {
		b, err := x.blob(ctx, at, token, hash)
		if err != nil {
			missing = errors.Join(missing, fmt.Errorf("image %.8s…: %w", hash, err))
		}
		return b, err == nil
	})
	if missing != nil {
		x.say(t, "left out: images that the relay does not have: %v", missing)
	}
	return err
}

// write writes a board.
func (x *exporting) write(t *terminal, doc *board.Board, format, to string, image func(string) (export.Blob, bool)) error {
	fonts := plot.NewFonts()
	var set *figure.Set
	if format != "json" {
		measures := figure.Fonts(fonts)
		if format == "svg" || format == "excalidraw" { // which others show with their own
			measures = export.Fonts{}
		}
		set = figure.New(doc, measures)
		if err := x.choose(set); err != nil {
			return err
		}
	}
	drawing := plot.Options{Fonts: fonts, Image: image}
	err := writeFile(t, to, func(w io.Writer) error {
		switch format {
		case "json":
			return export.WriteJSON(w, doc, export.JSONOptions{Image: image})
		case "excalidraw":
			return export.WriteExcalidraw(w, set, export.ExcalidrawOptions{Image: image})
		case "png":
			return png.Write(w, set.All(), png.Options{Options: drawing, Margin: x.margin, Scale: x.scale, Fill: 0xffffff, Filled: !x.clear})
		case "pdf":
			f := pdf.New(pdf.Options{Options: drawing, Margin: x.margin, Title: "Edgeboard"})
			for _, page := range x.pages(set) {
				set.ShowPage(page)
				f.Page(set.All())
			}
			return f.Write(w)
		}
		svg := export.AppendSVG(nil, slices.Collect(set.All()), export.Options{Margin: x.margin, Fill: 0xffffff, Filled: !x.clear, Image: image})
		if len(svg) == 0 {
			svg = []byte(emptySVG)
		}
		_, err := w.Write(svg)
		return err
	})
	if err != nil {
		return err
	}
	if letters := fonts.Missing(); letters != "" {
		x.say(t, "no font of this system has these letters, which are shown as boxes: %s", letters)
	}
	x.say(t, "%d elements are in %s", doc.Len(), to)
	return nil
}

const emptySVG = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>` + "\n"

// choose shows the page that was asked for.
func (x *exporting) choose(set *figure.Set) error {
	if x.page == "" {
		return nil
	}
	pages := set.Pages()
	var names []string
	for i, p := range pages {
		name := p.Name
		if name == x.page || strconv.Itoa(i+1) == x.page {
			set.ShowPage(p.ID)
			return nil
		}
		names = append(names, strconv.Quote(name))
	}
	return fmt.Errorf("there is no page %q: there are %s", x.page, strings.Join(names, ", "))
}

// pages are those of a .pdf: all, or the one that was asked for.
func (x *exporting) pages(set *figure.Set) []board.ID {
	if x.page != "" || len(set.Pages()) == 0 {
		return []board.ID{set.Page()}
	}
	var list []board.ID
	for _, p := range set.Pages() {
		list = append(list, p.ID)
	}
	return list
}
