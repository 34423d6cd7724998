package browser

// Settings are what a person chooses for this device, besides those of the editor,
// which State has: what each may be, of which the first holds until another is chosen.
// Language is none of them: the relay must know it, by a cookie.
var choosable = map[string][]string{
	SettingTheme:    {"auto", "light", "dark"},
	SettingMotion:   {"auto", "reduce"},
	SettingSounds:   {"true", "false"},
	SettingAnnounce: {"true", "false"},
}

// The names of settings, under which they are remembered.
const (
	SettingTheme    = "theme"    // colours; auto: as the device says
	SettingMotion   = "motion"   // whether things move on their way; the same
	SettingSounds   = "sounds"   // whether the page may make any
	SettingAnnounce = "announce" // whether screen readers are told what others do
)

// chosen returns the value of a setting for what was remembered of it.
func chosen(name, remembered string) string {
	values := choosable[name]
	for _, v := range values {
		if v == remembered {
			return v
		}
	}
	return values[0]
}
