package figure

// Dark returns the colour that is shown in the dark for a colour of the board.
// Greys are turned round, so that black ink is there to be seen; others stay.
func Dark(c uint32) uint32 {
	if c &= 0xffffff; Turns(c) {
		return 0xffffff - c
	}
	return c
}

// Turns reports whether Dark turns a colour round.
func Turns(c uint32) bool {
	r, g, b := c>>16&0xff, c>>8&0xff, c&0xff
	return max(r, g, b)-min(r, g, b) < 16
}

// OnPaper reports whether the letters of a figure keep their colour in the dark,
// because what they are written on does.
func (f *Figure) OnPaper() bool { return f.Style.Filled && !Turns(f.Style.Fill) }
