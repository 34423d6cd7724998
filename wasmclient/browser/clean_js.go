//go:build js

package browser

import (
	"errors"
	"strconv"
	"strings"
	"syscall/js"

	"edgeboard/shared/svg"
)

var errNoSVG = errors.New("it is no SVG that can be read")

const (
	elementNode  = 1 // of Node.nodeType
	textNode     = 3
	cdataNode    = 4
	xmlnsURI     = "http://www.w3.org/2000/xmlns/"
	unsizedSVG   = 300 // CSS pixels, as browsers take one that says nothing
	mostSVGSize  = 16384
	leastSVGSize = 1
)

// cleanSVG returns what a board shows of an SVG: all that package svg does not know
// is taken out, and how wide and high it is, in CSS pixels.
func cleanSVG(source string) (clean string, width, height int, err error) {
	defer jsError(&err)
	tree := window.Get("DOMParser").New().Call("parseFromString", source, "image/svg+xml")
	root := tree.Get("documentElement")
	if !isSVG(root) || root.Get("localName").String() != "svg" || tree.Call("querySelector", "parsererror").Truthy() {
		return "", 0, 0, errNoSVG
	}
	elements := 0
	if err := cleanElement(tree, root, &elements, 1); err != nil {
		return "", 0, 0, err
	}
	w, h := sizeOfSVG(root)
	setAttr(root, "width", strconv.Itoa(w))
	setAttr(root, "height", strconv.Itoa(h))
	return window.Get("XMLSerializer").New().Call("serializeToString", root).String(), w, h, nil
}

func isSVG(e js.Value) bool {
	uri := e.Get("namespaceURI")
	return uri.Type() == js.TypeString && uri.String() == svg.Namespace
}

// cleanElement cleans an element, and all in it, which is so deep.
func cleanElement(tree, e js.Value, elements *int, depth int) error {
	if *elements++; *elements > svg.MaxElements || depth > svg.MaxDepth {
		return errNoSVG
	}
	name := e.Get("localName").String()
	attributes := window.Get("Array").Call("from", e.Get("attributes"))
	for i := range attributes.Length() {
		a := attributes.Index(i)
		space := ""
		if uri := a.Get("namespaceURI"); uri.Type() == js.TypeString {
			space = uri.String()
		}
		if space != xmlnsURI && !svg.Attribute(name, space, a.Get("localName").String(), a.Get("value").String()) {
			e.Call("removeAttributeNode", a)
		}
	}
	children := window.Get("Array").Call("from", e.Get("childNodes"))
	if name == "style" {
		css := withoutComments(e.Get("textContent").String())
		if !svg.Style(css) {
			e.Call("remove")
			return nil
		}
		e.Set("textContent", css) // what was in several parts is one
		return nil
	}
	for i := range children.Length() {
		c := children.Index(i)
		switch c.Get("nodeType").Int() {
		case elementNode:
			if !isSVG(c) || !svg.Element(c.Get("localName").String()) {
				c.Call("remove")
				continue
			}
			if err := cleanElement(tree, c, elements, depth+1); err != nil {
				return err
			}
		case textNode:
		case cdataNode:
			c.Call("replaceWith", tree.Call("createTextNode", c.Get("data")))
		default:
			c.Call("remove")
		}
	}
	return nil
}

// withoutComments is CSS without what says nothing.
func withoutComments(css string) string {
	for {
		before, rest, found := strings.Cut(css, "/*")
		if !found {
			return css
		}
		_, after, _ := strings.Cut(rest, "*/")
		css = before + " " + after
	}
}

// sizeOfSVG is how large an SVG says that it is, or else what it shows is.
func sizeOfSVG(root js.Value) (width, height int) {
	size := func(name string) float64 {
		v := root.Call("getAttribute", name)
		if v.IsNull() {
			return 0
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(v.String(), "px")), 64)
		if err != nil {
			return 0
		}
		return n
	}
	w, h := size("width"), size("height")
	if box := root.Call("getAttribute", "viewBox"); !(w > 0 && h > 0) && !box.IsNull() {
		sides := strings.FieldsFunc(box.String(), func(c rune) bool { return c == ' ' || c == ',' || c == '\n' || c == '\t' })
		if len(sides) == 4 {
			vw, _ := strconv.ParseFloat(sides[2], 64)
			vh, _ := strconv.ParseFloat(sides[3], 64)
			switch {
			case !(vw > 0 && vh > 0):
			case w > 0:
				h = w * vh / vw
			case h > 0:
				w = h * vw / vh
			default:
				w, h = vw, vh
			}
		}
	}
	if !(w > 0 && h > 0) {
		w, h = unsizedSVG, unsizedSVG/2
	}
	return int(min(max(w, leastSVGSize), mostSVGSize)), int(min(max(h, leastSVGSize), mostSVGSize))
}
