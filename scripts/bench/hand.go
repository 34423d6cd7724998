package main

import (
	"math"
	"math/rand/v2"

	"edgeboard/shared/board"
)

// sampleSeconds is the time between two samples of a stylus.
const sampleSeconds = 0.008

// handwriting returns n strokes as a stylus samples them from a hand.
func handwriting(rng *rand.Rand, n, points int) [][]board.Point {
	list := make([][]board.Point, n)
	for i := range list {
		list[i] = handStroke(rng, points)
	}
	return list
}

// handStroke is a short stroke, of 30 to 400 board units.
func handStroke(rng *rand.Rand, points int) []board.Point { return handStrokeOf(rng, points, 30, 400) }

// handStrokeOf returns a stroke whose length is from shortest to longest. It moves as hands do: the speed rises and falls like a bell, as in the minimum-jerk model (Flash and Hogan,
// 1985), and is less where the path is bent, by the two-thirds power law (Lacquaniti, 1983). The hand trembles at about
// 10 Hz, and the pressure swells and fades.
func handStrokeOf(rng *rand.Rand, points int, shortest, longest float64) []board.Point {
	uniform := func(from, to float64) float64 { return from + (to-from)*rng.Float64() }
	x, y := uniform(0, 4000), uniform(0, 3000)
	length := uniform(shortest, longest)
	heading := uniform(0, 2*math.Pi)
	turn, wave, waves, phase := uniform(-3, 3), uniform(0, 1.5), uniform(0.5, 2.5), uniform(0, 2*math.Pi)
	tremor, tremorHz := uniform(0.05, 0.3), uniform(8, 12)
	tremorX, tremorY := uniform(0, 2*math.Pi), uniform(0, 2*math.Pi)
	firm, swell := uniform(0.4, 0.7), uniform(0.05, 0.2)

	stroke := make([]board.Point, points)
	way := 0.0 // the part of the path that was travelled
	for i := range stroke {
		part := float64(i) / float64(points-1)
		seconds := float64(i) * sampleSeconds
		sway := 2 * math.Pi * tremorHz * seconds
		press := firm*math.Pow(math.Sin(math.Pi*(0.04+0.92*part)), 0.4) +
			swell*math.Sin(2*math.Pi*part+phase) + 0.01*rng.NormFloat64()
		stroke[i] = board.Point{
			X:        eighths(x + tremor*math.Sin(sway+tremorX) + 0.03*rng.NormFloat64()),
			Y:        eighths(y + tremor*math.Sin(sway+tremorY) + 0.03*rng.NormFloat64()),
			Pressure: uint8(math.Round(255 * min(max(press, 0.02), 1))),
		}
		// To the next sample in small steps, or bends would be cut.
		const steps = 8
		for k := range steps {
			t := (float64(i) + (float64(k)+0.5)/steps) / float64(points-1)
			speed := 30 * t * t * (1 - t) * (1 - t) // of minimum jerk; its integral is 1
			angle := heading + turn*way + wave*math.Sin(2*math.Pi*waves*way+phase)
			bend := math.Abs(turn + wave*2*math.Pi*waves*math.Cos(2*math.Pi*waves*way+phase))
			step := max(speed, 0) / float64((points-1)*steps) / math.Cbrt(1+bend/4)
			x += length * step * math.Cos(angle)
			y += length * step * math.Sin(angle)
			way += step
		}
	}
	return stroke
}

func eighths(v float64) int32 { return int32(math.Round(v * board.PointsPerUnit)) }
