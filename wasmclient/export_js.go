//go:build js

package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgeboard/shared/board"
	"edgeboard/shared/export"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
)

const (
	// fileWithin is how long a file may take that others have to give something to.
	fileWithin = time.Minute
	// fileMargin is around what a picture shows, in board units.
	fileMargin = 16
	// fileImages bounds the bytes of images in a file.
	fileImages = 64 << 20
)

// listenToExport connects what makes files of boards, and boards of files.
func (p *page) listenToExport() {
	p.exporting.Save = func(x browser.Export) {
		go func() {
			if err := p.save(x); err != nil {
				println("saving as", x.Format+":", err.Error())
				browser.Toast(browser.Text("export.failed"))
			}
		}()
	}
	p.exporting.Listen()
	p.own["install"] = func() bool { browser.Install(); return true }
	p.own["export"] = func() bool { p.exporting.Open(len(p.editor.Selection()) > 0); return true }
	p.own["import"] = func() bool {
		if p.role.Edits() {
			browser.ChooseFile(".json,.excalidraw,application/json", func(f browser.File) { go p.take(f) })
		}
		return true
	}
}

// save makes a file and has the browser save it. It waits for images, and so is not
// called by the link.
func (p *page) save(x browser.Export) error {
	ctx, stop := context.WithTimeout(context.Background(), fileWithin)
	defer stop()
	if x.Format == "pdf" {
		file, err := p.access.BoardFile(ctx, "pdf")
		if err == nil {
			browser.Download(browser.Board()+".pdf", "application/pdf", file)
		}
		return err
	}
	image := p.imagesFor(ctx)
	var file []byte
	var err error
	p.do(func() {
		figures := slices.Collect(p.figures.All())
		if x.Selected {
			figures = p.selected()
		}
		file, err = p.fileOf(x, figures, image)
	})
	if err != nil {
		return err
	}
	if x.Format == "png" {
		if file, err = browser.Pixels(ctx, string(file), x.Scale); err != nil {
			return err
		}
	}
	browser.Download(browser.Board()+"."+x.Format, fileMedia[x.Format], file)
	return nil
}

var fileMedia = map[string]string{
	"svg": "image/svg+xml", "png": "image/png", "json": "application/json", "excalidraw": "application/vnd.excalidraw+json",
}

// takeBlobs has the device keep the images of a file, and has its elements name what
// is kept: an SVG is cleaned, and other bytes then.
func (p *page) takeBlobs(ctx context.Context, doc *export.Document) {
	taken := map[string]browser.Taken{}
	for hash, b := range doc.Blobs {
		t, err := p.photos.TakeBytes(ctx, b.Data, hash)
		if err != nil {
			println("taking an image of a file:", err.Error())
			continue
		}
		taken[hash] = t
	}
	for i := range doc.Elements {
		e := &doc.Elements[i]
		if t, ok := taken[e.Get(board.KeyBlob).Str()]; ok {
			e.Set(board.KeyBlob, board.String(t.Hash))
			e.Set(board.KeyMedia, board.String(t.Media))
		}
	}
}

// dropped takes files that were dropped on the board: boards, and images.
func (p *page) dropped(files []browser.File, at geom.Point) {
	images := slices.DeleteFunc(files, func(f browser.File) bool {
		name := strings.ToLower(f.Name)
		if !strings.HasSuffix(name, ".json") && !strings.HasSuffix(name, ".excalidraw") {
			return false
		}
		if p.mayPlace() {
			go p.take(f)
		}
		return true
	})
	p.takeImages(images, &at)
}

// fileOf writes a file; of a picture in pixels the SVG.
func (p *page) fileOf(x browser.Export, figures []*figure.Figure, image func(string) (export.Blob, bool)) ([]byte, error) {
	var to bytes.Buffer
	var err error
	switch x.Format {
	case "json":
		err = export.WriteJSON(&to, p.session.Doc(), export.JSONOptions{Image: image})
	case "excalidraw":
		err = export.WriteExcalidraw(&to, p.figures, export.ExcalidrawOptions{Figures: slices.Values(figures), Image: image})
	default:
		svg := export.AppendSVG(nil, figures, export.Options{Margin: fileMargin, Fill: 0xffffff, Filled: x.Ground, Image: image})
		if len(svg) == 0 {
			err = errors.New("there is nothing to be seen")
		}
		return svg, err
	}
	return to.Bytes(), err
}

// imagesFor gets the images of the board, as far as they are to be had and there is
// room for them in a file.
func (p *page) imagesFor(ctx context.Context) func(hash string) (export.Blob, bool) {
	var hashes []string
	p.do(func() {
		for e := range p.session.Doc().Elements() {
			if hash := e.Get(board.KeyBlob).Str(); hash != "" && !slices.Contains(hashes, hash) {
				hashes = append(hashes, hash)
			}
		}
	})
	blobs := map[string]export.Blob{}
	left := fileImages
	for _, hash := range hashes {
		if media, data, ok := p.photos.Bytes(ctx, hash); ok && len(data) <= left {
			left -= len(data)
			blobs[hash] = export.Blob{Media: media, Data: data}
		}
	}
	return func(hash string) (export.Blob, bool) {
		b, ok := blobs[hash]
		return b, ok
	}
}

// take puts what a file has on the board, all of it or nothing.
func (p *page) take(f browser.File) {
	ctx, stop := context.WithTimeout(context.Background(), fileWithin)
	defer stop()
	if f.Size > export.MaxFile {
		browser.Toast(browser.Text("export.too-large", f.Name, strconv.Itoa(export.MaxFile>>20)))
		return
	}
	var doc *export.Document
	data, err := f.Bytes(ctx)
	if err == nil {
		doc, err = export.Parse(data)
	}
	if err != nil {
		browser.Toast(browser.Text("export.broken", f.Name, err.Error()))
		return
	}
	p.takeBlobs(ctx, doc)
	p.do(func() {
		err = p.editor.Insert(func(to *board.Board, edit *board.Edit) ([]board.ID, error) { return doc.Insert(to, edit) })
	})
	left := 0
	for _, n := range doc.Left {
		left += n
	}
	switch n := len(doc.Elements); {
	case err != nil:
		browser.Toast(browser.Text("export.no-room"))
	case left > 0:
		browser.Toast(browser.Text("export.left", strconv.Itoa(n), strconv.Itoa(left)))
	default:
		browser.Toast(browser.Language().Count("export.imported", n))
	}
}
