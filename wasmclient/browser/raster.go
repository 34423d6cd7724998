package browser

// premultiply multiplies the colours of RGBA pixels by their alpha.
func premultiply(pixels []byte) {
	for i := 0; i+3 < len(pixels); i += 4 {
		switch a := uint32(pixels[i+3]); a {
		case 0xff:
		case 0:
			pixels[i], pixels[i+1], pixels[i+2] = 0, 0, 0
		default:
			for k := range 3 {
				// Rounded, and never more than the alpha.
				pixels[i+k] = uint8((uint32(pixels[i+k])*a + 127) / 255)
			}
		}
	}
}
