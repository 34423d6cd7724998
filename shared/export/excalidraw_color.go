package export

import (
	"strconv"
	"strings"

	"edgeboard/shared/figure"
)

// cssNames are the colours that files name most.
var cssNames = map[string]uint32{
	"black": 0x000000, "white": 0xffffff, "red": 0xff0000, "green": 0x008000, "blue": 0x0000ff, "yellow": 0xffff00, "orange": 0xffa500,
	"gray": 0x808080, "grey": 0x808080, "purple": 0x800080, "pink": 0xffc0cb, "brown": 0xa52a2a, "cyan": 0x00ffff, "magenta": 0xff00ff,
	"lightgray": 0xd3d3d3, "lightgrey": 0xd3d3d3, "darkgray": 0xa9a9a9, "darkgrey": 0xa9a9a9, "lightblue": 0xadd8e6, "lightgreen": 0x90ee90,
	"navy": 0x000080, "teal": 0x008080, "gold": 0xffd700, "silver": 0xc0c0c0, "maroon": 0x800000, "olive": 0x808000, "lime": 0x00ff00,
}

// color returns a colour of CSS, and false if there is none to be seen. One that is
// not known is that of ink.
func (m *translator) color(css string) (uint32, bool) {
	c, seen, known := parseColor(css)
	if !known {
		m.left(LeftColors)
		return figure.DefaultColor, true
	}
	return c, seen
}

// fill reports whether something is filled with a colour that is known.
func (m *translator) fill(d *drawn) bool {
	_, seen, known := parseColor(d.fill)
	if !known {
		m.left(LeftColors)
	}
	return seen && known
}

func parseColor(css string) (c uint32, seen, known bool) {
	css = strings.ToLower(strings.TrimSpace(css))
	if css == "" || css == "transparent" || css == "none" {
		return 0, false, true
	}
	digits, hex := strings.CutPrefix(css, "#")
	if n, err := strconv.ParseUint(digits, 16, 32); hex && err == nil {
		alpha := uint64(1)
		switch len(digits) {
		case 4:
			n, alpha = n>>4, n&15
			fallthrough
		case 3:
			r, g, b := n>>8&15, n>>4&15, n&15
			return uint32(r*0x110000 | g*0x1100 | b*0x11), alpha > 0, true
		case 8:
			n, alpha = n>>8, n&0xff
			fallthrough
		case 6:
			return uint32(n), alpha > 0, true
		}
	}
	c, known = cssNames[css]
	return c, known, known
}
