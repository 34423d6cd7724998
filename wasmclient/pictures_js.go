//go:build js

package main

import (
	"context"
	"errors"
	"strconv"

	"edgeboard/shared/geom"
	"edgeboard/wasmclient/browser"
	"edgeboard/wasmclient/editor"
)

// pictures gives the scene, on its own goroutine, the pixels of a picture.
func (p *page) pictures(blob string) (rgba []byte, width, height int, ok bool) {
	return p.photos.Pixels(blob)
}

// listenToPictures connects the images of the board with the device and the relay.
func (p *page) listenToPictures() {
	p.photos = browser.Pictures{
		Access: &p.access,
		Ready:  func(blob string) { p.do(func() { p.view.PictureReady(blob); p.redraw() }) },
		Share:  func(blob string, done float64) { p.do(func() { p.view.PictureShare(blob, done); p.redraw() }) },
		Refused: func(_ string, status int, reason string) {
			switch status {
			case 413:
				reason = browser.Text("picture.refused-size")
			case 415, 422:
				reason = browser.Text("picture.refused-kind")
			}
			browser.Toast(browser.Text("picture.refused", reason))
		},
		NotKept: func(error) { browser.Toast(browser.Text("picture.not-kept")) },
	}
	p.photos.Start()
	p.clipboard.Files = p.takeImages
	browser.OnFiles(p.dropped)
	p.own["picture-insert"] = func() bool {
		if p.role.Edits() {
			browser.ChooseImages(func(files []browser.File) { p.takeImages(files, nil) })
		}
		return true
	}
	p.own["picture-describe"] = p.describeImage
	p.own["picture-retry"] = func() bool {
		f := p.editor.Described()
		if f == nil {
			return false
		}
		p.photos.Retry(f.Picture.Blob)
		return true
	}
}

// takeImages puts files on the board that are images, where the pointer said, or in
// the middle.
func (p *page) takeImages(files []browser.File, at *geom.Point) {
	if !p.mayPlace() || len(files) == 0 {
		return
	}
	if len(files) > browser.MostFiles {
		browser.Toast(browser.Text("picture.too-many", strconv.Itoa(browser.MostFiles)))
		return
	}
	go func() {
		var images []editor.Image
		var troubles []error
		for _, f := range files {
			t, err := p.photos.Take(context.Background(), f)
			if err != nil {
				troubles = append(troubles, err)
				continue
			}
			images = append(images, editor.Image{Blob: t.Hash, Media: t.Media, Width: t.Width, Height: t.Height, Name: t.Name})
		}
		p.do(func() {
			width, height := browser.Size()
			place := geom.Point{X: width / 2, Y: height / 2}
			if at != nil {
				place = *at
			}
			p.editor.PlaceImages(images, p.editor.Camera().ToBoard(place), width, height)
		})
		if len(troubles) > 0 {
			browser.Toast(errors.Join(troubles...).Error())
		}
	}()
}

// mayPlace reports whether this person may put something on the board, and says why
// not.
func (p *page) mayPlace() (may bool) {
	p.do(func() { may = p.role.Edits() })
	if !may {
		browser.Toast(browser.Text("person.view-only-why"))
	}
	return may
}

// describeImage asks what the image that is selected shows.
func (p *page) describeImage() bool {
	f := p.editor.Described()
	if f == nil || !p.role.Edits() {
		return false
	}
	id := f.ID()
	browser.DescribeImage(f.Element.Text(), func(text string) { p.do(func() { p.editor.Describe(id, text) }) })
	return true
}

// pictureState says what the panels show of an image that is selected, and follows
// what this person may do.
func (p *page) pictureState(s *browser.State) {
	p.photos.Editing(p.role.Edits())
	if s.Image {
		f := p.editor.Described()
		s.Unsent = f != nil && p.photos.IsRefused(f.Picture.Blob)
	}
}
