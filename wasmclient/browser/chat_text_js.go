//go:build js

package browser

import (
	"syscall/js"

	"edgeboard/shared/talk"
	"edgeboard/shared/wire"
)

// appendBlocks shows what a message says. All of it is text, and nothing HTML.
func (c *Chat) appendBlocks(to js.Value, blocks []talk.Block) {
	add := func(tag string) js.Value {
		e := create(tag, "")
		setAttr(e, "dir", "auto")
		to.Call("append", e)
		return e
	}
	for i := range blocks {
		b := &blocks[i]
		switch b.Kind {
		case talk.Paragraph:
			p := add("p")
			for n, line := range b.Lines {
				if n > 0 {
					p.Call("append", "\n")
				}
				c.appendLine(p, line)
			}
		case talk.List:
			list := add("ul")
			for _, line := range b.Lines {
				item := create("li", "")
				list.Call("append", item)
				c.appendLine(item, line)
			}
		case talk.Quote:
			c.appendBlocks(add("blockquote"), b.Blocks)
		case talk.Code:
			pre := add("pre")
			setAttr(pre, "tabindex", "0") // it may be wider than the list
			pre.Set("textContent", b.Text)
		}
	}
}

// styleTags are the elements of the bits of talk.Style, from the lowest.
var styleTags = [...]string{"strong", "em", "s", "code"}

func (c *Chat) appendLine(to js.Value, line talk.Line) {
	for i := range line {
		s := &line[i]
		at := to
		into := func(tag, class string) js.Value {
			e := create(tag, class)
			at.Call("append", e)
			at = e
			return e
		}
		text := s.Text
		if s.Link != "" {
			a := into("a", "")
			if name := c.Element(s.Link); name != "" {
				// The hash alone: the page goes there itself.
				setAttr(a, "href", "#")
				a.Get("dataset").Set("go", s.Link)
				if text == s.Link {
					text = name
				}
			} else {
				setAttr(a, "href", s.Link)
				setAttr(a, "target", "_blank")
				setAttr(a, "rel", "noopener noreferrer")
			}
		}
		if s.Mention != (wire.Person{}) {
			class := "mention"
			if s.Mention == c.Me() {
				class = "mention me"
			}
			into("bdi", class)
		}
		for bit, tag := range styleTags {
			if s.Style>>bit&1 != 0 {
				into(tag, "")
			}
		}
		at.Call("append", text)
	}
}
