package blob

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	stdgif "image/gif"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"strings"
	"testing"
)

func picture(w, h int) image.Image { return image.NewGray(image.Rect(0, 0, w, h)) }

func asPNG(w, h int) []byte {
	var b bytes.Buffer
	_ = stdpng.Encode(&b, picture(w, h)) // to memory
	return b.Bytes()
}

func asJPEG(w, h int) []byte {
	var b bytes.Buffer
	_ = stdjpeg.Encode(&b, picture(w, h), nil)
	return b.Bytes()
}

func asGIF(w, h int) []byte {
	var b bytes.Buffer
	_ = stdgif.Encode(&b, picture(w, h), nil)
	return b.Bytes()
}

// asWebP is the head of one, by hand: there is no encoder in the library.
func asWebP(kind string, rest ...byte) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WEBP" + kind + "\x00\x00\x00\x00")
	return append(append(b, rest...), make([]byte, 16)...)
}

// claims changes the size that a PNG says it has: a bomb says much and has little.
func claims(w, h uint32) []byte {
	b := asPNG(1, 1)
	for i := range 4 {
		b[16+i], b[20+i] = byte(w>>(24-8*i)), byte(h>>(24-8*i))
	}
	return b
}

func TestImages(t *testing.T) {
	vp8x := asWebP("VP8X", 0, 0, 0, 0, 0x3f, 0x01, 0x00, 0xff, 0x00, 0x00) // 320 × 256
	vp8l := asWebP("VP8L", 0x2f, 0x3f, 0xc1, 0x3f, 0x00)                   // 14 bits each: 0x013f, 0x00ff
	vp8 := asWebP("VP8 ", 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0x00, 0x41)
	progressive := append([]byte("\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xfe\x00\x03c\xff\x01\xff\xc2\x00\x0b\x08"), 0x01, 0x00, 0x01, 0x40, 1, 1, 1, 1)
	for _, q := range []struct {
		what string
		data []byte
		want Image
	}{
		{"a PNG", asPNG(320, 256), Image{PNG, 320, 256}},
		{"a JPEG", asJPEG(320, 256), Image{JPEG, 320, 256}},
		{"a progressive JPEG with comments", progressive, Image{JPEG, 320, 256}},
		{"a GIF", asGIF(320, 256), Image{GIF, 320, 256}},
		{"a WebP", vp8, Image{WebP, 320, 256}},
		{"a lossless WebP", vp8l, Image{WebP, 320, 256}},
		{"an extended WebP", vp8x, Image{WebP, 320, 256}},
		{"an SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), Image{Media: SVG}},
		{"the largest", claims(16384, 4096), Image{PNG, 16384, 4096}},
	} {
		if got, err := Check(q.data); err != nil || got != q.want {
			t.Errorf("%s is %+v, %v; want %+v", q.what, got, err, q.want)
		}
	}
}

func TestBadImages(t *testing.T) {
	for _, q := range []struct {
		what  string
		data  []byte
		media bool // a MediaError
	}{
		{"nothing", nil, true},
		{"text", []byte("hello"), true},
		{"HTML", []byte("<!DOCTYPE html><title>x</title><script>alert(1)</script>"), false},
		{"HTML without a word of it", []byte("<html><p>x</p></html>"), true},
		{"XML", []byte("<feed/>"), true},
		{"a PDF", []byte("%PDF-1.7"), true},
		{"a BMP", []byte("BM\x00\x00\x00\x00"), true},
		{"a TIFF", []byte("II*\x00\x08\x00\x00\x00"), true},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), true},
		{"AVIF", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif"), true},
		{"a program", []byte("\x7fELF"), true},
		{"RIFF that is sound", []byte("RIFF\x00\x00\x00\x00WAVEfmt \x00\x00\x00\x00"), true},
		{"a compressed SVG", []byte("\x1f\x8b\x08\x00"), true},
		{"a PNG that is cut", asPNG(9, 9)[:20], false},
		{"a PNG without its header", []byte(pngHead + "\x00\x00\x00\x0dIDAT0123456789abcdef"), false},
		{"a PNG of no width", claims(0, 1), false},
		{"a PNG of no height", claims(1, 0), false},
		{"a bomb", claims(60_000, 60_000), false},
		{"a bomb of one line", claims(1<<31-1, 1), false},
		{"a bomb whose sides are just allowed", claims(16384, 16384), false},
		{"a PNG that is wider than any", claims(1<<31+5, 1), false},
		{"a JPEG that is cut", asJPEG(9, 9)[:100], false},
		{"a JPEG of nothing", []byte("\xff\xd8\xff\xd9"), false},
		{"a JPEG whose picture begins at once", []byte("\xff\xd8\xff\xda\x00\x04ab"), false},
		{"a JPEG with a segment of no length", []byte("\xff\xd8\xff\xe0\x00\x00\xff\xc0"), false},
		{"a JPEG with something between", []byte("\xff\xd8\xff\xe0\x00\x02x"), false},
		{"a JPEG of no height", []byte("\xff\xd8\xff\xc0\x00\x0b\x08\x00\x00\x00\x10\x01\x01\x11\x00"), false},
		{"a GIF that is cut", []byte("GIF89a\x01"), false},
		{"a GIF of nothing", []byte("GIF89a\x00\x00\x01\x00\x00\x00\x00"), false},
		{"a large GIF", []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00"), false},
		{"a WebP that is cut", []byte("RIFF\x00\x00\x00\x00WEBPVP8X"), false},
		{"a WebP of metadata", asWebP("EXIF"), false},
		{"a WebP that needs another", asWebP("VP8 ", 0x11, 0, 0, 0x9d, 0x01, 0x2a, 1, 0, 1, 0), false},
		{"a large WebP", asWebP("VP8X", 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), false},
	} {
		_, err := Check(q.data)
		_, media := errors.AsType[MediaError](err)
		_, content := errors.AsType[ContentError](err)
		if media != q.media || content == q.media {
			t.Errorf("%s: %v", q.what, err)
		}
	}
}

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10">`

func TestGoodSVG(t *testing.T) {
	data := base64.StdEncoding.EncodeToString(asPNG(2, 2))
	for what, text := range map[string]string{
		"shapes":          `<g fill="none" stroke="#123456"><path d="M0 0L9 9"/><circle r="4" style="fill:red"/></g>`,
		"text":            `<text x="1" y="2" xml:space="preserve">if a &lt; b &amp; c, on click = nothing <tspan dy="1">日本</tspan></text>`,
		"paint":           `<defs><linearGradient id="p"><stop offset="0" stop-color="red"/></linearGradient></defs><rect width="9" height="9" fill="url(#p)"/>`,
		"paint of paint":  `<linearGradient id="a"/><linearGradient id="b" xlink:href="#a"/><rect fill="url(#b)"/>`,
		"a style":         `<style type="text/css"><![CDATA[.a { fill: red }]]></style><rect class="a"/>`,
		"a symbol":        `<symbol id="s"><rect/></symbol><use href="#s"/><use xlink:href="#s" x="5"/>`,
		"a picture in it": `<image href="data:image/png;base64,` + data + `"/>`,
		"what is nowhere": `<use href="#nowhere"/><rect fill="url(#none)"/>`,
		"a comment":       `<!-- made by hand -->`,
		"a filter":        `<filter id="f"><feGaussianBlur stdDeviation="2"/></filter><g filter="url(#f)"/>`,
	} {
		for _, before := range []string{"", `<?xml version="1.0" encoding="UTF-8"?>` + "\n<!-- x -->", "\xef\xbb\xbf"} {
			if i, err := Check([]byte(before + svgHead + text + "</svg>\n")); err != nil || i.Media != SVG {
				t.Errorf("%s: %+v, %v", what, i, err)
			}
		}
	}
}

// What runs, fetches or grows in an SVG is refused, whichever way it is written.
func TestHostileSVG(t *testing.T) {
	inside := func(text string) string { return svgHead + text + "</svg>" }
	bomb := `<g id="a0"><rect/><rect/></g>`
	for i := range 40 {
		bomb += fmt.Sprintf(`<g id="a%d"><use href="#a%d"/><use href="#a%d"/></g>`, i+1, i, i)
	}
	big := base64.StdEncoding.EncodeToString(claims(60_000, 60_000))
	inner := base64.StdEncoding.EncodeToString([]byte(svgHead + "<script/></svg>"))
	for what, text := range map[string]string{
		"a script":                        inside(`<script>alert(1)</script>`),
		"a script by address":             inside(`<script href="https://evil.example/x.js"/>`),
		"a script of other letters":       inside(`<SCRIPT>alert(1)</SCRIPT>`),
		"a script with a prefix":          `<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script>alert(1)</s:script></s:svg>`,
		"a script of HTML":                inside(`<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>`),
		"a handler":                       inside(`<rect onclick="alert(1)"/>`),
		"a handler of the whole":          `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"HTML in it":                      inside(`<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>`),
		"a frame":                         inside(`<iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example"/>`),
		"a link":                          inside(`<a href="https://evil.example"><rect/></a>`),
		"a link that runs":                inside(`<a xlink:href="javascript:alert(1)"><rect/></a>`),
		"a reference that runs":           inside(`<use href="javascript:alert(1)"/>`),
		"a reference elsewhere":           inside(`<use href="https://evil.example/x.svg#a"/>`),
		"a picture elsewhere":             inside(`<image href="https://evil.example/x.png"/>`),
		"a picture of this relay":         inside(`<image href="/blob/x"/>`),
		"an SVG in it":                    inside(`<image href="data:image/svg+xml;base64,` + inner + `"/>`),
		"an SVG in it, called a PNG":      inside(`<image href="data:image/png;base64,` + inner + `"/>`),
		"a bomb in it":                    inside(`<image href="data:image/png;base64,` + big + `"/>`),
		"a picture that is none":          inside(`<image href="data:image/png;base64,!!!"/>`),
		"a style that fetches":            inside(`<style>.a { fill: url(https://evil.example) }</style>`),
		"a style that imports":            inside(`<style>@import "https://evil.example/x.css";</style>`),
		"a style with a font":             inside(`<style>@font-face { font-family: x; src: url(https://evil.example) }</style>`),
		"a style with an escape":          inside(`<style>.a { fill: u\72l(https://evil.example) }</style>`),
		"a style in two parts":            inside(`<style>.a { fill: ur<![CDATA[l(https://evil.example)]]> }</style>`),
		"a style about a comment":         inside(`<style>.a { fill: ur<!-- -->l(https://evil.example) }</style>`),
		"a style with an element":         inside(`<style><rect/></style>`),
		"a style by entity":               inside(`<style>.a { fill: ur&#108;(https://evil.example) }</style>`),
		"an attribute of style":           inside(`<rect style="fill:url(//evil.example)"/>`),
		"a paint elsewhere":               inside(`<rect fill="url(https://evil.example#a)"/>`),
		"a filter that fetches":           inside(`<filter><feImage href="https://evil.example"/></filter>`),
		"an animation":                    inside(`<rect><animate attributeName="href" to="javascript:alert(1)"/></rect>`),
		"a setting":                       inside(`<use><set attributeName="href" to="https://evil.example"/></use>`),
		"an element of another program":   inside(`<sodipodi:namedview xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"/>`),
		"an attribute of another program": inside(`<g xmlns:i="http://www.inkscape.org/namespaces/inkscape" i:label="x"/>`),
		"a base":                          inside(`<g xml:base="https://evil.example"/>`),
		"an entity":                       `<!DOCTYPE svg [<!ENTITY x "<script/>">]>` + inside(`&x;`),
		"an entity nobody has":            inside(`&nbsp;`),
		"a billion laughs":                `<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>` + inside(`&b;`),
		"an external entity":              `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + inside(`<text>&x;</text>`),
		"a style sheet":                   `<?xml-stylesheet href="https://evil.example/x.css"?>` + inside(``),
		"an instruction":                  inside(`<?php echo 1 ?>`),
		"another encoding":                `<?xml version="1.0" encoding="UTF-7"?>` + inside(``),
		"bytes that are no UTF-8":         inside("<text>\xff</text>"),
		"UTF-16":                          "<\x00s\x00v\x00g\x00",
		"a zero byte":                     inside("<text>\x00</text>"),
		"what is not closed":              svgHead,
		"what is closed twice":            inside(`</g>`),
		"something behind it":             inside(``) + `<g xmlns="http://www.w3.org/2000/svg"/>`,
		"text behind it":                  inside(``) + `alert(1)`,
		"text before it":                  "<!-- --> x " + inside(``),
		"a group as the whole":            `<g xmlns="http://www.w3.org/2000/svg"/>`,
		"no namespace":                    `<svg><rect/></svg>`,
		"another namespace":               `<svg xmlns="http://www.w3.org/1999/xhtml"/>`,
		"what shows itself":               inside(`<g id="a"><use href="#a"/></g>`),
		"what shows itself by another":    inside(`<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>`),
		"a pattern of itself":             inside(`<pattern id="a"><rect fill="url(#a)"/></pattern>`),
		"what grows":                      inside(bomb),
		"too deep":                        svgHead + strings.Repeat("<g>", 64) + strings.Repeat("</g>", 64) + "</svg>",
		"too many":                        inside(strings.Repeat("<g/>", 50_000)),
	} {
		if i, err := Check([]byte(text)); err == nil {
			t.Errorf("%s is taken as %+v", what, i)
		}
	}
}

// Whatever comes, nothing panics; what the library's decoders take is read with
// their size.
func FuzzCheck(f *testing.F) {
	for _, b := range [][]byte{asPNG(3, 5), asJPEG(3, 5), asGIF(3, 5), asWebP("VP8X"), asWebP("VP8L", 0x2f), claims(60_000, 60_000), []byte(svgHead + `<use href="#a"/></svg>`)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Check(data)
		config, name, known := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			if got != (Image{}) && got.Media != SVG {
				t.Errorf("an image that is refused is %+v", got)
			}
			return
		}
		if got.Media != SVG && (got.Width < 1 || got.Height < 1 || got.Width > MaxSide || got.Height > MaxSide || got.Width*got.Height > MaxPixels) {
			t.Errorf("%+v is taken", got)
		}
		if known == nil && (got.Media != "image/"+name || got.Width != config.Width || got.Height != config.Height) {
			t.Errorf("it is %+v, and for the library %s of %d × %d", got, name, config.Width, config.Height)
		}
	})
}
