//go:build js

package browser

import (
	"sync"
	"syscall/js"

	"edgeboard/shared/geom"
)

// FirstPicture is the picture of the board that the page came with. It lies over the
// canvas until Drop. The zero value is ready to use.
type FirstPicture struct {
	find sync.Once
	svg  js.Value // undefined: there is none, or none any more
}

func (p *FirstPicture) found() js.Value {
	p.find.Do(func() {
		if svg := one("#picture svg"); svg.Truthy() {
			p.svg = svg
			toggle(element("picture"), "alone", true)
		}
	})
	return p.svg
}

// There reports whether there is a picture to be seen.
func (p *FirstPicture) There() bool { return p.found().Truthy() }

// Look lays the picture where a camera looks.
func (p *FirstPicture) Look(c geom.Camera) {
	if svg := p.found(); svg.Truthy() {
		svg.Get("style").Set("transform", "scale("+decimal(c.Zoom)+") translate("+decimal(-c.At.X)+"px, "+decimal(-c.At.Y)+"px)")
	}
}

// Through lets what the canvas shows be seen through the picture.
func (p *FirstPicture) Through() {
	if p.There() {
		toggle(element("picture"), "alone", false)
	}
}

// Drop takes the picture away.
func (p *FirstPicture) Drop() {
	if p.There() {
		p.svg.Call("remove")
		p.svg = js.Undefined()
	}
}

// look is under what name a device remembers where a person looked at a board last:
// x, y and zoom of the camera, and the page if it is not the first. boot.js reads it
// too.
func look() string { return "look." + Board() }

// RememberLook remembers where the person looks, at what page of the board; "": the
// first.
func RememberLook(c geom.Camera, page string) {
	value := decimal(c.At.X) + " " + decimal(c.At.Y) + " " + decimal(c.Zoom)
	if page != "" {
		value += " " + page
	}
	Remember(look(), value)
}

// RememberedLook returns where the person looked at this board last, and whether that
// is known.
func RememberedLook() (c geom.Camera, page string, ok bool) {
	return parseLook(Remembered(look()))
}
