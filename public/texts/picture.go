package texts

// picture is what is said of images on the board.
var picture = []Entry{
	{"picture.describe", "Describe the image…", "图片说明…"},
	{"picture.describe-help", "What the image shows, for people who use a screen reader.", "图片展示的内容，供使用屏幕阅读器的人了解。"},
	{"picture.description", "Description of the image", "图片说明"},
	{"picture.heic", "“{0}” is a HEIC photo, which this browser cannot read. Save it as JPEG and add that.", "“{0}”是 HEIC 照片，此浏览器无法读取。请另存为 JPEG 后再添加。"},
	{"picture.insert", "Insert image…", "插入图片…"},
	{"picture.not-kept", "This device has no room to keep the image. Stay on this page until it is sent.", "此设备没有空间保存图片。发送完成前请不要离开此页面。"},
	{"picture.refused", "The image is not stored: {0}", "图片未存储：{0}"},
	{"picture.refused-kind", "the relay does not show images of this kind, or with what is in it.", "服务器不接受此类图片或其中的内容。"},
	{"picture.refused-size", "it is larger than the relay takes, or the board has too many.", "图片超过服务器允许的大小，或白板上的图片过多。"},
	{"picture.retry", "Send the image again", "重新发送图片"},
	{"picture.svg", "“{0}” cannot be shown: it is no SVG that can be read.", "无法显示“{0}”：它不是可读取的 SVG。"},
	{"picture.too-large", "“{0}” is too large: an image may have {1} MB.", "“{0}”过大：图片不能超过 {1} MB。"},
	{"picture.too-many", "At most {0} images can be added at once.", "一次最多添加 {0} 张图片。"},
	{"picture.unnamed", "The image", "该图片"},
	{"picture.unreadable", "“{0}” cannot be shown: it is no image that this browser can read.", "无法显示“{0}”：它不是此浏览器可读取的图片。"},
}
