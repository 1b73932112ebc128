package web

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/fourfold/fourfold/assess"
	"github.com/fourfold/fourfold/assess/assesstest"
)

func TestAServerWithoutItsDatabaseLivesButIsNotReady(t *testing.T) {
	center, err := assess.Open(t.Context(), assess.Config{Database: filepath.Join(t.TempDir(), "fourfold.db"), Secret: []byte(assesstest.Secret)})
	if err != nil {
		t.Fatal(err)
	}
	server := New(center, Config{PublicURL: publicURL})
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	for _, path := range []string{"/livez", "/readyz"} {
		if w := ask(path); w.Code != http.StatusOK {
			t.Errorf("GET %s: %d", path, w.Code)
		}
	}
	if err := center.Close(); err != nil {
		t.Fatal(err)
	}
	if w := ask("/livez"); w.Code != http.StatusOK {
		t.Errorf("without a database GET /livez: %d", w.Code)
	}
	if w := ask("/readyz"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("without a database GET /readyz: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}
