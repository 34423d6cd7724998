package ink

import "math/bits"

const (
	groupLen = 64 // points that share one set of parameters
	tailLen  = 8  // points that inherited parameters are derived from
	shortLen = 32 // longest group that may inherit

	maxShift = 8
	maxK     = 15
	escape   = 12 // ones that announce an escaped residual of a coordinate
	escapeP  = 8  // and of a pressure
)

// params are the choices of one group.
type params struct {
	shift uint8 // 0..8: all steps are multiples of 1<<shift
	pred  uint8 // index into weights
	k     uint8 // Rice parameter of x and y
	pk    uint8 // 0: the pressure does not change; else its Rice parameter plus 1
	pp    uint8 // 0: pressure is predicted by the last one; 1: by the line through the last two
}

// weights predict a step from the last three, in quarters. They are the eight that together did best, chosen greedily
// out of 612 on drawings, writing and scribbles other than those of the tests: with the first alone x and y take 8 %
// more bits, with four of them 1 % more, with all 612 and their number for free 1 % less.
var weights = [8][3]int32{
	{2, 1, -1},
	{1, 2, 1},
	{7, -3, 0},
	{5, -2, 0},
	{2, 2, 0},
	{5, 1, -2},
	{9, -7, 2},
	{0, 0, 0},
}

// past is what precedes a group: the last point and the last three steps to it, newest first.
type past struct {
	x, y   int32
	dx, dy [3]int32
	p, dp  uint8
}

// before returns the past that the points make, of which the last four count.
func before(points []Point) (h past) {
	n := len(points)
	last := points[n-1]
	h.x, h.y, h.p = last.X, last.Y, last.Pressure
	for i := 0; i < 3 && n-i >= 2; i++ {
		h.dx[i] = points[n-1-i].X - points[n-2-i].X
		h.dy[i] = points[n-1-i].Y - points[n-2-i].Y
	}
	if n >= 2 {
		h.dp = last.Pressure - points[n-2].Pressure
	}
	return h
}

// residuals is the scratch space of one group.
type residuals struct {
	xy [2 * groupLen]uint32
	p  [groupLen]uint8
}

func zigzag(v int32) uint32   { return uint32(v<<1 ^ v>>31) }
func unzigzag(u uint32) int32 { return int32(u>>1) ^ -int32(u&1) }
func zigzag8(v uint8) uint8   { return v<<1 ^ uint8(int8(v)>>7) }
func unzigzag8(u uint8) uint8 { return u>>1 ^ -(u & 1) }

// scan chooses shift, pred and pp, and whether pk is 0.
func scan(h *past, points []Point) (c params) {
	x, y, p, dp := h.x, h.y, h.p, h.dp
	var or, mag uint32
	var flat, line int
	for i := range points {
		q := &points[i]
		dx, dy := q.X-x, q.Y-y
		x, y = q.X, q.Y
		or |= uint32(dx | dy)
		mag |= uint32(dx^dx>>31) | uint32(dy^dy>>31)
		d := q.Pressure - p
		flat += int(zigzag8(d))
		line += int(zigzag8(d - dp))
		p, dp = q.Pressure, d
	}
	if or != 0 {
		c.shift = uint8(min(bits.TrailingZeros32(or), maxShift))
	}
	if flat != 0 {
		c.pk = 1
		if line < flat {
			c.pp = 1
		}
	}
	for i := range 3 {
		mag |= uint32(h.dx[i]^h.dx[i]>>31) | uint32(h.dy[i]^h.dy[i]>>31)
	}
	// Steps enter the sums with at most 20 bits, so that nothing below can overflow.
	scale := uint8(max(0, bits.Len32(mag)-20))
	c.pred = predictor(h, points, max(scale, c.shift)&31)
	return c
}

// addLags adds the products of the steps of one coordinate, from its value and steps before the group on.
func addLags(e *[4][4]int64, points []Point, vertical bool, last int32, steps [3]int32, scale uint8) {
	a, b, c := int64(steps[0]>>scale), int64(steps[1]>>scale), int64(steps[2]>>scale)
	h1, h2, h3 := a, b, c
	var r0, r1, r2, r3 int64
	for i := range points {
		v := points[i].X
		if vertical {
			v = points[i].Y
		}
		d := int64((v - last) >> scale)
		last = v
		r0 += d * d
		r1 += d * a
		r2 += d * b
		r3 += d * c
		a, b, c = d, a, b
	}
	lags(e, r0, r1, r2, r3, h1, h2, h3, a, b, c)
}

// predictor returns the weights whose residuals have the least squares. The sums of squares of all of them follow from
// the autocorrelations of the steps.
func predictor(h *past, points []Point, scale uint8) uint8 {
	var e [4][4]int64 // e[i][j] is the sum of step(t-i)*step(t-j) over the group
	addLags(&e, points, false, h.x, h.dx, scale)
	addLags(&e, points, true, h.y, h.dy, scale)
	best, least := 0, int64(-1)
	for i := range weights {
		u, v, w := int64(weights[i][0]), int64(weights[i][1]), int64(weights[i][2])
		s := 16*e[0][0] - 8*(u*e[0][1]+v*e[0][2]+w*e[0][3]) +
			u*(u*e[1][1]+2*(v*e[1][2]+w*e[1][3])) + v*(v*e[2][2]+2*w*e[2][3]) + w*w*e[3][3]
		if least < 0 || s < least {
			best, least = i, s
		}
	}
	return uint8(best)
}

// lags adds the sums of one column: those that start later differ from r only at the two ends, where h are the steps
// before the group and l its last ones.
func lags(e *[4][4]int64, r0, r1, r2, r3, h1, h2, h3, l1, l2, l3 int64) {
	a11 := r0 + h1*h1 - l1*l1
	a22 := a11 + h2*h2 - l2*l2
	a12 := r1 + h1*h2 - l1*l2
	e[0][0] += r0
	e[0][1] += r1
	e[0][2] += r2
	e[0][3] += r3
	e[1][1] += a11
	e[1][2] += a12
	e[1][3] += r2 + h1*h3 - l1*l3
	e[2][2] += a22
	e[2][3] += a12 + h2*h3 - l2*l3
	e[3][3] += a22 + h3*h3 - l3*l3
}

// fill computes the residuals of points under c, and their sums.
func (r *residuals) fill(h *past, points []Point, c params) (sum uint64, sumP int) {
	s := c.shift & 31
	w := &weights[c.pred&7]
	u, v, w3 := w[0], w[1], w[2]
	x, y := h.x, h.y
	ax, bx, cx := h.dx[0]>>s, h.dx[1]>>s, h.dx[2]>>s
	ay, by, cy := h.dy[0]>>s, h.dy[1]>>s, h.dy[2]>>s
	for i := range points {
		q := &points[i]
		dx, dy := (q.X-x)>>s, (q.Y-y)>>s
		x, y = q.X, q.Y
		ex := zigzag(dx - (u*ax+v*bx+w3*cx+2)>>2)
		ey := zigzag(dy - (u*ay+v*by+w3*cy+2)>>2)
		ax, bx, cx = dx, ax, bx
		ay, by, cy = dy, ay, by
		r.xy[2*i&(2*groupLen-1)] = ex
		r.xy[(2*i+1)&(2*groupLen-1)] = ey
		sum += uint64(ex) + uint64(ey)
	}
	if c.pk != 0 {
		p, dp := h.p, h.dp&-c.pp
		for i := range points {
			d := points[i].Pressure - p
			p = points[i].Pressure
			e := zigzag8(d - dp)
			dp = d & -c.pp
			r.p[i&(groupLen-1)] = e
			sumP += int(e)
		}
	}
	return sum, sumP
}

// cost returns the bits that the coordinates of n points take.
func (r *residuals) cost(n int, k uint8) int {
	k &= 31
	c := 2 * n * int(k+1)
	for _, u := range r.xy[:2*n] {
		if q := u >> k; q < escape {
			c += int(q)
		} else {
			c += escape + 5 + bits.Len32(u) - 1 - int(k+1)
		}
	}
	return c
}

// costP returns the bits that the pressures of n points take.
func (r *residuals) costP(n int, pk uint8) int {
	if pk == 0 {
		return 0
	}
	k := (pk - 1) & 7
	c := n * int(k+1)
	for _, u := range r.p[:n] {
		if q := u >> k; q < escapeP {
			c += int(q)
		} else {
			c += escapeP + 8 - int(k+1)
		}
	}
	return c
}

// rice returns the smaller of two neighbouring Rice parameters of which one is best, or nearly, for n values with this
// sum.
func rice(sum uint64, n int) int {
	return max(0, bits.Len64(sum*5/8/uint64(n))-1)
}

// fit chooses everything for the points and leaves their residuals in r.
func (r *residuals) fit(h *past, points []Point) (c params, cost int) {
	c = scan(h, points)
	n := len(points)
	sum, sumP := r.fill(h, points, c)
	k := uint8(min(rice(sum, 2*n), maxK))
	c.k, cost = k, r.cost(n, k)
	if k < maxK {
		if b := r.cost(n, k+1); b < cost {
			c.k, cost = k+1, b
		}
	}
	if c.pk != 0 {
		pk := uint8(min(rice(uint64(sumP), n), 5)) + 1
		c.pk = pk
		cp := r.costP(n, pk)
		if b := r.costP(n, pk+1); b < cp {
			c.pk, cp = pk+1, b
		}
		cost += cp
	}
	return c, cost
}

// derive returns the parameters that a group inherits from the points before it. It overwrites r.
func (r *residuals) derive(points []Point) params {
	m := min(len(points)-1, tailLen)
	if m == 0 {
		return params{}
	}
	h := before(points[:len(points)-m])
	c, _ := r.fit(&h, points[len(points)-m:])
	return c
}

// fits reports whether the steps and pressures of points can be written with c.
func (c params) fits(h *past, points []Point) bool {
	x, y, p := h.x, h.y, h.p
	var or uint32
	var change uint8
	for i := range points {
		q := &points[i]
		or |= uint32(q.X-x) | uint32(q.Y-y)
		change |= q.Pressure ^ p
		x, y, p = q.X, q.Y, q.Pressure
	}
	return or&(1<<(c.shift&31)-1) == 0 && (c.pk != 0 || change == 0)
}

// size returns the bits that c takes when explicit.
func (c params) size() int {
	n := 1 + 3 + 4 + 3
	if c.shift != 0 {
		n += 3
	}
	if c.pk != 0 {
		n++
	}
	return n
}
