package talk

import (
	"strings"

	"edgeboard/shared/wire"
)

// A message is written as people write in chats:
//
//	*italic* _italic_ **bold** __bold__ ~~struck~~ `code`   within a line
//	[words](https://…)  https://…  mailto:…                  links
//	:smile:                                                  an emoji, see Emoji
//	\*                                                       a mark that is none
//	- one       * one                                        a list, an item a line
//	> quoted                                                 a quote, which may have all this
//	```                                                      up to the next such line: code
//
// What does not close stands as it was written. There is no HTML, and no way to write
// any.

// Bounds of what Parse returns. What is beyond them stands as it was written.
const (
	MaxDepth = 4    // of quotes within quotes
	MaxLines = 500  // of all blocks together
	MaxSpans = 1000 // the same; each further line has one
)

// Block is a part of a message that stands by itself.
type Block struct {
	Kind BlockKind
	// Lines are those of a Paragraph, or the items of a List.
	Lines []Line
	// Blocks are what is quoted.
	Blocks []Block
	// Text is that of Code, with its line ends but the last.
	Text string
}

// BlockKind is what a Block is.
type BlockKind uint8

// Kinds of blocks.
const (
	Paragraph BlockKind = iota
	List
	Quote
	Code
)

// Line is what stands between two line ends. How it is broken is up to who shows it.
type Line []Span

// Span is text that looks the same.
type Span struct {
	Text  string // plain, and clean (see Clean)
	Style Style
	// Link is where it leads: an absolute URL of http, https or mailto, or "".
	Link string
	// Mention is who is named, nobody if it is no mention.
	Mention wire.Person
}

// Style is how a Span looks: bits.
type Style uint8

// Bits of a Style.
const (
	Bold Style = 1 << iota
	Italic
	Struck
	Mono // code within a line
)

// Parse takes a message apart. Mentions that do not lie in it are ignored, all of them.
// It takes time in proportion to the length of the text.
func Parse(text string, mentions []wire.Mention) []Block {
	if !fits(text, mentions) {
		mentions = nil
	}
	places := make([]int, 0, 2*len(mentions))
	for _, m := range mentions {
		places = append(places, int(m.At), int(m.At+m.Length))
	}
	p := parser{text: clean(text, places)}
	for i, m := range mentions {
		if from, to := places[2*i], places[2*i+1]; from < to {
			p.mentions = append(p.mentions, mention{from, to, m.Person})
		}
	}
	var lines []stretch
	for from := 0; ; {
		n := strings.IndexByte(p.text[from:], '\n')
		if n < 0 || len(lines) == MaxLines-1 {
			lines = append(lines, stretch{from, len(p.text)})
			return p.blocks(lines, 0)
		}
		lines = append(lines, stretch{from, from + n})
		from += n + 1
	}
}

// Plain returns a message in one line, without its marks.
func Plain(text string) string {
	var b strings.Builder
	plain(&b, Parse(text, nil))
	return strings.Join(strings.Fields(b.String()), " ")
}

func plain(b *strings.Builder, blocks []Block) {
	for i := range blocks {
		for _, line := range blocks[i].Lines {
			for j := range line {
				b.WriteString(line[j].Text)
			}
			b.WriteByte('\n')
		}
		b.WriteString(blocks[i].Text)
		b.WriteByte('\n')
		plain(b, blocks[i].Blocks)
	}
}

type parser struct {
	text     string
	mentions []mention // those that are still to come
	spans    int
}

// stretch is a part of the text, in bytes.
type stretch struct{ from, to int }

type mention struct {
	from, to int
	person   wire.Person
}

func (p *parser) at(s stretch) string { return p.text[s.from:s.to] }

// blocks takes lines apart.
func (p *parser) blocks(lines []stretch, depth int) (list []Block) {
	for i := 0; i < len(lines); {
		kind, _ := p.begins(lines[i], depth)
		n := i
		switch kind {
		case Code:
			for n++; n < len(lines) && !p.fence(lines[n]); n++ {
			}
			b := Block{Kind: Code}
			if i+1 < n {
				b.Text = p.between(lines[i+1 : n])
			}
			list = append(list, b)
			i = min(n+1, len(lines))
			continue
		case Quote:
			var inner []stretch
			for ; n < len(lines); n++ {
				k, rest := p.begins(lines[n], depth)
				if k != Quote {
					break
				}
				inner = append(inner, rest)
			}
			b := Block{Kind: Quote, Blocks: p.blocks(inner, depth+1)}
			if len(b.Blocks) == 0 { // it would show nothing
				b = Block{Lines: p.lines(lines[i:n])}
			}
			list = append(list, b)
		case List:
			b := Block{Kind: List}
			for ; n < len(lines); n++ {
				k, rest := p.begins(lines[n], depth)
				if k != List {
					break
				}
				b.Lines = append(b.Lines, p.line(rest))
			}
			list = append(list, b)
		case Paragraph:
			for ; n < len(lines); n++ {
				if k, _ := p.begins(lines[n], depth); k != Paragraph || p.blank(lines[n]) {
					break
				}
			}
			if n == i {
				n++ // a blank line
			} else {
				list = append(list, Block{Lines: p.lines(lines[i:n])})
			}
		}
		i = n
	}
	return list
}

func (p *parser) lines(list []stretch) (lines []Line) {
	for _, s := range list {
		lines = append(lines, p.line(s))
	}
	return lines
}

// between returns the text of lines.
func (p *parser) between(list []stretch) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = p.at(s)
	}
	return strings.Join(texts, "\n")
}

func (p *parser) blank(s stretch) bool { return strings.TrimSpace(p.at(s)) == "" }

// begins returns which block a line is of, and what of it is behind the mark.
func (p *parser) begins(s stretch, depth int) (BlockKind, stretch) {
	line := p.at(s)
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	mark := line[indent:]
	rest := stretch{s.from + indent, s.to}
	switch {
	case indent <= 3 && p.fence(s) && !strings.Contains(mark[3:], "`"):
		return Code, rest
	case indent <= 3 && strings.HasPrefix(mark, ">") && depth < MaxDepth:
		rest.from++
		if strings.HasPrefix(mark, "> ") {
			rest.from++
		}
		return Quote, rest
	case strings.HasPrefix(mark, "- "), strings.HasPrefix(mark, "* "):
		rest.from += 2
		return List, rest
	}
	return Paragraph, s
}

// fence reports whether code begins or ends at a line.
func (p *parser) fence(s stretch) bool {
	return strings.HasPrefix(strings.TrimLeft(p.at(s), " \t"), "```")
}
