package texts

// template is what is said when one is taken.
var template = []Entry{
	{"template.added", "{0} is on the board. Undo takes it off again.", "已添加“{0}”，可随时撤销。"},
	{"template.away", "{0} could not be fetched: the network is away, and this device has not kept it yet.", "无法获取“{0}”：当前没有网络，且此设备尚未缓存。"},
}
