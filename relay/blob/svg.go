package blob

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"edgeboard/shared/svg"
)

// never are what no SVG that is taken has in it, whichever parser reads it: a
// browser's may find an element where this one sees text.
var never = []string{"<!doctype", "<!entity", "<script", ":script", "<foreignobject", ":foreignobject", "<iframe", "<?xml-stylesheet", "javascript:"}

// checkSVG refuses an SVG that has more in it than package svg knows to draw.
func checkSVG(data []byte) error {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return refuse("the SVG is not written in UTF-8")
	}
	lower := bytes.ToLower(data)
	for _, bad := range never {
		if bytes.Contains(lower, []byte(bad)) {
			return refuse("the SVG has %q in it, which boards do not show", bad)
		}
	}
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) {
		return nil, errors.New("it is not written in UTF-8")
	}
	c := svgCheck{named: map[string]int{}}
	for {
		t, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return refuse("the SVG cannot be read: %.200s", err)
		}
		if err := c.token(t); err != nil {
			return err
		}
	}
	if len(c.nodes) == 0 {
		return MediaError("this is no image of a kind that boards show: it is XML, and no SVG")
	}
	return c.expand()
}

// svgCheck is an SVG while it is read.
type svgCheck struct {
	nodes []svgNode
	open  []int // those that are open, by their places in nodes
	named map[string]int
	style bool   // the innermost open element is style
	css   []byte // its text so far
	began bool
}

// svgNode is an element, as far as it counts how often it is shown.
type svgNode struct {
	children, refers []int
	names            []string // of what it refers to, until all are known
	shown            int      // elements, itself and what it refers to among them; 0: not counted yet
}

func (c *svgCheck) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return c.start(t)
	case xml.EndElement:
		c.open = c.open[:len(c.open)-1]
		if c.style && !svg.Style(string(c.css)) {
			return refuse("the SVG has a style that may fetch something")
		}
		c.style = false
	case xml.CharData:
		if len(c.open) == 0 && len(bytes.TrimSpace(t)) > 0 {
			return refuse("the SVG has text outside of its element")
		}
		if c.style {
			c.css = append(c.css, t...) // what stands in several parts is one
		}
	case xml.Directive:
		return refuse("the SVG has a declaration <!…>")
	case xml.ProcInst:
		if t.Target != "xml" || c.began {
			return refuse("the SVG has an instruction <?%.40s …>", t.Target)
		}
	}
	c.began = true
	return nil
}

func (c *svgCheck) start(t xml.StartElement) error {
	name := t.Name.Local
	switch {
	case t.Name.Space != svg.Namespace:
		if len(c.nodes) == 0 {
			return MediaError("this is no image of a kind that boards show: it is XML, and no SVG")
		}
		return refuse("the SVG has an element <%.40s> that is none of SVG", name)
	case len(c.nodes) == 0 && name != "svg":
		return MediaError("this is no image of a kind that boards show: it is XML, and no SVG")
	case len(c.nodes) > 0 && len(c.open) == 0:
		return refuse("the SVG has something behind its end")
	case !svg.Element(name):
		return refuse("the SVG has an element <%.40s>, which boards do not show", name)
	case c.style:
		return refuse("the SVG has an element within a style")
	case len(c.nodes) >= svg.MaxElements:
		return refuse("the SVG has more than %d elements", svg.MaxElements)
	case len(c.open) >= svg.MaxDepth:
		return refuse("the SVG has elements more than %d deep within one another", svg.MaxDepth)
	}
	at := len(c.nodes)
	n := svgNode{}
	for _, a := range t.Attr {
		space, value := a.Name.Space, a.Value
		if space == "xmlns" || space == "" && a.Name.Local == "xmlns" {
			continue // which names nobody uses does no harm
		}
		if !svg.Attribute(name, space, a.Name.Local, value) {
			return refuse("the SVG has an attribute %.40q of <%.40s> that boards do not show", a.Name.Local, name)
		}
		if text, ok := svg.Embedded(value); ok && name == "image" {
			if err := embedded(text); err != nil {
				return err
			}
			continue
		}
		if space == "" && a.Name.Local == "id" {
			if _, twice := c.named[value]; !twice { // the first counts, as for browsers
				c.named[value] = at
			}
		}
		svg.References(value, func(name string) { n.names = append(n.names, strings.Clone(name)) })
	}
	c.nodes = append(c.nodes, n)
	if len(c.open) > 0 {
		parent := c.open[len(c.open)-1]
		c.nodes[parent].children = append(c.nodes[parent].children, at)
	}
	c.open = append(c.open, at)
	c.style, c.css = name == "style", c.css[:0]
	return nil
}

// embedded refuses an image within an SVG that would be refused outside of it.
func embedded(text string) error {
	data, err := base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, text))
	if err != nil {
		return refuse("the SVG has an image in it that cannot be read")
	}
	if i, err := Check(data); err != nil || i.Media == SVG {
		return refuse("the SVG has an image in it that boards do not show")
	}
	return nil
}

// expand counts what is shown when each reference is followed.
func (c *svgCheck) expand() error {
	for i := range c.nodes {
		n := &c.nodes[i]
		for _, name := range n.names {
			if at, ok := c.named[name]; ok {
				n.refers = append(n.refers, at)
			}
		}
	}
	// From the last to the first, so that what is within an element is counted
	// before it; what is referred to may stand anywhere, and needs the stack.
	const counting = -1
	type step struct{ at, next int }
	var stack []step
	for last := len(c.nodes) - 1; last >= 0; last-- {
		if c.nodes[last].shown != 0 {
			continue
		}
		c.nodes[last].shown = counting
		stack = append(stack[:0], step{at: last})
		for len(stack) > 0 {
			s := &stack[len(stack)-1]
			n := &c.nodes[s.at]
			if s.next < len(n.children)+len(n.refers) {
				var to int
				if s.next < len(n.children) {
					to = n.children[s.next]
				} else {
					to = n.refers[s.next-len(n.children)]
				}
				s.next++
				switch c.nodes[to].shown {
				case counting:
					return refuse("the SVG has an element that shows itself")
				case 0:
					c.nodes[to].shown = counting
					stack = append(stack, step{at: to})
				}
				continue
			}
			sum := 1
			for _, list := range [...][]int{n.children, n.refers} {
				for _, to := range list {
					if sum += c.nodes[to].shown; sum > svg.MaxShown {
						return refuse("the SVG shows more than %d elements, by using some again and again", svg.MaxShown)
					}
				}
			}
			n.shown = sum
			stack = stack[:len(stack)-1]
		}
	}
	return nil
}
