package server

import (
	"net/http"

	"edgeboard/public/compose"
	"edgeboard/public/texts"
)

// serveHelp answers with the help, in the language that the address names by
// ?language=, otherwise in that of the page. It is the same for everybody, and says
// nothing of any board.
func (s *Server) serveHelp(w http.ResponseWriter, r *http.Request) {
	s.setPageHeaders(w.Header(), r)
	w.Header().Set("Vary", varyPage)
	l, ok := texts.Tagged(r.URL.Query().Get("language"))
	if !ok {
		l = languageOf(r)
	}
	s.page.helpIn(w, r, l)
}

// helpIn answers with the help in a language. The caller has said on what else the answer
// depends.
func (a *assets) helpIn(w http.ResponseWriter, r *http.Request, l texts.Language) {
	name := a.help[l.Tag()]
	_, packed := a.packed[name]
	switch {
	case a.packed == nil:
		w.Header().Set("Content-Language", l.Tag())
		content, err := compose.Help(a.files, l)
		serveComposed(w, r, compose.HelpName(l), content, err)
	case !packed:
		writeNotBuilt(w, r)
	default:
		w.Header().Set("Content-Language", l.Tag())
		a.servePacked(w, r, name, "."+policyTag(w.Header()), cachePage)
	}
}
