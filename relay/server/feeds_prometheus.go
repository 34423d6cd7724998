package server

import "net/http"

func (s *Server) takeRemoteWrite(w http.ResponseWriter, _ *http.Request, _ *publisher, _, _ string) (int, error) {
	return 0, noMedia(w)
}
