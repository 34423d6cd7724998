// Package ink packs the samples of a stroke into few bits, for the wire, for memory and for snapshots. It knows
// nothing of elements, offsets or messages, and it keeps every bit: no sample is moved, dropped or smoothed.
//
// # Blocks
//
// A block holds n points. Neither n nor the length in bytes is inside, since whoever stores a block knows both. Points
// that both sides know already, the stroke so far, may be given as prev; the block then says only how the stroke goes
// on. A single point as prev is an origin: it makes the start cheaper and nothing else. Only the last Context points of
// prev matter, but writer and reader must agree on them, and on whether there are any.
//
// # Layout
//
// Bits fill bytes from the lowest up, and a number's lowest bit comes first. Zero bits pad the last byte. All
// arithmetic on coordinates wraps at 32 bits and on pressures at 8, >> keeps the sign, and
// zigzag(v) = v<<1 ^ v>>(width-1), unsigned.
//
//	block = [start] group*
//	start = L:5  zigzag(x):L+1  zigzag(y):L+1  pressure:8     when prev is empty; it is the first point
//	group = [explicit:1] [params] (residual residual)*m [residual8*m]
//
// Groups hold m = 64 points, the last one what is left. The bit explicit is there when at least two points precede the
// group, in prev and in the block together; without it the group is explicit. Preceding points are those of prev before
// the first group and those of the block alone after it. Params are there when the group is explicit:
//
//	params   = shift  pred:3  k:4  pk:3  [pp:1]               pp when pk != 0
//	shift    = 0:1  or  1:1 (shift-1):3                       all steps are multiples of 1<<shift
//
// The residuals of a group are those of x and y in turn, and after all of these, when pk != 0, those of the pressure.
// Short codes are Rice codes with the quotient first:
//
//	residual  = 1*q 0:1 (u&(1<<k-1)):k                        q = u>>k < 12
//	          | 1*12 l:5 (u - 1<<l):l                         otherwise; l is the place of u's highest bit
//	residual8 = 1*q 0:1 (u&(1<<j-1)):j                        q = u>>j < 8, j = pk-1
//	          | 1*8 u:8                                       otherwise
//
// A short code of a pressure can say more than 8 bits (q = 7 and j = 6 make 511): the ones above are cut, as a sum is.
//
// # Prediction
//
// A step is the difference of a coordinate to that of the point before; where there is none, or none is known, it
// is 0. With d1, d2, d3 the last three steps, newest first, each >>shift, and w the row of weights that pred names,
//
//	u = zigzag(step>>shift - (w1*d1 + w2*d2 + w3*d3 + 2)>>2)
//
//	pred   0   1   2   3   4   5   6   7
//	w1     2   1   7   5   2   5   9   0
//	w2     1   2  -3  -2   2   1  -7   0
//	w3    -1   1   0   0   0  -2   2   0
//
// and a pressure's step has the residual zigzag(step) or, when pp = 1, zigzag(step - last step). When pk = 0 every
// pressure is the last one. A step that loses bits when it is shifted back is an error.
//
// # Choice of parameters
//
// A group that is not explicit has the parameters that suit the last min(8, count-1) of the preceding points, as if
// they were a group with the (at most four) points before them as all that is known. Parameters suit points thus:
//
//   - shift is the number of low zero bits that all their steps share, at most 8; 0 if all steps are 0.
//   - pred is the row with the least sum of (4*d0 - w1*d1 - w2*d2 - w3*d3)^2 over both columns, the first of equals,
//     where d0 is the step itself and all d are >>scale instead of >>shift; scale is the larger of shift and the least
//     that fits all steps (those of the points and the three known ones) into 21 bits with their sign.
//   - k is a or a+1, whichever takes fewer bits, the smaller of equals, where a = max(0, floor(log2 of (S*5/8)/c)) for c
//     residuals with the sum S, divisions rounding down; at most 15.
//   - pk is 0 if the pressure is that of the point before throughout. Else pp is 1 if the residuals' sum is then less
//     than with 0, and j is chosen as k is, but a is at most 5 and residuals are counted per point.
//
// Append makes a group of more than 32 points explicit, and a shorter one when that is strictly fewer bits or when
// the inherited parameters cannot hold it. The choice of explicit parameters is the writer's own: blocks that Parse
// accepts are not canonical, but the same points, cut the same way, always give the same bytes.
//
// # Measured
//
// Bytes a point, everything included, of the seeded hands in hand_test.go; "varint" is zigzag varints of the steps and
// a byte of pressure. Live batches have context, all else has none. The sensor's noise sets the floor: a sigma of
// 0.1 units is 1.8 bits in x and as many in y even if the hand were known.
//
//	                               2     4    10    50    64  2000  live 1     4  varint
//	pen/curve/60                4.89  3.45  2.42  1.71  1.66  1.50    2.14  1.69    3.73
//	pen/curve/120               4.59  3.12  2.13  1.40  1.36  1.22    1.92  1.40    3.18
//	pen/curve/240               4.41  2.84  1.85  1.23  1.19  1.02    1.66  1.20    3.06
//	pen/curve/120/noisy         4.64  3.24  2.36  1.73  1.70  1.57    2.16  1.75    3.17
//	pen/curve/120/zoom0.1       5.01  3.72  2.84  2.19  2.16  2.03    2.66  2.20    4.68
//	pen/writing/60              4.94  3.61  2.76  2.15  2.11  1.99    2.60  2.17    3.21
//	pen/writing/120             4.79  3.28  2.33  1.67  1.64  1.47    2.16  1.67    3.07
//	pen/writing/240             4.47  2.98  1.96  1.38  1.34  1.18    1.84  1.34    3.06
//	pen/writing/240/half        4.39  2.74  1.66  1.01  0.97  0.81    1.35  1.00    3.06
//	pen/scribble/120            5.05  3.79  2.83  2.06  2.00  1.69    2.33  1.89    4.14
//	pen/dot/120                 4.13  2.58  1.62  0.98  0.94  0.81    1.32  0.97    3.06
//	finger/scribble/120         4.73  3.26  2.31  1.65  1.60  1.40    2.08  1.55    4.13
//	finger/line/120             4.87  3.47  2.45  1.07  0.99  0.69    1.29  0.96    3.48
//	mouse/curve/60              4.20  2.40  1.28  0.66  0.63  0.53    1.06  0.66    3.80
//	mouse/curve/120             4.00  2.25  1.15  0.54  0.51  0.41    1.03  0.53    3.13
//	mouse/curve/120/zoom1.25    4.32  2.67  1.73  1.18  1.15  1.06    1.69  1.20    3.15
//	mouse/curve/120/zoom0.1     4.34  2.67  1.67  1.10  1.07  0.97    1.57  1.11    4.82
//	mouse/writing/120           4.17  2.46  1.32  0.71  0.67  0.56    1.10  0.71    3.13
//
// Native on one core: 17 ns a point to write and 10 to read in blocks of 50 points with pressure; a live batch of 4
// takes 350 ns and 220, most of it to derive the parameters. Under node as wasm: 45 and 21 ns a point, 0.9 and 0.65 µs.
// The package adds 9 KB to a compressed wasm page.
//
// What was measured and left out, in bits of x and y by 50 points: Rice parameters that adapt from point to point
// (within 0.5 %, and slower), one for x and one for y (+0.5 %), predictors chosen backwards from the last errors (+2 %),
// a normalised-LMS predictor (+5 %); a range coder, of which an ideal one under the best logistic scale of each block
// would save 2 %. Groups of 32 points cost stored blocks 0.8 %; groups of 128 save long strokes 0.6 %.
package ink

import "slices"

// A Point is one sample of a stroke.
type Point struct {
	X, Y     int32 // in eighths of a board unit
	Pressure uint8
}

// Context is how many of the points before a block matter to it.
const Context = tailLen + 4

// Error is the type of the errors of Parse; each is a constant.
type Error string

func (e Error) Error() string { return string(e) }

const (
	ErrCount    = Error("ink: negative number of points")
	ErrShort    = Error("ink: block ends before its last point")
	ErrTrailing = Error("ink: bytes after the last point")
	ErrPadding  = Error("ink: padding is not zero")
	ErrStep     = Error("ink: step of more than 32 bits")
	ErrEscape   = Error("ink: escaped residual fits a short code")
)

// Append appends to b the block of points that follow prev, and nothing if there are no points. It allocates only to
// grow b.
func Append(b []byte, prev, points []Point) []byte {
	if len(points) == 0 {
		return b
	}
	w := writer{b: b}
	first := 0
	if len(prev) == 0 {
		w.start(points[0])
		first, prev = 1, points[:1]
	}
	for first < len(points) {
		g := points[first:min(first+groupLen, len(points))]
		w.group(prev, g)
		first += len(g)
		prev = points[:first]
	}
	return w.close()
}

// Parse appends to dst the n points of block, which follow prev; prev may be dst itself. Any error leaves the points
// of dst as they were. It
// allocates only to grow dst, by at most four points a byte of block and four.
func Parse(dst, prev []Point, block []byte, n int) ([]Point, error) {
	if n <= 0 {
		if n < 0 {
			return dst, ErrCount
		}
		if len(block) != 0 {
			return dst, ErrTrailing
		}
		return dst, nil
	}
	// A point after the start takes two bits or more, so n cannot ask for memory that block does not pay for.
	if (n-1)/4 > len(block) {
		return dst, ErrShort
	}
	r := reader{b: block}
	all := slices.Grow(dst, n)[:len(dst)+n]
	out := all[len(dst):]
	first := 0
	if len(prev) == 0 {
		out[0] = r.start()
		first, prev = 1, out[:1]
	}
	for first < n {
		g := out[first:min(first+groupLen, n)]
		if err := r.group(prev, g); err != nil {
			if r.used() > 8*len(block) {
				err = ErrShort
			}
			return dst, err
		}
		first += len(g)
		prev = out[:first]
	}
	used := r.used()
	switch {
	case used > 8*len(block):
		return dst, ErrShort
	case (used+7)/8 < len(block):
		return dst, ErrTrailing
	case used&7 != 0 && block[len(block)-1]>>(used&7) != 0:
		return dst, ErrPadding
	}
	return all, nil
}
