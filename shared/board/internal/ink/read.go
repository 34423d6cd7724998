package ink

import "math/bits"

// A reader has taken p bytes of b into acc, whose low n bits are still to be read. Past its end b goes on with zeros,
// which every code survives, so that the end is looked at only once.
type reader struct {
	b   []byte
	p   int // may exceed len(b)
	acc uint64
	n   uint
}

// eight returns the first eight bytes of b. (encoding/binary would bring reflect with it.)
func eight(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// load returns the eight bytes from p on, zeros where b has ended.
func load(b []byte, p int) uint64 {
	if p+8 <= len(b) {
		return eight(b[p:])
	}
	return tail(b, p)
}

func tail(b []byte, p int) (v uint64) {
	if len(b) >= 8 {
		return eight(b[len(b)-8:]) >> (8 * uint(p+8-len(b)))
	}
	for i := len(b) - 1; i >= p; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}

// used returns how many bits have been taken; more than b has if it was too short.
func (r *reader) used() int { return r.p*8 - int(r.n) }

// take returns the next n bits; n <= 32.
func (r *reader) take(n uint) uint32 {
	r.acc |= load(r.b, r.p) << (r.n & 63)
	r.p += int(63-r.n) >> 3
	r.n |= 56
	v := uint32(r.acc & (1<<(n&63) - 1))
	r.acc >>= n & 63
	r.n -= n
	return v
}

func (r *reader) start() (p Point) {
	l := uint(r.take(5)) + 1
	p.X = unzigzag(r.take(l))
	p.Y = unzigzag(r.take(l))
	p.Pressure = uint8(r.take(8))
	return p
}

func (r *reader) params() (c params) {
	if r.take(1) != 0 {
		c.shift = uint8(r.take(3)) + 1
	}
	v := r.take(10)
	c.pred, c.k, c.pk = uint8(v&7), uint8(v>>3&15), uint8(v>>7)
	if c.pk != 0 {
		c.pp = uint8(r.take(1))
	}
	return c
}

// escaped reads what follows the ones of an escape.
func (r *reader) escaped(k uint8) (u uint32, ok bool) {
	r.take(escape)
	l := uint(r.take(5))
	u = 1<<l | r.take(l)
	return u, u>>(k&31) >= escape
}

// group reads points that follow prev until out is full; that is at most groupLen of them.
func (r *reader) group(prev, out []Point) error {
	h := before(prev)
	var c params
	if len(prev) > 1 && r.take(1) == 0 {
		var scratch residuals
		c = scratch.derive(prev)
	} else {
		c = r.params()
	}
	b, p, acc, n := r.b, r.p, r.acc, r.n
	s, k := c.shift&31, uint(c.k)&31
	mask := uint32(1)<<k - 1
	w := &weights[c.pred&7]
	u, v, w3 := w[0], w[1], w[2]
	x, y := h.x, h.y
	ax, bx, cx := h.dx[0]>>s, h.dx[1]>>s, h.dx[2]>>s
	ay, by, cy := h.dy[0]>>s, h.dy[1]>>s, h.dy[2]>>s
	var lost int32 // bits that the shift pushed out of a step
	for i := range out {
		if p+8 <= len(b) {
			acc |= eight(b[p:]) << (n & 63)
		} else {
			acc |= tail(b, p) << (n & 63)
		}
		p += int(63-n) >> 3
		n |= 56
		// Two short codes are at most 54 bits.
		q := uint(bits.TrailingZeros64(^acc))
		var ex, ey uint32
		if q < escape {
			t := acc >> ((q + 1) & 63)
			ex = uint32(q)<<k | uint32(t)&mask
			acc = t >> k
			n -= q + 1 + k
		} else {
			r.p, r.acc, r.n = p, acc, n
			var ok bool
			if ex, ok = r.escaped(c.k); !ok {
				return ErrEscape
			}
			r.take(0) // fill up again: a short code and an escape can be more than is there
			p, acc, n = r.p, r.acc, r.n
		}
		q = uint(bits.TrailingZeros64(^acc))
		if q < escape {
			t := acc >> ((q + 1) & 63)
			ey = uint32(q)<<k | uint32(t)&mask
			acc = t >> k
			n -= q + 1 + k
		} else {
			r.p, r.acc, r.n = p, acc, n
			var ok bool
			if ey, ok = r.escaped(c.k); !ok {
				return ErrEscape
			}
			p, acc, n = r.p, r.acc, r.n
		}
		dx := unzigzag(ex) + (u*ax+v*bx+w3*cx+2)>>2
		dy := unzigzag(ey) + (u*ay+v*by+w3*cy+2)>>2
		ax, bx, cx = dx, ax, bx
		ay, by, cy = dy, ay, by
		sx, sy := dx<<s, dy<<s
		lost |= (sx>>s ^ dx) | (sy>>s ^ dy) // in Go | binds no closer than ^
		x += sx
		y += sy
		out[i] = Point{x, y, h.p}
	}
	if lost != 0 {
		r.p, r.acc, r.n = p, acc, n
		return ErrStep
	}
	if c.pk != 0 {
		k := uint(c.pk-1) & 7
		mask := uint8(1)<<k - 1
		pr, dp := h.p, h.dp
		for i := range out {
			if n < escapeP+8 {
				acc |= load(b, p) << (n & 63)
				p += int(63-n) >> 3
				n |= 56
			}
			q := uint(bits.TrailingZeros64(^acc))
			var e uint8
			if q < escapeP {
				t := acc >> ((q + 1) & 63)
				e = uint8(q)<<k | uint8(t)&mask
				acc = t >> k
				n -= q + 1 + k
			} else {
				e = uint8(acc >> escapeP)
				acc >>= escapeP + 8
				n -= escapeP + 8
				if e>>k < escapeP {
					r.p, r.acc, r.n = p, acc, n
					return ErrEscape
				}
			}
			dp = unzigzag8(e) + dp&-c.pp
			pr += dp
			out[i].Pressure = pr
		}
	}
	r.p, r.acc, r.n = p, acc, n
	return nil
}
