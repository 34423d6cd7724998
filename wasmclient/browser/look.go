package browser

import (
	"math"
	"strconv"
	"strings"

	"edgeboard/shared/geom"
)

// parseLook reads what RememberLook has written. What is on a device may be anything.
func parseLook(text string) (c geom.Camera, page string, ok bool) {
	fields := strings.Split(text, " ")
	if len(fields) < 3 || len(fields) > 4 {
		return geom.Camera{}, "", false
	}
	var numbers [3]float64
	for i := range numbers {
		n, err := strconv.ParseFloat(fields[i], 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return geom.Camera{}, "", false
		}
		numbers[i] = n
	}
	if zoom := numbers[2]; zoom < geom.MinZoom || zoom > geom.MaxZoom {
		return geom.Camera{}, "", false
	}
	if len(fields) == 4 {
		page = fields[3]
	}
	return geom.Camera{At: geom.Pt(numbers[0], numbers[1]), Zoom: numbers[2]}, page, true
}
