// Package svg says what of an SVG a board shows: a list of elements and of their
// attributes that draw, and nothing that runs, is fetched or moves. The page takes
// all else out of what somebody pastes, and the relay refuses what still has it.
//
// The package knows names and values. It parses no XML: the page has the browser's
// parser, and the relay one of its own.
package svg

import "strings"

// The namespaces of what may be there. Elements are in Namespace, attributes in
// none, or, of a few, in one of the others.
const (
	Namespace      = "http://www.w3.org/2000/svg"
	NamespaceXLink = "http://www.w3.org/1999/xlink"
	NamespaceXML   = "http://www.w3.org/XML/1998/namespace"
)

// Limits of an SVG.
const (
	MaxElements = 50_000
	// MaxDepth is how many elements may be within one another.
	MaxDepth = 64
	// MaxShown is how many elements it may have when each reference is followed:
	// what uses something twice that uses something twice is soon very large.
	MaxShown = 200_000
)

func set(names string) map[string]bool {
	m := map[string]bool{}
	for _, name := range strings.Fields(names) {
		m[name] = true
	}
	return m
}

// elements are those that draw. Not among them: script, foreignObject, a, view, and
// all that moves, which may change what an attribute was checked to be; feImage,
// which fetches.
var elements = set(`
	svg g defs symbol use switch title desc style
	path rect circle ellipse line polyline polygon image text tspan textPath
	linearGradient radialGradient stop pattern clipPath mask marker
	filter feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
	feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur
	feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence`)

// attributes are those without a namespace.
var attributes = set(`
	id class style lang tabindex role version baseProfile xmlns
	x y width height viewBox preserveAspectRatio transform transform-origin
	d pathLength points cx cy r rx ry x1 y1 x2 y2 fx fy fr dx dy rotate textLength lengthAdjust
	startOffset method spacing side
	href gradientUnits gradientTransform spreadMethod offset
	patternUnits patternContentUnits patternTransform clipPathUnits maskUnits maskContentUnits
	markerUnits markerWidth markerHeight refX refY orient
	filterUnits primitiveUnits in in2 result type mode values operator k1 k2 k3 k4 order kernelMatrix
	divisor bias targetX targetY edgeMode kernelUnitLength preserveAlpha surfaceScale diffuseConstant
	specularConstant specularExponent scale xChannelSelector yChannelSelector azimuth elevation
	tableValues slope intercept amplitude exponent stdDeviation radius z pointsAtX pointsAtY pointsAtZ
	limitingConeAngle baseFrequency numOctaves seed stitchTiles
	requiredExtensions requiredFeatures systemLanguage media zoomAndPan contentScriptType contentStyleType
	enable-background
	alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation
	color-interpolation-filters color-rendering direction display dominant-baseline fill fill-opacity
	fill-rule filter flood-color flood-opacity font font-family font-size font-size-adjust font-stretch font-style
	font-variant font-weight glyph-orientation-horizontal glyph-orientation-vertical image-rendering isolation
	kerning letter-spacing lighting-color marker marker-end marker-mid marker-start mask mask-type mix-blend-mode
	opacity overflow paint-order pointer-events shape-rendering stop-color stop-opacity stroke
	stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
	stroke-width text-anchor text-decoration text-rendering unicode-bidi vector-effect visibility
	white-space word-spacing writing-mode`)

// Element reports whether an element of Namespace may be there, by its local name.
func Element(name string) bool { return elements[name] }

// Attribute reports whether an element may have an attribute with this value. The
// space is the namespace of the attribute's name; a declaration of a namespace is
// none of its business.
func Attribute(element, space, name, value string) bool {
	switch space {
	case NamespaceXLink:
		return name == "href" && reference(element, value) || name == "title" || name == "type" && value == "simple" ||
			name == "show" || name == "actuate"
	case NamespaceXML:
		return name == "space" || name == "lang" || name == "id"
	case "":
	default:
		return false
	}
	switch {
	case name == "href":
		return reference(element, value)
	case name == "style":
		return Style(value)
	case element == "style" && name == "type":
		return value == "text/css" || value == ""
	case attributes[name]:
		return still(value)
	}
	return (strings.HasPrefix(name, "aria-") || strings.HasPrefix(name, "data-")) && still(value)
}

// embedded are the beginnings of addresses that are an image themselves.
var embedded = []string{"data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,", "data:image/webp;base64,", "data:image/gif;base64,"}

// Embedded returns the base64 text of an image that stands in its address; false:
// it is no such address.
func Embedded(address string) (text string, ok bool) {
	for _, begin := range embedded {
		if text, ok := strings.CutPrefix(address, begin); ok {
			return text, true
		}
	}
	return "", false
}

// reference reports whether an address is of something in the same SVG, or is an
// image itself.
func reference(element, address string) bool {
	if element == "image" {
		_, ok := Embedded(address)
		return ok
	}
	return strings.HasPrefix(address, "#")
}

// Style reports whether CSS draws alone: there is nothing in it that fetches, and
// none of the ways to write that otherwise.
func Style(css string) bool {
	return !strings.ContainsAny(css, `\@<`) && still(css)
}

// fetches are the functions of CSS that name an address. Of url( alone may be
// what is in the same SVG.
var fetches = []string{"image(", "image-set(", "src(", "cross-fade(", "element(", "expression(", "paint(", "javascript:", "vbscript:", "behavior:", "-moz-binding", "/*"}

// still reports whether a value names no address but of what is in the same SVG.
func still(value string) bool {
	if !strings.ContainsAny(value, "(:*") {
		return true
	}
	lower := strings.ToLower(value)
	for _, f := range fetches {
		if strings.Contains(lower, f) {
			return false
		}
	}
	for rest := lower; ; {
		_, after, found := strings.Cut(rest, "url(")
		if !found {
			return true
		}
		after = strings.TrimLeft(after, " \t\r\n\f'\"")
		if !strings.HasPrefix(after, "#") {
			return false
		}
		rest = after
	}
}

// References yields the names that a value refers to in the same SVG: those of
// url(#name), and of an address that begins with #.
func References(value string, f func(name string)) {
	if name, ok := strings.CutPrefix(value, "#"); ok {
		f(name)
		return
	}
	for rest := value; ; {
		at := strings.IndexByte(rest, '#')
		if at < 0 {
			return
		}
		head := strings.TrimRight(rest[:at], " \t\r\n\f'\"")
		rest = rest[at+1:]
		if len(head) < 4 || !strings.EqualFold(head[len(head)-4:], "url(") {
			continue
		}
		if end := strings.IndexAny(rest, " \t\r\n\f'\")"); end >= 0 {
			f(rest[:end])
		}
	}
}
