package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

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

With - as FILE it is written to standard output, in the format that --as says. Of a
board of several pages, .excalidraw, .svg and .png have one, see --page.`

const exportExample = `  boardctl export https://boards.example.com/b/plans plans.pdf
  boardctl export --page 2 --scale 3 https://boards.example.com/b/plans second.png
  boardctl export --as json https://boards.example.com/b/plans - | jq .elements
  boardctl export drawing.excalidraw drawing.svg`

// exporting is a call of boardctl export.
type exporting struct {
	remote
	as, page      string
	scale, margin float64
	clear         bool
}

var (
	exportFormats = []string{"json", "excalidraw", "svg", "png", "pdf"}
	importFormats = []string{"json", "excalidraw"}
)

func exportVerb(t *terminal) *cobra.Command {
	x := &exporting{remote: remote{t: t}}
	v := &cobra.Command{
		Use: "export [flags] BOARD FILE", Short: "writes a board to a file", Long: exportAbout, Example: exportExample,
		Args:              counted(2, 2, "name the board, and the file to write"),
		ValidArgsFunction: completes(importFormats, exportFormats),
		RunE:              doing(x.run),
	}
	f := v.Flags()
	f.StringVar(&x.as, "as", "", "`format`, instead of the one that the suffix says")
	f.StringVar(&x.page, "page", "", "`page` of the board, by its name or its number; without it the first")
	f.Float64Var(&x.scale, "scale", 2, "`pixels` of a .png for one of the board at 100 %")
	f.Float64Var(&x.margin, "margin", 16, "`units` around what is on the board, which are its pixels at 100 %")
	f.BoolVar(&x.clear, "clear", false, "leave out the white ground of .svg and .png")
	completeFrom(v, "as", exportFormats...)
	x.declare(v)
	return v
}

func (x *exporting) run(ctx context.Context, args []string) error {
	from, to := args[0], args[1]
	format, err := formatOf(to, x.as, exportFormats)
	if err != nil {
		return err
	}
	if !(x.scale > 0) || !(x.margin >= 0) {
		return usageError("--scale is more than 0, and --margin not less")
	}
	at, is, err := parseAddress(from)
	if err != nil {
		return err
	}
	if !is {
		d, err := readFile(x.t, from)
		if err != nil {
			return err
		}
		x.t.tellLeft(d)
		doc := board.New(client.NewReplica())
		edit := doc.Edit()
		if _, err := d.Insert(doc, edit); err != nil {
			return err
		}
		edit.Commit()
		return x.write(doc, format, to, func(hash string) (export.Blob, bool) {
			b, ok := d.Blobs[hash]
			return b, ok
		})
	}
	token, err := x.token()
	if err != nil {
		return err
	}
	doc, err := x.load(ctx, at, token)
	if err != nil {
		return err
	}
	var missing error
	progress := x.t.progress("images", "images", int64(len(imagesOf(doc))))
	err = x.write(doc, format, to, func(hash string) (export.Blob, bool) {
		progress.add(1)
		b, err := x.blob(ctx, at, token, hash)
		if err != nil {
			missing = errors.Join(missing, fmt.Errorf("image %.8s…: %w", hash, err))
		}
		return b, err == nil
	})
	progress.end()
	if missing != nil {
		x.t.say("left out: images that the relay does not have: %v", missing)
	}
	return err
}

// write writes a board.
func (x *exporting) write(doc *board.Board, format, to string, image func(string) (export.Blob, bool)) error {
	fonts := plot.NewFonts()
	var set *figure.Set
	if format != "json" {
		measures := figure.Fonts(fonts)
		if format == "svg" || format == "excalidraw" { // which others show with their own
			measures = export.Fonts{}
		}
		set = figure.New(doc, measures)
		if err := choosePage(set, x.page); err != nil {
			return err
		}
	}
	drawing := plot.Options{Fonts: fonts, Image: image}
	err := writeFile(x.t, to, func(w io.Writer) error {
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
		x.t.say("no font of this system has these letters, which are shown as boxes: %s", letters)
	}
	x.t.say("%d elements are in %s", doc.Len(), to)
	return nil
}

const emptySVG = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>` + "\n"

// choosePage shows the page that was asked for, by its name or its number; "": the
// first.
func choosePage(set *figure.Set, wanted string) error {
	if wanted == "" {
		return nil
	}
	pages := set.Pages()
	var names []string
	for i, p := range pages {
		name := p.Name
		if name == wanted || strconv.Itoa(i+1) == wanted {
			set.ShowPage(p.ID)
			return nil
		}
		names = append(names, strconv.Quote(name))
	}
	if len(names) == 0 {
		return fmt.Errorf("there is no page %q: the board has no pages", wanted)
	}
	return fmt.Errorf("there is no page %q: there are %s", wanted, strings.Join(names, ", "))
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

// imagesOf are the hashes of the images that a board shows.
func imagesOf(doc *board.Board) map[string]bool { return images(doc.Elements()) }

// allImagesOf are those of what was deleted too: the deletion may be undone.
func allImagesOf(doc *board.Board) map[string]bool { return images(doc.AllElements()) }

func images(elements iter.Seq[*board.Element]) map[string]bool {
	list := map[string]bool{}
	for e := range elements {
		if hash := e.Get(board.KeyBlob).Str(); e.Kind() == board.KindImage && hash != "" {
			list[hash] = true
		}
	}
	return list
}
