package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/geom"
)

// The formats of other whiteboards, as their versions in scripts/bench/peers/whiteboards
// have them: every property is there, as in what they have stored themselves, so that
// nothing is to be added when they read it.

type object = map[string]any

// orderKey is the i-th of the fractional indices that both put their elements in order by:
// the head "c" stands for three digits more.
func orderKey(i int) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return string([]byte{'c', digits[i/62/62%62], digits[i/62%62], digits[i%62]})
}

// inExcalidraw returns the elements of a board in Excalidraw's format, and how many they
// are: the text of a note is one of its own.
func inExcalidraw(list []drawn) (data []byte, n int, err error) {
	var elements []object
	element := func(typ string, d drawn, more object) object {
		i := len(elements)
		e := object{
			"id": fmt.Sprintf("element%d", i), "type": typ, "index": orderKey(i),
			"x": d.at.X, "y": d.at.Y, "width": d.size.X, "height": d.size.Y, "angle": 0,
			"strokeColor": colours[d.colour].css, "backgroundColor": "transparent", "fillStyle": "solid",
			"strokeWidth": d.thickness, "strokeStyle": "solid", "roughness": 1, "opacity": 100, "roundness": nil,
			"seed": i + 1, "version": 1, "versionNonce": i + 1, "isDeleted": false, "updated": 1,
			"groupIds": []string{}, "frameId": nil, "boundElements": nil, "link": nil, "locked": false,
		}
		for name, value := range more {
			e[name] = value
		}
		elements = append(elements, e)
		return e
	}
	text := func(d drawn, more object) object {
		t := object{
			"text": d.text, "originalText": d.text, "fontSize": labelSize, "fontFamily": 5, "lineHeight": 1.25,
			"textAlign": "left", "verticalAlign": "top", "containerId": nil, "autoResize": true,
		}
		for name, value := range more {
			t[name] = value
		}
		d.size.Y = 1.25 * labelSize
		return element("text", d, t)
	}
	for _, d := range list {
		switch d.kind {
		case board.KindStroke:
			points, pressures := [][2]float64{}, []float64{}
			d.at = place(d.points[0])
			for _, p := range d.points {
				at := place(p).Sub(d.at)
				points, pressures = append(points, [2]float64{at.X, at.Y}), append(pressures, float64(p.Pressure)/255)
			}
			element("freedraw", d, object{
				// Its pen draws 4.25 times as thick as it says.
				"strokeWidth": float64(d.thickness) / 4.25,
				"points":      points, "pressures": pressures, "simulatePressure": false, "lastCommittedPoint": nil,
			})
		case board.KindRectangle:
			element("rectangle", d, nil)
		case board.KindEllipse:
			element("ellipse", d, nil)
		case board.KindArrow:
			element("arrow", d, object{
				"points":         [][2]float64{{0, 0}, {d.size.X, d.size.Y}},
				"startArrowhead": nil, "endArrowhead": "arrow", "startBinding": nil, "endBinding": nil,
				"lastCommittedPoint": nil, "elbowed": false,
			})
		case board.KindText:
			d.size.X = 4.2 * float64(len(d.text))
			text(d, nil)
		case board.KindNote: // a filled rectangle with text in it
			note := element("rectangle", d, object{"backgroundColor": "#ffec99"})
			d.at, d.size = d.at.Add(geom.Pt(3, 10)), geom.Pt(elementWidth-6, 0)
			label := text(d, object{"containerId": note["id"], "verticalAlign": "middle", "textAlign": "center"})
			note["boundElements"] = []object{{"type": "text", "id": label["id"]}}
		default:
			return nil, 0, fmt.Errorf("there is no element of kind %v in Excalidraw", d.kind)
		}
	}
	data, err = json.Marshal(elements)
	return data, len(elements), err
}

// inTldraw returns the records of a document in tldraw's format.
func inTldraw(list []drawn) (data []byte, n int, err error) {
	records := []object{
		{"id": "document:document", "typeName": "document", "gridSize": 10, "name": "", "meta": object{}},
		{"id": "page:page", "typeName": "page", "name": "Page 1", "index": "a1", "meta": object{}},
	}
	for i, d := range list {
		colour := colours[d.colour].tldraw
		var typ string
		var props object
		switch d.kind {
		case board.KindStroke:
			typ, d.at = "draw", place(d.points[0])
			props = object{
				// The pen of size s is 2 pixels thick.
				"size": "s", "scale": float64(d.thickness) / 2, "dash": "draw", "fill": "none",
				"segments":   []object{{"type": "free", "path": path64(d.points)}},
				"isComplete": true, "isClosed": false, "isPen": true, "scaleX": 1, "scaleY": 1,
			}
		case board.KindRectangle, board.KindEllipse:
			typ = "geo"
			props = object{
				"geo": map[board.Kind]string{board.KindRectangle: "rectangle", board.KindEllipse: "ellipse"}[d.kind],
				"w":   d.size.X, "h": d.size.Y, "growY": 0, "flipX": false, "flipY": false, "size": "s", "scale": 1, "dash": "draw", "fill": "none",
				"url": "", "labelColor": "black", "font": "draw", "align": "middle", "verticalAlign": "middle", "richText": richText(""),
			}
		case board.KindArrow:
			typ = "arrow"
			props = object{
				"kind": "arc", "start": object{"x": 0, "y": 0}, "end": object{"x": d.size.X, "y": d.size.Y}, "bend": 0, "elbowMidPoint": 0.5,
				"arrowheadStart": "none", "arrowheadEnd": "arrow", "size": "s", "scale": 1, "dash": "draw", "fill": "none",
				"labelColor": "black", "labelPosition": 0.5, "font": "draw", "richText": richText(""),
			}
		case board.KindText:
			typ = "text"
			props = object{ // the font of size s is 18 pixels high
				"size": "s", "scale": labelSize / 18.0, "font": "draw", "textAlign": "start", "w": 4.2 * float64(len(d.text)), "autoSize": true,
				"richText": richText(d.text),
			}
		case board.KindNote:
			typ, colour = "note", "yellow"
			props = object{ // it is 200 by 200
				"size": "s", "scale": 0.2, "font": "draw", "fontSizeAdjustment": 1, "align": "middle", "verticalAlign": "middle",
				"labelColor": "black", "growY": 0, "url": "", "textLastEditedBy": nil, "richText": richText(d.text),
			}
		default:
			return nil, 0, fmt.Errorf("there is no shape of kind %v in tldraw", d.kind)
		}
		props["color"] = colour
		records = append(records, object{
			"id": fmt.Sprintf("shape:%d", i), "typeName": "shape", "type": typ, "parentId": "page:page", "index": orderKey(i),
			"x": d.at.X, "y": d.at.Y, "rotation": 0, "isLocked": false, "opacity": 1, "props": props, "meta": object{},
		})
	}
	data, err = json.Marshal(records)
	return data, len(list), err
}

func place(p board.Point) geom.Point {
	return geom.Pt(float64(p.X)/board.PointsPerUnit, float64(p.Y)/board.PointsPerUnit)
}

func richText(s string) object {
	paragraph := object{"type": "paragraph"}
	if s != "" {
		paragraph["content"] = []object{{"type": "text", "text": s}}
	}
	return object{"type": "doc", "content": []object{paragraph}}
}

// path64 is a stroke in tldraw's format: the first point as three little-endian float32,
// each that follows as three float16 of the way from the one before. Ways are in eighths
// of a pixel, which a float16 holds up to 256.
func path64(points []board.Point) string {
	var b []byte
	was := points[0]
	for _, v := range []float64{0, 0, float64(was.Pressure) / 255} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	for _, p := range points[1:] {
		way := place(p).Sub(place(was))
		for _, v := range []float64{way.X, way.Y, (float64(p.Pressure) - float64(was.Pressure)) / 255} {
			b = binary.LittleEndian.AppendUint16(b, float16(v))
		}
		was = p
	}
	return base64.StdEncoding.EncodeToString(b)
}

// float16 returns the bits of the IEEE 754 half that is nearest to a number, of two the
// even one.
func float16(v float64) uint16 {
	sign := uint16(0)
	if math.Signbit(v) {
		sign, v = 1<<15, -v
	}
	const (
		subnormal = 1.0 / (1 << 24) // the step of numbers below 2^-14
		tooLarge  = 65520
	)
	switch {
	case v >= tooLarge:
		return sign | 0x7c00
	case v < 1.0/(1<<14):
		return sign | uint16(math.RoundToEven(v/subnormal))
	}
	fraction, exponent := math.Frexp(v) // fraction is 0.5 to 1
	// A carry out of the ten bits is one more in the exponent, as it should be.
	return sign | (uint16(exponent+14)<<10 + uint16(math.RoundToEven(fraction*2048)) - 1024)
}
