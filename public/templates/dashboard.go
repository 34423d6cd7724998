package templates

import (
	"math"

	"edgeboard/shared/figure"
)

// dashboard is a wall of live data, with the lines that feed it.
func dashboard(s *sketch) {
	s.head(s.say("Live dashboard", "实时看板"), s.say("Tiles wait for their feeds. Run a line below, and its tile comes to life.",
		"磁贴正在等待数据。运行下面的命令，对应的磁贴就会动起来。"))
	const w, h, gap, top = 300, 200, 24, 130
	col := func(i int) float64 { return float64(i) * (w + gap) }
	row := func(i int) float64 { return top + float64(i)*(h+gap) }

	s.samples["visitors"] = samples(40, func(t float64) float64 { return math.Round(120 + 30*math.Sin(7*t) + 60*t) })
	s.samples["load"] = samples(40, func(t float64) float64 { return 54 + 16*math.Sin(11*t) })
	s.samples["temperature"] = samples(40, func(t float64) float64 { return 21 + 1.5*math.Sin(8*t) })
	s.samples["errors"] = samples(40, func(t float64) float64 { return math.Round(2 + 2*math.Sin(20*t)) })
	s.samples["sales.north"] = []float64{31}
	s.samples["sales.south"] = []float64{24}
	s.samples["sales.west"] = []float64{18}
	s.samples["response"] = samples(40, func(t float64) float64 { return 180 + 40*math.Sin(14*t) + 30*math.Sin(31*t) })

	s.tile(col(0), row(0), w, h, s.say("Visitors", "访客"), "visitors", 1, decimals(0))
	s.tile(col(1), row(0), w, h, s.say("Load", "负载"), "load", 3, unit("%"), decimals(0), least(0), most(100), steps("70 f08c00;90 e03131"))
	s.tile(col(2), row(0), w, h, s.say("Errors per minute", "每分钟错误数"), "errors", 6, decimals(0), steps("5 f08c00;10 e03131"))
	s.tile(col(0), row(1), 2*w+gap, h+60, s.say("Response time", "响应时间"), "response", 2, unit("ms"), decimals(0), least(0), most(400))
	s.tile(col(2), row(1), w, h+60, s.say("Sales by region", "各区域销售额"), "sales.north\nsales.south\nsales.west", 4, decimals(0), least(0), most(40))
	s.tile(col(0), row(2)+60, w, h, s.say("Temperature", "温度"), "temperature", 0, unit("°C"), decimals(1))

	x, y := col(1), row(2)+60
	s.card(x, y, 2*w+gap, 88, 0xe6e6e6, s.curl("visitors", "128"), size(smallSize), align(figure.AlignStart))
	s.card(x, y+100, 2*w+gap, 100, 0xe6e6e6,
		"while sleep 1; do "+s.curl("load", "$((RANDOM % 100))")+"; done", size(smallSize), align(figure.AlignStart))
}
