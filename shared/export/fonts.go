package export

// Fonts are the widths of a sans-serif font as many systems have one, for who has
// no font to measure: a relay. Letters of Latin have widths of their own, those of
// East Asia are as wide as they are high (UAX #11), and others have a mean.
type Fonts struct{}

// latin are the widths of the characters from space to tilde, in thousandths: those
// of the sans-serif font that every PostScript printer has.
var latin = [...]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// scripts are where characters have another width than the ones before, in
// thousandths.
var scripts = [...]struct {
	from  rune
	width int
}{
	{0, 0}, {' ', 556}, {0x7f, 0}, {0xa0, 560}, {0x300, 0}, {0x370, 600}, {0x483, 0}, {0x48a, 600}, {0x591, 0}, {0x5be, 560},
	{0x610, 0}, {0x61b, 520}, {0x64b, 0}, {0x660, 520}, {0x900, 620},
	{0x1100, 1000}, {0x1160, 0}, {0x1200, 620}, {0x1dc0, 0}, {0x1e00, 560}, {0x200b, 0}, {0x2010, 560},
	{0x2014, 1000}, {0x2016, 560}, {0x2026, 1000}, {0x2027, 560}, {0x2028, 0}, {0x202f, 560}, {0x2060, 0}, {0x2070, 600}, {0x20d0, 0}, {0x2100, 800},
	{0x2e80, 1000}, {0xa4d0, 620}, {0xac00, 1000}, {0xd7b0, 620}, {0xf900, 1000}, {0xfb00, 560}, {0xfe00, 0},
	{0xfe10, 1000}, {0xfe20, 0}, {0xfe30, 1000}, {0xfe70, 520}, {0xfeff, 0}, {0xff00, 1000}, {0xff61, 500}, {0xffe0, 1000}, {0xffe8, 500},
	{0x10000, 620}, {0x1f000, 1250}, {0x1f3fb, 0}, {0x1f400, 1250}, {0x1fb00, 1000}, {0x40000, 0},
}

// Width returns about the advance of a text of one line at size 1.
func (Fonts) Width(text string) float64 {
	sum := 0
	for _, r := range text {
		if i := int(r) - ' '; i >= 0 && i < len(latin) {
			sum += int(latin[i])
			continue
		}
		low, high := 0, len(scripts)
		for high-low > 1 {
			if mid := (low + high) / 2; scripts[mid].from <= r {
				low = mid
			} else {
				high = mid
			}
		}
		sum += scripts[low].width
	}
	return float64(sum) / 1000
}

// Baseline returns how far below the top of a line the baseline lies, at size 1.
func (Fonts) Baseline() float64 { return 0.96 }
