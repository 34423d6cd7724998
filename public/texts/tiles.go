//go:build !js

package texts

// tiles is what the panels of a tile of live data say in the page itself; the program
// has more of them, in tile.
var tiles = []Entry{
	{"tiles.above", "When the value rises to it", "上升到该值时"},
	{"tiles.bars", "Bars", "柱形"},
	{"tiles.below", "When the value falls to it", "下降到该值时"},
	{"tiles.by-itself", "Automatic", "自动"},
	{"tiles.chart", "Shown as", "显示方式"},
	{"tiles.copy", "Copy as CSV", "复制为 CSV"},
	{"tiles.decimals", "Decimals", "小数位数"},
	{"tiles.feed", "Feed", "数据源"},
	{"tiles.feed-search", "Search, or type a name", "搜索或输入名称"},
	{"tiles.feeds", "Data", "数据"},
	{"tiles.found", "Feeds of this board", "此白板的数据源"},
	{"tiles.gauge", "Gauge", "仪表"},
	{"tiles.light", "Light", "状态灯"},
	{"tiles.lines", "Line chart", "折线图"},
	{"tiles.log", "Log", "日志"},
	{"tiles.max", "Highest", "最大值"},
	{"tiles.min", "Lowest", "最小值"},
	{"tiles.number", "Number", "数值"},
	{"tiles.publish", "Nothing is published to this board yet. A program does it like this:", "还没有程序向此白板发布数据。程序可以这样发布："},
	{"tiles.reached", "When a threshold is reached", "何时达到阈值"},
	{"tiles.setup", "Set up", "设置"},
	{"tiles.sparkline", "Sparkline", "迷你图"},
	{"tiles.stale", "Stale after", "过期时间"},
	{"tiles.step-add", "Add a threshold", "添加阈值"},
	{"tiles.steps", "Thresholds", "阈值"},
	{"tiles.table", "Table", "表格"},
	{"tiles.tell", "Tell people", "提醒大家"},
	{"tiles.text", "Text", "文本"},
	{"tiles.time", "Time", "时间"},
	{"tiles.title", "Title", "标题"},
	{"tiles.unit", "Unit", "单位"},
	{"tiles.values", "Last values", "最近的值"},
	{"tiles.window", "Time shown", "显示时长"},
}
