package geom_test

import (
	"fmt"
	"math"

	"edgeboard/shared/geom"
)

// A selected element is resized by a handle while shift is held.
func ExampleFrame_Resize() {
	frame := geom.Frame{Box: geom.Rect(100, 100, 40, 20)}
	pointer := geom.Pt(180, 125)
	if handle, ok := frame.HandleAt(geom.Pt(139, 121), 8); ok {
		resized, content := frame.Resize(handle, pointer, geom.KeepRatio)
		fmt.Println(resized.Box)
		fmt.Println(content.Apply(geom.Pt(120, 110)), "is where its middle went")
	}
	// Output:
	// {{100 100} {180 140}}
	// {140 120} is where its middle went
}

// An eraser passes between two samples of the pointer.
func ExampleStroke_HitSwept() {
	stroke := geom.Stroke{
		Points: []geom.Point{{X: 0, Y: 0}, {X: 100, Y: 0}, {X: 100, Y: 50}},
		Radii:  []float64{2, 4, 3},
	}
	fmt.Println(stroke.HitSwept(geom.Pt(50, -30), geom.Pt(50, 30), 5))
	fmt.Println(stroke.HitSwept(geom.Pt(0, 30), geom.Pt(60, 30), 5))
	// Output:
	// true
	// false
}

// An arrow is bound to two elements, and ends a little before both.
func ExampleOutline_Attach() {
	a := geom.Outline{Shape: geom.Rectangle, Frame: geom.Frame{Box: geom.Rect(0, 0, 40, 20)}}
	b := geom.Outline{Shape: geom.Ellipse, Frame: geom.Frame{Box: geom.Rect(100, 0, 40, 20)}}
	from, _ := a.Attach(b.Frame.Center(), 4)
	to, _ := b.Attach(a.Frame.Center(), 4)
	fmt.Printf("%.0f to %.0f\n", from, to)
	// Output: {44 10} to {96 10}
}

// A path is flattened for the screen, where a board unit takes four pixels.
func ExamplePath_Flatten() {
	camera := geom.Camera{Zoom: 4}
	circle := geom.EllipsePath(geom.Rect(-10, -10, 20, 20)).Transform(camera.Transform())
	for _, line := range circle.Flatten(0.25) {
		fmt.Println(len(line.Points), "points, closed:", line.Closed)
	}
	// Output: 32 points, closed: true
}

// A label lies in the middle of an arrow and along it.
func ExamplePath_PointAt() {
	arrow := geom.PolylinePath([]geom.Point{{X: 0, Y: 0}, {X: 30, Y: 0}, {X: 30, Y: 50}}, false)
	at, along, _ := arrow.PointAt(arrow.Length(0.25)/2, 0.25)
	fmt.Println(at, along)
	// Output: {30 10} {0 1}
}

// An element turned by a quarter is touched by a marquee where it now lies.
func ExampleFrame_Overlaps() {
	frame := geom.Frame{Box: geom.Rect(0, 40, 100, 20), Angle: math.Pi / 2}
	fmt.Println(frame.Overlaps(geom.Rect(45, 0, 10, 10)), frame.Overlaps(geom.Rect(0, 45, 10, 10)))
	// Output: true false
}

func ExampleSimplify() {
	stroke := []geom.Point{{X: 0, Y: 0}, {X: 10, Y: 0.2}, {X: 20, Y: 0}, {X: 20.1, Y: 9}, {X: 20, Y: 20}}
	fmt.Println(geom.Simplify(stroke, 0.5))
	// Output: [{0 0} {20 0} {20 20}]
}
