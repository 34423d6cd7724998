package main

import "runtime/debug"

// aboutCode prints of which commit the program is, as far as the build knows.
func aboutCode(out *report) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	commit := set["vcs.revision"]
	if commit == "" {
		return
	}
	if set["vcs.modified"] == "true" {
		commit += ", and changes to it"
	}
	out.about("edgeboard", "commit "+commit)
}
