package templates

import (
	"math"

	"edgeboard/shared/board"
	"edgeboard/shared/figure"
	"edgeboard/shared/geom"
)

// Stations of the tour stand in rows, from the left to the right: each is a frame, so that
// it can also be presented.
const (
	stationWidth, stationHeight = 420, 380
	stationGap                  = 56 // between two of a row
	rowGap                      = 92 // between two rows: titles stand above frames
	stationPad                  = 24
)

// station draws the station n of the tour, counted from 0, four in a row.
func (s *sketch) station(n int, title string, c int64, what string, put func(x, y float64)) {
	x := float64(n%4) * (stationWidth + stationGap)
	y := 170 + float64(n/4)*(stationHeight+rowGap)
	s.inFrame(x, y, stationWidth, stationHeight, string(rune('1'+n))+"  "+title, c, func() {
		s.text(x+stationPad, y+stationPad, stationWidth-2*stationPad, bodySize, what)
		put(x, y)
	})
}

// tour is the guided first board: it shows by doing.
func tour(s *sketch) {
	s.text(0, 0, 0, titleSize, s.say("Welcome! Try things out here.", "欢迎！在这里随便试试。"))
	s.text(0, 66, 0, bodySize, s.say("Eight small stations, from left to right. Nothing can break: Ctrl+Z takes back what you did.",
		"八个小练习，从左到右依次体验。不用担心弄坏：按 Ctrl+Z 即可撤销你的操作。"), color(muted))

	s.station(0, s.say("Draw", "画一画"), blue,
		s.say("Take the pen (P) and draw the wave on to its end.", "选择画笔（P），把这条波浪画完。"), func(x, y float64) {
			curve := wave(x+40, x+stationWidth-40, y+240, 62, 2.25)
			s.stroke(blue, 5, func(t float64) geom.Point { return curve(t * 0.42) })
			for i := 9.0; i < 19; i++ {
				p := curve(i/20 + 0.02)
				s.add(board.KindEllipse, p.X-4, p.Y-4, 8, 8, "", fill(rule), thickness(0))
			}
			s.add(board.KindEllipse, x+stationWidth-52, y+240-62-12, 24, 24, "", color(blue), thickness(3))
		})

	s.station(1, s.say("Notes", "便签"), orange,
		s.say("Drag the note into its place. A double click lets you write on it. N makes a new one.",
			"把便签拖到虚线框里。双击可以写字，按 N 新建便签。"), func(x, y float64) {
			s.note(x+stationPad, y+168, 160, yellowPaper, s.say("Drag me over there", "把我拖过去"))
			s.place(x+236, y+168, 160, 160, s.say("Here", "放这里"))
		})

	s.station(2, s.say("Arrows", "箭头"), green,
		s.say("Press A and drag from Plan to Ship. Then move a shape: the arrow comes along.",
			"按 A，从“计划”拖到“发布”。再移动图形，箭头会跟着走。"), func(x, y float64) {
			idea := s.box(board.KindEllipse, x+stationPad, y+136, 132, 84, bluePaper, s.say("Idea", "想法"))
			plan := s.box(board.KindRectangle, x+264, y+136, 132, 84, purplePaper, s.say("Plan", "计划"))
			s.box(board.KindRectangle, x+264, y+268, 132, 84, greenPaper, s.say("Ship", "发布"))
			s.bind(idea, plan)
		})

	s.station(3, s.say("Live data", "实时数据"), teal,
		s.say("A tile shows numbers as they come. Run this in a terminal:", "磁贴实时显示数据。在终端里运行："), func(x, y float64) {
			s.card(x+stationPad, y+88, stationWidth-2*stationPad, 124, 0xe6e6e6, s.curl("tour", "42"), size(smallSize), align(figure.AlignStart))
			s.samples["tour"] = samples(24, func(t float64) float64 { return math.Round(38 + 5*math.Sin(9*t) + 4*t) })
			s.tile(x+100, y+228, 220, 134, s.say("Your number", "你的数字"), "tour", 1)
		})

	s.station(4, s.say("Say hello", "打个招呼"), pink,
		s.say("Shift+C opens the chat. Say hello, mention somebody with @, or press C to comment on a thing.",
			"按 Shift+C 打开聊天，打个招呼，用 @ 提到某人；按 C 可以给元素添加评论。"), func(x, y float64) {
			s.card(x+stationPad, y+160, 250, 56, pinkPaper, s.say("Hi! What is this board for?", "嗨！这块白板做什么用？"), size(smallSize))
			s.card(x+stationWidth-stationPad-270, y+232, 270, 56, bluePaper, s.say("For our plan. Look at station 3.", "做计划用，看看第 3 站。"), size(smallSize))
			last := s.card(x+stationPad, y+304, 160, 52, pinkPaper, s.say("Nice!", "太好了！"), size(smallSize))
			s.stamp(last, 1, 0, 2)
		})

	s.station(5, s.say("Together", "一起协作"), purple,
		s.say("Press Share at the top and send the link. You see each other point, write and draw.",
			"点击顶部的“分享”并发送链接。你们能看到彼此的光标、文字和笔迹。"), func(x, y float64) {
			s.pointer(x+70, y+176, blue, s.say("Ann", "小安"))
			s.pointer(x+236, y+222, pink, s.say("Ben", "小本"))
			s.pointer(x+110, y+286, purple, s.say("You", "你"))
		})

	s.station(6, s.say("Decide", "做决定"), red,
		s.say("Press B and click on what you want: three dots each. S puts a stamp.", "按 B 并点击你喜欢的选项，每人三票。按 S 可以盖章。"), func(x, y float64) {
			s.vote(x+stationPad, y+112, 200, 132, s.say("Lunch?", "午饭吃什么？"), 0)
			s.timer(x+stationPad, y+272, 2)
			s.note(x+256, y+112, 124, tealPaper, s.say("Noodles", "面条"))
			s.note(x+256, y+248, 124, orangePaper, s.say("Pizza", "披萨"))
		})

	s.station(7, s.say("Your turn", "轮到你了"), ink,
		s.say("Three keys to remember:", "记住三个快捷键："), func(x, y float64) {
			for i, line := range [...][2]string{
				{"?", s.say("all keys and gestures", "所有快捷键和手势")},
				{"Ctrl+Z", s.say("takes back what you did", "撤销你的操作")},
				{"Shift+1", s.say("shows the whole board", "显示整个白板")},
			} {
				row := y + 76 + float64(i)*64
				s.card(x+stationPad, row, 108, 44, 0xe6e6e6, line[0], size(smallSize))
				s.text(x+stationPad+126, row+11, stationWidth-2*stationPad-126, 18, line[1])
			}
			s.text(x+stationPad, y+284, stationWidth-2*stationPad, 18,
				s.say("Done? Select all with Ctrl+A, press Delete, and the board is yours.", "体验完了？按 Ctrl+A 全选再按 Delete，白板就归你了。"))
		})
}

// pointer draws somebody's cursor with the name.
func (s *sketch) pointer(x, y float64, c int64, name string) {
	corners := [...]geom.Point{{X: 0, Y: 0}, {X: 26, Y: 20}, {X: 15, Y: 22}, {X: 7, Y: 34}, {X: 0, Y: 0}}
	s.stroke(c, 5, func(t float64) geom.Point {
		at := t * float64(len(corners)-1)
		i := min(int(at), len(corners)-2)
		p := corners[i].Lerp(corners[i+1], at-float64(i))
		return geom.Pt(x+p.X, y+p.Y)
	})
	s.card(x+24, y+34, 76, 34, c, name, color(0xffffff), size(smallSize))
}

// curl is the command that publishes a value on this board.
func (s *sketch) curl(feed, value string) string {
	return "curl -d " + value + " '" + s.origin + "/api/v1/feeds/" + feed + "?board=" + s.board + "'"
}

// samples are n values of a function from 0 to 1.
func samples(n int, of func(t float64) float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = of(float64(i) / float64(n-1))
	}
	return list
}
