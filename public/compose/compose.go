// Package compose makes the page of its parts, in each language that it speaks: for
// the packer once, and in development for each request. Its templates are a small part
// of what html/template knows: that one would make the relay a tenth larger.
package compose

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"edgeboard/public/texts"
)

// PageName is the name of the page in a language, and StyleName that of its style
// sheet, where files are packed.
func PageName(l texts.Language) string { return "index." + l.Tag() + ".html" }

const StyleName = "style.css"

// HelpName is the name of the help in a language, where files are packed.
func HelpName(l texts.Language) string { return "help." + l.Tag() + ".html" }

// Page makes the page in a language of the folder public/: of index.html and of the
// files in parts/ that it names. In them
//
//	{{t "tool.pen"}}            is a text by its key, escaped for content and for quoted attributes,
//	{{template "top.html" .}}   a part,
//	{{.Tag}} {{.Direction}}     are those of the language, and
//	{{template "menu/command.html" "cut" "command.cut"}}
//	                            is a part that is made anew of each arguments, without its
//	                            last line end: in it they are {{.1}} and {{.2}}, and {{t .2}}
//	                            is the text by such a key.
//
// Comments are left out. It is an error that names the file if anything else stands
// between such braces, and if a text or a part is missing.
func Page(public fs.FS, l texts.Language) ([]byte, error) {
	c := composer{public: public, language: l}
	if err := c.add("index.html", nil); err != nil {
		return nil, fmt.Errorf("compose the page: %w", err)
	}
	return c.page.Bytes(), nil
}

// Help makes the help in a language, in the same way, of the file in help/ that is named
// by the language's tag. So much of it is said that each language has a file of its own.
func Help(public fs.FS, l texts.Language) ([]byte, error) {
	c := composer{public: public, language: l}
	if err := c.add("help/"+l.Tag()+".html", nil); err != nil {
		return nil, fmt.Errorf("compose the help: %w", err)
	}
	return c.page.Bytes(), nil
}

// A composer is a page on its way.
type composer struct {
	public   fs.FS
	language texts.Language
	page     bytes.Buffer
	within   []string // files that are being added
	with     []string // the arguments of the last of them
}

// maxWithin is how deep parts may lie in one another: a part may not hold itself.
const maxWithin = 8

// add adds what a file of the folder makes of arguments.
func (c *composer) add(name string, with []string) error {
	if c.within = append(c.within, name); len(c.within) > maxWithin {
		return fmt.Errorf("%s: parts hold one another", strings.Join(c.within, ", "))
	}
	content, err := fs.ReadFile(c.public, name)
	if err != nil {
		return err
	}
	rest, err := withoutComments(string(content))
	if with != nil {
		rest = strings.TrimSuffix(rest, "\n")
	}
	before := c.with
	c.with = with
	for found := true; err == nil; {
		var text, action string
		if text, rest, found = strings.Cut(rest, "{{"); !found {
			c.page.WriteString(text)
			break
		}
		c.page.WriteString(text)
		if action, rest, found = strings.Cut(rest, "}}"); !found {
			err = errors.New("{{ without }}")
			break
		}
		err = c.do(strings.TrimSpace(action))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.within, c.with = c.within[:len(c.within)-1], before
	return nil
}

// do adds what stands between braces.
func (c *composer) do(action string) error {
	switch action {
	case ".Tag":
		c.page.WriteString(c.language.Tag())
		return nil
	case ".Direction":
		c.page.WriteString(c.language.Direction())
		return nil
	}
	verb, rest, _ := strings.Cut(action, " ")
	switch verb {
	case "template":
		if part, ok := within(rest, `"`, `" .`); ok && !strings.Contains(part, `"`) {
			return c.add(path.Join("parts", part), nil)
		}
		if words := quoted(rest); len(words) > 1 {
			return c.add(path.Join("parts", words[0]), words[1:])
		}
	case "t":
		key, ok := c.argument(rest)
		if words := quoted(rest); len(words) == 1 {
			key, ok = words[0], true
		}
		if ok && !texts.Has(key) {
			return fmt.Errorf("there is no text %q", key)
		}
		if ok {
			c.page.WriteString(html.EscapeString(c.language.Text(key)))
			return nil
		}
	default:
		if a, ok := c.argument(action); ok {
			c.page.WriteString(html.EscapeString(a))
			return nil
		}
	}
	return fmt.Errorf("{{%s}} is not understood", action)
}

// argument returns what .1, .2 … stand for.
func (c *composer) argument(name string) (string, bool) {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "."))
	if err != nil || name[0] != '.' || n < 1 || n > len(c.with) {
		return "", false
	}
	return c.with[n-1], true
}

// quoted returns the words of a list that stand in quotes, nil if others do not.
func quoted(list string) (words []string) {
	for word := range strings.FieldsSeq(list) {
		w, ok := within(word, `"`, `"`)
		if !ok {
			return nil
		}
		words = append(words, w)
	}
	return words
}

// within returns what stands between a beginning and an end.
func within(action, begin, end string) (string, bool) {
	s, begun := strings.CutPrefix(action, begin)
	s, ended := strings.CutSuffix(s, end)
	return s, begun && ended
}

// withoutComments returns HTML without its comments, and the lines that hold nothing else.
func withoutComments(page string) (string, error) {
	var kept strings.Builder
	for {
		before, rest, found := strings.Cut(page, "<!--")
		kept.WriteString(before)
		if !found {
			return kept.String(), nil
		}
		if _, page, found = strings.Cut(rest, "-->"); !found {
			return "", errors.New("<!-- without -->")
		}
		if before == "" || strings.HasSuffix(before, "\n") {
			page = strings.TrimPrefix(page, "\n")
		}
	}
}

// Style joins the style sheets of the folder public/style/, in the order of their
// names. It is fs.ErrNotExist if there are none.
func Style(public fs.FS) ([]byte, error) {
	names, err := fs.Glob(public, "style/*.css")
	if err == nil && len(names) == 0 {
		err = fs.ErrNotExist
	}
	var style []byte
	for _, name := range names {
		sheet, readErr := fs.ReadFile(public, name)
		err = errors.Join(err, readErr)
		style = append(append(style, sheet...), '\n')
	}
	if err != nil {
		return nil, fmt.Errorf("compose the style sheet: %w", err)
	}
	return style, nil
}
