package texts

// stamp is the names of signs.
var stamp = []Entry{
	{"stamp.by", "{0}, by {1}", "{1}的{0}"},
	{"stamp.check", "Tick", "对勾"},
	{"stamp.cross", "Cross", "叉号"},
	{"stamp.exclamation", "Exclamation mark", "感叹号"},
	{"stamp.eyes", "Eyes", "眼睛"},
	{"stamp.fire", "Fire", "火焰"},
	{"stamp.heart", "Heart", "爱心"},
	{"stamp.party", "Party", "庆祝"},
	{"stamp.pick", "Signs", "图章"},
	{"stamp.plus-one", "Plus one", "加一"},
	{"stamp.question", "Question mark", "问号"},
	{"stamp.smile", "Smile", "微笑"},
	{"stamp.star", "Star", "星星"},
	{"stamp.thumb-up", "Thumbs up", "点赞"},
}
