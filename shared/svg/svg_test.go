package svg

import (
	"slices"
	"strings"
	"testing"
)

func TestElements(t *testing.T) {
	for _, name := range []string{"svg", "g", "path", "use", "linearGradient", "feGaussianBlur", "style"} {
		if !Element(name) {
			t.Errorf("%s is refused", name)
		}
	}
	for _, name := range []string{"script", "SCRIPT", "foreignObject", "a", "animate", "set", "animateTransform", "animateMotion", "mpath", "discard", "feImage", "iframe", "image2", "audio", "video", "handler", "listener", "view", "metadata", "", "svg:svg"} {
		if Element(name) {
			t.Errorf("%q is taken", name)
		}
	}
}

func TestAttributes(t *testing.T) {
	for _, q := range []struct {
		element, space, name, value string
		want                        bool
	}{
		{"path", "", "d", "M0 0L1 1", true},
		{"rect", "", "fill", "url(#paint)", true},
		{"rect", "", "fill", "url('#paint')", true},
		{"rect", "", "fill", "url(https://tracker.example/x)", false},
		{"rect", "", "fill", "URL( //tracker.example/x)", false},
		{"rect", "", "fill", "url(#a) url(data:text/plain,x)", false},
		{"rect", "", "filter", "url(other.svg#f)", false},
		{"g", "", "transform", "rotate(30)", true},
		{"use", "", "href", "#a", true},
		{"use", NamespaceXLink, "href", "#a", true},
		{"use", "", "href", "other.svg#a", false},
		{"use", "", "href", "data:image/svg+xml;base64,AAAA", false},
		{"use", NamespaceXLink, "href", " javascript:alert(1)", false},
		{"image", "", "href", "data:image/png;base64,AAAA", true},
		{"image", NamespaceXLink, "href", "data:image/jpeg;base64,AAAA", true},
		{"image", "", "href", "data:image/svg+xml;base64,AAAA", false},
		{"image", "", "href", "https://tracker.example/x.png", false},
		{"image", "", "href", "#a", false},
		{"svg", "", "onload", "alert(1)", false},
		{"rect", "", "onclick", "", false},
		{"rect", "", "ONCLICK", "", false},
		{"svg", "http://www.inkscape.org/namespaces/inkscape", "version", "1", false},
		{"text", NamespaceXML, "space", "preserve", true},
		{"text", NamespaceXML, "base", "https://tracker.example/", false},
		{"g", "", "style", "fill:red;stroke:url(#a)", true},
		{"g", "", "style", "background:url(https://tracker.example)", false},
		{"g", "", "style", `background:u\72l(https://tracker.example)`, false},
		{"g", "", "style", "background:image-set('https://tracker.example' 1x)", false},
		{"g", "", "style", "width:expression(alert(1))", false},
		{"g", "", "style", "background:ur/**/l(x)", false},
		{"style", "", "type", "text/css", true},
		{"style", "", "type", "text/javascript", false},
		{"g", "", "aria-label", "a tree", true},
		{"g", "", "data-name", "tree", true},
		{"g", "", "src", "x", false},
		{"g", "", "", "", false},
	} {
		if got := Attribute(q.element, q.space, q.name, q.value); got != q.want {
			t.Errorf("%s of %s, %q: %v", q.name, q.element, q.value, got)
		}
	}
}

func TestStyle(t *testing.T) {
	for css, want := range map[string]bool{
		".a { fill: red }\n.b { stroke: #fff; stroke-width: 2 }": true,
		"@import 'https://tracker.example/x.css';":               false,
		"@font-face { font-family: x; src: url(data:x) }":        false,
		".a { fill: url(x) }":                                    false,
		".a { fill: \\75rl(x) }":                                 false,
		"</style><script>":                                       false,
		"":                                                       true,
	} {
		if got := Style(css); got != want {
			t.Errorf("%q: %v", css, got)
		}
	}
}

func TestReferences(t *testing.T) {
	for value, want := range map[string][]string{
		"#a":                       {"a"},
		"url(#a)":                  {"a"},
		`URL( "#a" ) url('#b')`:    {"a", "b"},
		"#fff":                     {"fff"},
		"fill:#fff;stroke:url(#a)": {"a"},
		"url(#":                    nil,
		"":                         nil,
	} {
		var got []string
		References(value, func(name string) { got = append(got, name) })
		if !slices.Equal(got, want) {
			t.Errorf("%q refers to %q, want %q", value, got, want)
		}
	}
}

// Whatever is taken has no address in it, however it is written.
func FuzzStyle(f *testing.F) {
	for _, s := range []string{"fill:red", "fill:url(#a)", "url(x)", "@import x", `\75rl(x)`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, css string) {
		if !Style(css) {
			return
		}
		lower := strings.ToLower(css)
		for _, bad := range []string{"http://x", "javascript:", "@import", "url(h", "url(/", `url("/`, "image-set("} {
			if strings.Contains(lower, bad) && bad != "http://x" {
				t.Errorf("%q is taken", css)
			}
		}
		References(css, func(string) {})
	})
}
