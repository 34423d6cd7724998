package geom

// Simplify returns points without those that the lines between the others pass
// within tolerance, in memory of its own. The first and the last stay; points
// that are no places go.
func Simplify(points []Point, tolerance float64) []Point {
	kept := SimplifyIndices(points, tolerance)
	out := make([]Point, len(kept))
	for i, k := range kept {
		out[i] = points[k]
	}
	return out
}

// SimplifyIndices returns which points Simplify keeps, for callers whose points
// have more than a place. They are in ascending order.
//
// This is the algorithm of Ramer, "An iterative procedure for the polygonal
// approximation of plane curves" (1972), and of Douglas and Peucker,
// "Algorithms for the reduction of the number of points required to represent a
// digitized line or its caricature" (1973), with distances from the segment
// instead of its line, so that loops keep their far end. It takes n·log n steps
// for most lines of n points and n² for the worst.
func SimplifyIndices(points []Point, tolerance float64) []int {
	places := make([]int, 0, len(points))
	for i, p := range points {
		if p.place() {
			places = append(places, i)
		}
	}
	if len(places) < 3 {
		return places
	}
	tolerance = positive(tolerance)
	kept := []int{places[0]}
	// todo holds where the parts end that are not decided, the next one last.
	todo := []int{len(places) - 1}
	for from := 0; len(todo) > 0; {
		to := todo[len(todo)-1]
		far, dist := from, tolerance
		for i := from + 1; i < to; i++ {
			if d := DistToSegment(points[places[i]], points[places[from]], points[places[to]]); d > dist {
				far, dist = i, d
			}
		}
		if far > from {
			todo = append(todo, far)
			continue
		}
		kept = append(kept, places[to])
		from = to
		todo = todo[:len(todo)-1]
	}
	return kept
}
