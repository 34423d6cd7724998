//go:build e2e

package e2e

import "math"

// handPoint is a sample of a hand that writes.
type handPoint struct {
	x, y     float64 // CSS pixels
	pressure float64 // 0 to 1
}

// handStrokes returns n strokes of a hand, in rows within the desktop window
// and clear of its panels. They follow how hands move: the speed of a stroke
// rises and falls like a bell, as in the minimum-jerk model (Flash and Hogan,
// 1985), slows down where the path is bent, and the pressure comes and goes
// with it. Samples are 8 ms apart, as those of a stylus, so the points lie as
// unevenly as real ones.
func handStrokes(n int) [][]handPoint {
	const columns, cellX, cellY = 5, 150, 115
	strokes := make([][]handPoint, n)
	for i := range strokes {
		x0, y0 := 70+float64(i%columns)*cellX, 130+float64(i/columns)*cellY
		loops := 1 + float64(i%3)
		samples := 30 + 7*(i%6)
		for k := range samples {
			t := float64(k) / float64(samples-1)
			s := t * t * t * (10 - 15*t + 6*t*t) // minimum jerk
			bend := math.Sin(2 * math.Pi * loops * s)
			strokes[i] = append(strokes[i], handPoint{
				x:        x0 + 130*s + 9*math.Cos(2*math.Pi*loops*s),
				y:        y0 + 26*bend + 10*math.Sin(float64(i)+3*s),
				pressure: 0.25 + 0.55*math.Sqrt(math.Sin(math.Pi*min(max(t, 0.02), 0.98))) - 0.1*math.Abs(bend),
			})
		}
	}
	return strokes
}

// quickStrokes returns the same strokes by every sixth sample, for tests to which a
// stroke is a change like another: each sample takes a frame.
func quickStrokes(n int) [][]handPoint {
	strokes := handStrokes(n)
	for i, s := range strokes {
		quick := []handPoint{}
		for k := 0; k < len(s)-1; k += 6 {
			quick = append(quick, s[k])
		}
		strokes[i] = append(quick, s[len(s)-1])
	}
	return strokes
}
