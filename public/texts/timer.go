package texts

// timer is what the controls of a timer say.
var timer = []Entry{
	{"timer.minutes", "Minutes", "分钟"},
	{"timer.more", "One minute more", "增加一分钟"},
	{"timer.more-short", "+1 min", "+1 分钟"},
	{"timer.over", "Time is up", "时间到"},
	{"timer.pause", "Pause", "暂停"},
	{"timer.reset", "Reset", "重置"},
	{"timer.start", "Start", "开始"},
	{"timer.title", "Timer", "计时器"},
}
